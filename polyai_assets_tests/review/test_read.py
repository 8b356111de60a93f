"""What comes back from a reviewer."""

import random
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from polyai_assets.review.errors import SheetUnreadable
from polyai_assets.review.read import SheetVerdict, read_verdicts
from polyai_assets.review.write import write_sheet
from polyai_assets_tests.deployment import BANK, HOTEL
from polyai_assets_tests.review.sheets import fill_in, turns
from polyai_assets_tests.review.test_write import HOSTILE

pytestmark = pytest.mark.slow

WRONG = {"verdict": "wrong_info", "role": "agent"}
PROJECTS = {HOTEL.key, BANK.key}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "review.xlsx"


def verdict(row: int, **changes: Any) -> SheetVerdict:
    given = {
        "project": HOTEL.key,
        "conversation_id": "CA1",
        "turn_index": 0,
        "role": "agent",
        "annotation_type": "wrong_info",
    }
    return SheetVerdict(row=row, **(given | changes))


def told(path: Path) -> str:
    with pytest.raises(SheetUnreadable) as caught:
        read_verdicts(path, PROJECTS)
    return str(caught.value)


def test_rows_with_a_verdict_are_read(path: Path):
    write_sheet(turns({}, {"turn_index": 1}, {"conversation_id": "CA2", "project": BANK.key}), path)
    fill_in(path, {}, WRONG, {"verdict": "wrong_transcript", "role": "user", "note": "he said Tuesday"})
    assert read_verdicts(path, PROJECTS) == [
        verdict(3, turn_index=1),
        verdict(4, project=BANK.key, conversation_id="CA2", role="user", annotation_type="wrong_transcript"),
    ]


def test_a_sheet_without_verdicts_has_none(path: Path):
    write_sheet(turns({}, {"turn_index": 1}), path)
    fill_in(path, {"note": "all well"}, {"role": "user", "verdict": "  "})
    assert read_verdicts(path, PROJECTS) == []


@pytest.mark.parametrize("name", [*HOSTILE, "_x005F_", "id with\nline", "/a?b#c%20", "é😀"])
def test_an_id_comes_back_as_it_went(path: Path, name: str):
    write_sheet(turns({"conversation_id": name}), path)
    fill_in(path, WRONG)
    assert read_verdicts(path, PROJECTS) == [verdict(2, conversation_id=name)]


def test_a_person_may_sort_rows_and_move_columns(path: Path, tmp_path: Path):
    write_sheet(turns(*({"conversation_id": f"CA{n}", "turn_index": n} for n in range(5))), path)
    fill_in(path, *[WRONG] * 5)
    rows = [list(row) for row in load_workbook(path).active.iter_rows(values_only=True)]
    order = random.Random(3).sample(range(len(rows[0])), len(rows[0]))
    book = Workbook()
    for row in [rows[0], *reversed(rows[1:])]:
        book.active.append([row[place] for place in order])
    book.save(tmp_path / "sorted.xlsx")
    found = read_verdicts(tmp_path / "sorted.xlsx", PROJECTS)
    assert found == [verdict(n + 2, conversation_id=f"CA{4 - n}", turn_index=4 - n) for n in range(5)]


@pytest.mark.parametrize(("cell", "meant"), [(3.0, 3), ("3", 3), (" 3 ", 3), (0, 0)])
def test_a_turn_may_be_written_in_several_ways(path: Path, cell: object, meant: int):
    write_sheet(turns({}), path)
    fill_in(path, {**WRONG, "turn_index": cell})
    assert read_verdicts(path, PROJECTS) == [verdict(2, turn_index=meant)]


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"verdict": "wrong"}, "verdict is 'wrong'; there are missing_topic, wrong_transcript, wrong_info"),
        ({"role": None}, "role is empty; choose user or agent"),
        ({"role": "caller"}, "role is 'caller'; there are user, agent"),
        ({"turn_index": None}, "turn_index is empty: this row is no turn"),
        ({"turn_index": -1}, "turn_index is '-1'; it must be a whole number from 0"),
        ({"turn_index": 1.5}, "turn_index is '1.5'; it must be a whole number from 0"),
        ({"turn_index": True}, "turn_index is 'True'; it must be a whole number from 0"),
        ({"turn_index": "second"}, "turn_index is 'second'; it must be a whole number from 0"),
        ({"turn_index": "٣"}, "turn_index is '٣'; it must be a whole number from 0"),
        ({"conversation_id": " "}, "conversation_id is empty"),
        (
            {"conversation_id": "_xD800_"},
            r"conversation_id is '\ud800'; it holds half a surrogate pair, which is no text",
        ),
        (
            {"project": "us-1/acme/other"},
            f"project is 'us-1/acme/other'; configured are {BANK.key}, {HOTEL.key}",
        ),
        ({"project": None}, f"project is empty; configured are {BANK.key}, {HOTEL.key}"),
        ({"verdict": "x" * 1000}, "verdict is '" + "x" * 39 + "…'; there are"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_row(path: Path, cells: dict[str, Any], problem: str):
    write_sheet(turns({}, {"turn_index": 1}), path)
    fill_in(path, WRONG, {**WRONG, **cells})
    lines = told(path).splitlines()
    assert lines[0] == f"{path}: nothing is requested, correct this first:"
    assert lines[1].startswith(f"row 3: {problem}")
    assert len(lines) == 2


def test_many_problems_are_told_shortly(path: Path):
    write_sheet(turns(*({"turn_index": n} for n in range(50))), path)
    fill_in(path, *[{"verdict": "wrong_info"}] * 50)
    lines = told(path).splitlines()
    assert len(lines) == 22
    assert lines[-1] == "and 30 more problems"


def test_a_file_that_is_no_sheet_is_told(path: Path):
    path.write_bytes(b"conversation_id,verdict\n")
    assert f"{path} is no XLSX file that can be read" in told(path)


def test_a_damaged_sheet_is_told(path: Path):
    write_sheet(turns({}), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        assert "is no XLSX file that can be read" in told(path)


def test_another_sheet_is_told(path: Path):
    book = Workbook()
    book.active.append(["conversation_id", "project"])
    book.save(path)
    assert "its first row has no column turn_index, verdict, role" in told(path)


def test_an_empty_sheet_is_told(path: Path):
    Workbook().save(path)
    assert "its first row has no column project, conversation_id" in told(path)


def test_a_column_that_comes_twice_is_told(path: Path):
    write_sheet(turns({}), path)
    fill_in(path, WRONG)
    book = load_workbook(path)
    book.active["Z1"] = "verdict"
    book.save(path)
    assert "has the column verdict twice: keep one of each" in told(path)
