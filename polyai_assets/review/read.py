"""Reading a review sheet that comes back: its verdicts, or what is wrong with them, row by row."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES
from polyai_assets.review.cells import from_cell
from polyai_assets.review.columns import CONVERSATION, NEEDED, PROJECT, ROLE, TURN, VERDICT
from polyai_assets.review.errors import SheetUnreadable

_MOST_NAMED = 20
_SHOWN = 40
_TROUBLE = (BadZipFile, InvalidFileException, KeyError, ParseError, ValueError, TypeError, EOFError)
"""What openpyxl raises for a file that is none, or is damaged; it has no error of its own for that."""

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetVerdict:
    """What a person found wrong with a turn; `row` is that of the sheet, as spreadsheets number it."""

    row: int
    project: str
    conversation_id: str
    turn_index: int
    role: str
    annotation_type: str


def read_verdicts(path: Path, projects: Collection[str]) -> list[SheetVerdict]:
    """Read the rows with a verdict; the others are passed over. `projects` are those that are configured.

    The columns are found by their names, on the first sheet. Raises SheetUnreadable, with every row that cannot be
    understood, and OSError.
    """
    header, rows = open_sheet(path)
    verdicts: list[SheetVerdict] = []
    problems: list[str] = []
    for number, values in enumerate(rows, 2):
        cells = dict(zip(header, map(meant, values), strict=False))
        if _is_empty(cells.get(VERDICT)):
            continue
        found = list(_problems(cells, projects))
        problems += [f"row {number}: {problem}" for problem in found]
        if not found:
            verdicts.append(_verdict(number, cells))
    if problems:
        more = len(problems) - _MOST_NAMED
        listed = problems[:_MOST_NAMED] + ([f"and {more:,} more problems"] if more > 0 else [])
        raise SheetUnreadable("\n".join([f"{path}: nothing is requested, correct this first:", *listed]))
    return verdicts


def open_sheet(path: Path) -> tuple[list[str], Sequence[Sequence[Any]]]:
    """Read the names of the columns of a review sheet, and all rows below them.

    Raises SheetUnreadable where it is no XLSX file, or is none of ours any more, and OSError.
    """
    with reading(path), path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write wrong ones
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        book.close()
    header = [str(meant(name) or "").strip() for name in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise SheetUnreadable(
            f"{path} is no review sheet: its first row has no column {', '.join(missing)}. "
            "`polyai sample` writes one; do not rename its columns"
        )
    twice = [name for name in NEEDED if header.count(name) > 1]
    if twice:
        raise SheetUnreadable(f"{path} has the column {', '.join(twice)} twice: keep one of each")
    return header, rows[1:]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say that a file is no XLSX file, whatever openpyxl makes of it. Raises SheetUnreadable."""
    try:
        yield
    except (*_TROUBLE, IndexError) as error:
        raise SheetUnreadable(f"{path} is no XLSX file that can be read ({error})") from error


def meant(value: Any) -> Any:
    """Give the value of a cell as its readers take it."""
    return from_cell(value) if isinstance(value, str) else value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _problems(cells: Cells, projects: Collection[str]) -> Iterable[str]:
    for name, words in ((VERDICT, ANNOTATION_TYPES), (ROLE, ROLES)):
        value = cells.get(name)
        if _is_empty(value):
            yield f"{name} is empty; choose {' or '.join(words)}"
        elif _word(value) not in words:
            yield f"{name} is {_short(value)}; there are {', '.join(words)}"
    if _is_empty(cells.get(CONVERSATION)):
        yield f"{CONVERSATION} is empty"
    elif not _is_unicode(str(cells[CONVERSATION])):
        yield f"{CONVERSATION} is {_short(cells[CONVERSATION])}; it holds half a surrogate pair, which is no text"
    if _is_empty(cells.get(TURN)):
        yield f"{TURN} is empty: this row is no turn"
    elif _number(cells[TURN]) is None:
        yield f"{TURN} is {_short(cells[TURN])}; it must be a whole number from 0"
    project = cells.get(PROJECT)
    if _word(project) not in projects:
        yield f"{PROJECT} is {_short(project)}; configured are {', '.join(sorted(projects))}"


def _verdict(number: int, cells: Cells) -> SheetVerdict:
    return SheetVerdict(
        row=number,
        project=_word(cells[PROJECT]),
        conversation_id=str(cells[CONVERSATION]),
        turn_index=_number(cells[TURN]) or 0,
        role=_word(cells[ROLE]),
        annotation_type=_word(cells[VERDICT]),
    )


def _word(value: Any) -> str:
    return str(value).strip() if value is not None else ""


def _number(value: Any) -> int | None:
    """Read a whole number from 0, which a spreadsheet may have made a float or a text of."""
    if isinstance(value, str):
        value = value.strip()
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < 10**9 else None


def _short(value: Any) -> str:
    text = "empty" if _is_empty(value) else str(value)
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…") if text != "empty" else text
