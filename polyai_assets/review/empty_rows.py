"""Emptying rows of a review sheet that people have worked in: those of conversations that are erased.

A row that goes leaves an empty one: what people have filtered, hidden, merged or computed names rows by their number.
Whatever else the file has stays, as far as openpyxl keeps it; where it would lose a part, the file stays as it is.
"""

from collections.abc import Iterator, Mapping, Set
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.cell import MergedCell

from polyai_assets.machine.folders import FILE_MODE
from polyai_assets.raw.disk import put_local
from polyai_assets.review.columns import CONVERSATION, PROJECT
from polyai_assets.review.errors import SheetNotWritten
from polyai_assets.review.read import meant, open_sheet, reading

_TYPES = "[Content_Types].xml"
_MADE_AGAIN = ("calcChain+xml", "printerSettings", "sharedStrings+xml", "person+xml")
"""Endings of the types of parts that say nothing by themselves, or that a spreadsheet makes again."""

_OPENED = ("~${}", ".~lock.{}#")
"""Files that lie beside a sheet while Excel or LibreOffice has it open, and would write it again."""

Erased = Mapping[str, Set[str]]
"""Conversations by project."""


def count_sheet_rows(path: Path, erased: Erased) -> int:
    """Count the rows of conversations. Raises SheetUnreadable and OSError."""
    return sum(1 for _ in _rows_of(path, erased))


def empty_sheet_rows(path: Path, erased: Erased) -> int:
    """Empty the rows of conversations, atomically; gives how many there were.

    Raises SheetUnreadable, SheetNotWritten and OSError; then the file is as it was.
    """
    numbers = list(_rows_of(path, erased))
    if not numbers:
        return 0
    _refuse_open(path)
    content = path.read_bytes()
    with reading(path):
        emptied = _without(content, numbers)
    lost = sorted(_parts(content) - _parts(emptied))
    if lost:
        raise SheetNotWritten(
            f"{path} has parts that would be lost if it were written again: {', '.join(lost)}"
        )
    mode = path.stat().st_mode & 0o777
    put_local(path, BytesIO(emptied))
    path.chmod(mode & FILE_MODE or FILE_MODE)
    return len(numbers)


def _rows_of(path: Path, erased: Erased) -> Iterator[int]:
    """Give the numbers of the rows of conversations, as spreadsheets number them."""
    header, rows = open_sheet(path)
    project, conversation = header.index(PROJECT), header.index(CONVERSATION)
    for number, values in enumerate(rows, 2):
        cells = [str(meant(value) or "") for value in values]
        if len(cells) > max(project, conversation) and cells[conversation] in erased.get(
            cells[project].strip(), ()
        ):
            yield number


def _refuse_open(path: Path) -> None:
    for form in _OPENED:
        if path.with_name(form.format(path.name)).exists():
            raise SheetNotWritten(f"{path} is open in a spreadsheet, which would write all of it again")


def _without(content: bytes, numbers: list[int]) -> bytes:
    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    for number in numbers:
        for cell in sheet[number]:
            if not isinstance(cell, MergedCell):  # what it shows is in the first of those that are merged
                cell.value = cell.comment = cell.hyperlink = None
    emptied = BytesIO()
    book.save(emptied)
    return emptied.getvalue()


def _parts(content: bytes) -> set[str]:
    """Name the kinds of parts that a file has, but those that may go."""
    with ZipFile(BytesIO(content)) as packed:
        listed = ElementTree.fromstring(packed.read(_TYPES))  # noqa: S314 - openpyxl has parsed it already
    kinds = {found.get("ContentType", "") for found in listed if found.tag.endswith("Override")}
    return {kind for kind in kinds if not kind.endswith(_MADE_AGAIN)}
