"""Erasing conversations from review sheets: those that `polyai sample` has noted, and XLSX files of the project.

Rows of theirs are emptied, and what people have filled in for others stays. What cannot be done is left to a person.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from polyai_assets.erasure.local_files import SHEETS, files_in
from polyai_assets.retention.held_copies import HeldBy
from polyai_assets.review.empty_rows import Erased, count_sheet_rows, empty_sheet_rows
from polyai_assets.review.errors import ReviewError
from polyai_assets.review.noted import read_sheets

EMPTIED = "emptied; other rows stay as people have filled them in"
_MOVED = "a review sheet that is there no more: delete them where it was moved to"
_UNREADABLE = "a review sheet that cannot be read any more: delete them in it"
_BY_HAND = "you delete the rows of these conversations in it, or the file"


@dataclass(frozen=True, slots=True)
class SheetFound:
    """A sheet with rows of conversations, and what is done about them: EMPTIED, or what a person has to do."""

    path: Path
    rows: int
    method: str = EMPTIED


def find_sheets(root: Path, folders: Iterable[Path], erased: Erased) -> Iterator[SheetFound]:
    """Find the sheets that have rows of conversations: those noted in a Dagster project, and those below folders.

    Of a sheet that is there no more, or that cannot be read, the conversations are counted that it was written with.
    """
    noted = _noted(root, erased)
    files = (path for folder in folders for path in files_in(folder) if path.suffix in SHEETS)
    for path in dict.fromkeys([*noted, *files]):
        if not path.exists():
            yield SheetFound(path, noted[path], _MOVED)
            continue
        try:
            rows = count_sheet_rows(path, erased)
        except (ReviewError, OSError):
            if noted.get(path):  # else it is no sheet of ours
                yield SheetFound(path, noted[path], _UNREADABLE)
        else:
            if rows:
                yield SheetFound(path, rows)


def erase_from_sheets(root: Path, folders: Iterable[Path], erased: Erased) -> Iterator[HeldBy]:
    """Empty the rows of conversations; gives the sheets that have some still, and why."""
    for found in find_sheets(root, folders, erased):
        if found.method != EMPTIED:
            yield HeldBy(f"{found.path}, {found.method.partition(':')[0]}", _BY_HAND)
            continue
        try:
            empty_sheet_rows(found.path, erased)
        except (ReviewError, OSError) as error:
            yield HeldBy(str(error), _BY_HAND)


def sheets_elsewhere(root: Path) -> list[Path]:
    """Give the files of the sheets that were noted and are there."""
    return [path for path in dict.fromkeys(Path(noted.path) for noted in read_sheets(root)) if path.exists()]


def _noted(root: Path, erased: Erased) -> dict[Path, int]:
    """Count by sheet the conversations that it was written with and that are to be erased."""
    found: dict[Path, set[str]] = {}
    for noted in read_sheets(root):
        theirs = erased.get(noted.project, frozenset()) & {*noted.conversations}
        if theirs:
            found.setdefault(Path(noted.path), set()).update(theirs)
    return {path: len(names) for path, names in found.items()}
