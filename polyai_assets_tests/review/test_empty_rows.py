"""Rows of a sheet that a reviewer has worked in go, and nothing else does."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment

from polyai_assets.review.empty_rows import count_sheet_rows, empty_sheet_rows
from polyai_assets.review.errors import SheetNotWritten, SheetUnreadable
from polyai_assets.review.read import read_verdicts
from polyai_assets.review.write import write_sheet
from polyai_assets_tests.deployment import BANK, HOTEL
from polyai_assets_tests.review.sheets import fill_in, opened, turns
from polyai_assets_tests.review.test_write import HOSTILE

SAID = "this is Zebedee Quillfeather"
GONE = {"conversation_id": "CA-gone", "user_input": SAID}
OTHER = {"project": BANK.key, "conversation_id": "CA-gone", "user_input": "of another project"}
ERASED = {HOTEL.key: {"CA-gone"}}
VERDICT = {"verdict": "wrong_info", "role": "agent", "note": "he said Tuesday"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sheet with a verdict in each row, of which the second and the third are to go."""
    made = tmp_path / "review.xlsx"
    stays = [{"conversation_id": "CA-stays", "user_input": text} for text in HOSTILE]
    write_sheet(turns(stays[0], GONE, {**GONE, "turn_index": 1}, OTHER, *stays[1:]), made)
    fill_in(made, *[VERDICT] * (len(HOSTILE) + 3))
    return made


def cells(path: Path) -> list[list[tuple[Any, ...]]]:
    return [[(cell.value, cell.data_type, cell.style_id) for cell in row] for row in opened(path).iter_rows()]


def packed(path: Path) -> bytes:
    with zipfile.ZipFile(path) as file:
        return b"".join(map(file.read, file.namelist()))


def test_rows_of_the_erased_are_empty_and_what_others_have_filled_in_is_there(path: Path):
    before, verdicts = cells(path), read_verdicts(path, [HOTEL.key, BANK.key])
    assert SAID.encode() in packed(path)
    assert (count_sheet_rows(path, ERASED), empty_sheet_rows(path, ERASED)) == (2, 2)
    after = cells(path)
    assert [{value for value, *_ in row} for row in after[2:4]] == [{None}, {None}]
    assert (after[:2], after[4:]) == (before[:2], before[4:])
    assert read_verdicts(path, [HOTEL.key, BANK.key]) == [verdicts[0], *verdicts[3:]]
    assert (SAID.encode() in packed(path), path.stat().st_mode & 0o777) == (False, 0o600)
    assert opened(path).auto_filter.ref == f"A1:K{len(before)}"
    assert (count_sheet_rows(path, ERASED), empty_sheet_rows(path, ERASED)) == (0, 0)


def test_what_a_person_has_added_to_rows_goes_and_stays_with_them(path: Path):
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row, text in ((2, "call her back"), (3, SAID)):
        sheet.cell(row, 5).comment = Comment(text, "ada")
        sheet.cell(row, 13).value = f"=E{row}"
    sheet.merge_cells("E3:F3")
    sheet.row_dimensions[5].hidden = True
    book.save(path)
    assert empty_sheet_rows(path, ERASED) == 2
    left = opened(path)
    assert [left.cell(row, 13).value for row in (2, 3)] == ["=E2", None]
    said = left.cell(2, 5).comment
    assert (said and said.text, left.cell(3, 5).comment) == ("call her back", None)
    assert [row for row in range(2, 9) if left.row_dimensions[row].hidden] == [5]
    assert SAID.encode() not in packed(path)


@pytest.mark.parametrize("beside", ["~$review.xlsx", ".~lock.review.xlsx#"])
def test_a_sheet_that_is_open_stays_as_it_is(path: Path, beside: str):
    path.with_name(beside).touch()
    before = path.read_bytes()
    with pytest.raises(SheetNotWritten, match="is open in a spreadsheet"):
        empty_sheet_rows(path, ERASED)
    assert path.read_bytes() == before


def test_a_sheet_of_which_a_part_would_be_lost_stays_as_it_is(path: Path):
    discussed = "application/vnd.ms-excel.threadedcomments+xml"
    types = f'<Override PartName="/xl/threadedComments/t.xml" ContentType="{discussed}"/></Types>'
    made = io.BytesIO()
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(made, "w") as new:
        for name in file.namelist():
            content = file.read(name)
            is_list = name == "[Content_Types].xml"
            new.writestr(name, content.replace(b"</Types>", types.encode()) if is_list else content)
        new.writestr("xl/threadedComments/t.xml", "<ThreadedComments/>")
    path.write_bytes(made.getvalue())
    with pytest.raises(SheetNotWritten, match=r"parts that would be lost .*threadedcomments"):
        empty_sheet_rows(path, ERASED)
    assert path.read_bytes() == made.getvalue()


def test_a_file_that_is_no_review_sheet_is_said_to_be_none(path: Path):
    fill_in(path, {})
    book = load_workbook(path)
    book.worksheets[0].cell(1, 2).value = "call"
    book.save(path)
    with pytest.raises(SheetUnreadable, match="has no column conversation_id"):
        count_sheet_rows(path, ERASED)
    path.write_bytes(b"no workbook")
    with pytest.raises(SheetUnreadable, match="is no XLSX file"):
        empty_sheet_rows(path, ERASED)
