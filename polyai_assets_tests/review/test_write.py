"""What a reviewer opens."""

import stat
from pathlib import Path
from zipfile import ZipFile

import pytest

from polyai_assets.review import write
from polyai_assets.review.errors import SheetNotWritten, TooManyTurns
from polyai_assets.review.write import write_sheet
from polyai_assets_tests.review.sheets import DAY, column, opened, turns

HOSTILE = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+44 20 7946 0000",
    "-5",
    "@SUM(A1:A9)",
    "#N/A",
    "{=1+1}",
    "<b>&amp;</b> ]]>",
    "  spaces  ",
    "2025-03-01",
    "007",
    "TRUE",
    "_x0041_",
    "\N{GRINNING FACE} ですか",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "review.xlsx"


def test_a_row_is_a_turn(path: Path):
    written = write_sheet(
        turns({}, {"turn_index": 1, "user_input": "a room", "is_ood": True, "barge_in": True}), path
    )
    sheet = opened(path)
    assert [cell.value for cell in sheet[1]] == [
        "date",
        "conversation_id",
        "channel",
        "turn_index",
        "user_input",
        "agent_response",
        "latency",
        "flags",
        "verdict",
        "role",
        "note",
        "project",
    ]
    assert sheet.max_row == 3
    assert [cell.value for cell in column(sheet, "user_input")] == ["hello", "a room"]
    assert [cell.value for cell in column(sheet, "flags")] == [None, "out of domain, barge-in"]
    assert column(sheet, "date")[0].value.date() == DAY
    assert column(sheet, "latency")[0].value == 1.25
    assert [cell.value for cell in column(sheet, "verdict")] == [None, None]
    assert str(written) == "1 conversation of 2025-03-01 in 2 rows"


def test_hostile_texts_are_texts_and_stay_what_they_were(path: Path):
    write_sheet(turns(*({"user_input": text, "conversation_id": text} for text in HOSTILE)), path)
    for name in ("user_input", "conversation_id"):
        cells = column(opened(path), name)
        assert {cell.data_type for cell in cells} == {"s"}
        assert [cell.value.replace("_x005F_", "_") for cell in cells] == HOSTILE


def test_what_looks_like_a_formula_stays_text_when_a_person_edits_it(path: Path):
    write_sheet(turns({"user_input": "=1+1"}, {"user_input": "1+1"}), path)
    assert [cell.quotePrefix for cell in column(opened(path), "user_input")] == [True, False]


def test_no_formula_is_in_the_file_at_all(path: Path):
    write_sheet(turns(*({"user_input": text, "agent_response": text} for text in HOSTILE)), path)
    assert b"<f" not in ZipFile(path).read("xl/worksheets/sheet1.xml").replace(b"<formula1", b"")


def test_characters_that_a_sheet_cannot_hold_are_replaced(path: Path):
    write_sheet(turns({"user_input": "a\x00b\x1bc\ufffe"}), path)
    assert column(opened(path), "user_input")[0].value == "a\ufffdb\ufffdc\ufffd"


def test_a_very_long_text_is_cut_with_a_mark(path: Path):
    write_sheet(turns({"agent_response": "word " * 20_000}), path)
    value = column(opened(path), "agent_response")[0].value
    assert len(value) == 32_767
    assert value.endswith(" […]")


def test_the_sheet_can_be_read_by_a_person(path: Path):
    write_sheet(turns({}, {"conversation_id": "CA2"}), path)
    sheet = opened(path)
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:K3"
    assert all(cell.alignment.wrap_text for row in sheet.iter_rows() for cell in row)
    assert sheet.column_dimensions["E"].width > 40
    assert sheet["A1"].font.bold


def test_conversations_are_set_apart(path: Path):
    write_sheet(
        turns({}, {"turn_index": 1}, {"conversation_id": "CA2"}, {"conversation_id": "CA2", "turn_index": 1}),
        path,
    )
    cells = column(opened(path), "user_input")
    assert [cell.border.top.style for cell in cells] == ["medium", "hair", "medium", "hair"]
    colours = [cell.fill.fgColor.rgb for cell in cells]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_verdict_and_role_are_chosen_from_a_list(path: Path):
    write_sheet(turns({}, {"turn_index": 1}), path)
    rules = {str(one.sqref): one for one in opened(path).data_validations.dataValidation}
    assert {cells: one.formula1 for cells, one in rules.items()} == {
        "H2:H3": '"missing_topic,wrong_transcript,wrong_info"',
        "I2:I3": '"user,agent"',
        "J2:J3": None,
    }
    for cells in ("H2:H3", "I2:I3"):
        assert (rules[cells].type, rules[cells].allow_blank, rules[cells].showErrorMessage) == (
            "list",
            True,
            True,
        )


def test_columns_that_would_be_empty_are_left_out(path: Path, tmp_path: Path):
    write_sheet(turns({}), path)
    assert "english_agent_response" not in [cell.value for cell in opened(path)[1]]
    write_sheet(turns({"english_agent_response": "Good day"}), tmp_path / "other.xlsx")
    assert "english_agent_response" in [cell.value for cell in opened(tmp_path / "other.xlsx")[1]]


@pytest.mark.parametrize(("is_there", "said"), [(True, "no turns"), (False, "vanished")])
def test_a_conversation_without_turns_has_a_row_that_says_why(path: Path, is_there: bool, said: str):
    nothing = {"turn_index": None, "user_input": None, "agent_response": None, "latency": None}
    write_sheet(turns({**nothing, "is_there": is_there}), path)
    sheet = opened(path)
    assert said in column(sheet, "user_input")[0].value
    assert column(sheet, "turn_index")[0].value is None


def test_a_file_that_is_there_is_never_overwritten(path: Path):
    path.write_text("somebody's verdicts")
    with pytest.raises(SheetNotWritten, match=r"is there already: give another name with --out"):
        write_sheet(turns({}), path)
    assert path.read_text() == "somebody's verdicts"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(SheetNotWritten, match="cannot be written: No such file"):
        write_sheet(turns({}), tmp_path / "nowhere" / "review.xlsx")


def test_only_its_owner_may_read_it(path: Path):
    write_sheet(turns({}), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_more_turns_than_a_sheet_has_rows_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(write, "MOST_ROWS", 2)
    with pytest.raises(TooManyTurns, match="3 turns are more than the 2 rows of a sheet: choose fewer days"):
        write_sheet(turns({}, {}, {}), path)
    assert not path.exists()
