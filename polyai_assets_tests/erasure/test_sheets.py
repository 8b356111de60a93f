"""Review sheets of which a person is erased: emptied where they are known, named where a person has to look."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from polyai_assets.erasure.sheets import EMPTIED, SheetFound, erase_from_sheets, find_sheets
from polyai_assets.review.errors import SheetNotWritten
from polyai_assets.review.noted import NotedSheet, noting_sheet, read_sheets, sheets_folder
from polyai_assets.review.write import write_sheet
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.review.sheets import turns

NAMES = ["CA-gone", "CA-stays"]
ERASED = {HOTEL.key: {"CA-gone", "CA-elsewhere"}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "data").mkdir(parents=True)
    return made


def noted(root: Path, path: Path) -> Path:
    """Write a sheet of two conversations as `polyai sample` does."""
    path.parent.mkdir(exist_ok=True)
    with noting_sheet(root, path, HOTEL.key, [*NAMES, *NAMES]):
        write_sheet(turns(*({"conversation_id": name} for name in NAMES)), path)
    return path


def test_a_sheet_is_found_wherever_it_was_written_and_its_rows_are_emptied(root: Path, tmp_path: Path):
    elsewhere, here = noted(root, tmp_path / "desk" / "mine.xlsx"), root / "review.xlsx"
    write_sheet(turns({"conversation_id": "CA-gone"}, {"conversation_id": "CA-gone", "turn_index": 1}), here)
    book = Workbook()
    book.save(root / "data" / "prices.xlsx")
    found = list(find_sheets(root, [here, root / "data"], ERASED))
    assert found == [SheetFound(elsewhere, 1, EMPTIED), SheetFound(here, 2, EMPTIED)]
    assert list(erase_from_sheets(root, [here, root / "data"], ERASED)) == []
    assert list(find_sheets(root, [here, root / "data"], ERASED)) == []


def test_one_that_was_moved_or_is_damaged_or_open_is_left_to_a_person(root: Path, tmp_path: Path):
    moved, damaged, busy = (noted(root, tmp_path / "desk" / f"{name}.xlsx") for name in ("a", "b", "c"))
    moved.unlink()
    damaged.write_bytes(b"no workbook")
    busy.with_name(f"~${busy.name}").touch()
    rows = {found.path: (found.rows, found.method) for found in find_sheets(root, [], ERASED)}
    assert rows[moved] == (1, "a review sheet that is there no more: delete them where it was moved to")
    assert rows[damaged] == (1, "a review sheet that cannot be read any more: delete them in it")
    left = sorted(held.what for held in erase_from_sheets(root, [], ERASED))
    assert left == [
        f"{moved}, a review sheet that is there no more",
        f"{damaged}, a review sheet that cannot be read any more",
        f"{busy} is open in a spreadsheet, which would write all of it again",
    ]
    assert list(find_sheets(root, [], {HOTEL.key: {"CA-other"}})) == []


def test_a_note_that_is_damaged_is_none_and_others_are_read(root: Path):
    sheet = noted(root, root / "review.xlsx")
    (sheets_folder(root) / "0.json").write_bytes(b"{")
    assert list(read_sheets(root)) == [NotedSheet(str(sheet), HOTEL.key, NAMES)]


def test_a_sheet_is_known_before_a_byte_of_it_is_written_so_a_kill_leaves_none_unknown(root: Path):
    path = root / "review.xlsx"
    with noting_sheet(root, path, HOTEL.key, NAMES):
        (known,) = read_sheets(root)
    assert known == NotedSheet(str(path), HOTEL.key, NAMES)


def test_what_could_not_be_written_is_not_noted_and_the_sheet_before_stays_so(root: Path):
    path = noted(root, root / "review.xlsx")
    with pytest.raises(SheetNotWritten, match="is there already"):
        noted(root, path)
    assert list(read_sheets(root)) == [NotedSheet(str(path), HOTEL.key, NAMES)]


def interrupted(root: Path, path: Path, *, written: bool) -> None:
    """Be interrupted before a sheet is written, or after."""
    with noting_sheet(root, path, HOTEL.key, NAMES):
        if written:
            path.touch()
        raise KeyboardInterrupt


@pytest.mark.parametrize("written", [True, False])
def test_who_interrupts_leaves_a_note_where_there_is_a_sheet(root: Path, written: bool):
    with pytest.raises(KeyboardInterrupt):
        interrupted(root, root / "review.xlsx", written=written)
    assert len(list(read_sheets(root))) == written
