"""Writing a review sheet: a row per turn, conversations set apart, with cells to choose a verdict in."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet  # only to be named; there is no public name
from openpyxl.worksheet.datavalidation import DataValidation

from polyai_assets.review.cells import is_like_formula, to_cell
from polyai_assets.review.columns import COLUMNS, CONVERSATION, NOTE, VERDICT, Column, values_of
from polyai_assets.review.errors import SheetNotWritten, TooManyTurns

MOST_ROWS = 1_048_575
"""Rows that Excel has below the header."""

_HEADER = "review header"
_BANDS = ("FFFFFFFF", "FFF2F5F9")
_ENTRY_BANDS = ("FFFFFBE6", "FFFBF3CC")


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """What is in a sheet."""

    conversations: int
    rows: int
    first: date
    last: date

    def __str__(self) -> str:
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        noun = "conversation" if self.conversations == 1 else "conversations"
        return f"{self.conversations:,} {noun} of {days} in {self.rows:,} rows"


def write_sheet(turns: pa.Table, path: Path) -> WrittenSheet:
    """Write sampled turns to a new file, which only its owner may read: it holds what callers said.

    Raises TooManyTurns and SheetNotWritten.
    """
    if turns.num_rows > MOST_ROWS:
        raise TooManyTurns(
            f"{turns.num_rows:,} turns are more than the {MOST_ROWS:,} rows of a sheet: choose fewer days"
        )
    rows = [values_of(turn) for turn in turns.to_pylist()]
    columns = [
        column for column in COLUMNS if not column.is_optional or any(row[column.name] for row in rows)
    ]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # it may hold a reviewer's verdicts
        raise SheetNotWritten(
            f"{path} is there already: give another name with --out, or move it away"
        ) from None
    except OSError as error:
        raise SheetNotWritten(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            _book(columns, rows).save(file)
    except BaseException:
        path.unlink()
        raise
    days = [row["date"] for row in rows]
    conversations = {(row["date"], row[CONVERSATION]) for row in rows}
    return WrittenSheet(len(conversations), len(rows), min(days), max(days))


def _book(columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> Workbook:
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    sheet = book.create_sheet("review")
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = column.width
        if column.is_entry:
            sheet.data_validations.append(_choices(column, f"{letter}2:{letter}{len(rows) + 1}"))
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    sheet.append([_cell(sheet, column.name, _HEADER) for column in columns])
    for band, row, is_first in _banded(rows):
        sheet.append(
            [_cell(sheet, row[column.name], _style_of(column, band, is_first)) for column in columns]
        )
    return book


def _banded(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Give each row with its band, which changes with the conversation, and whether a conversation begins with it."""
    conversations = groupby(rows, key=lambda row: (row["date"], row[CONVERSATION]))
    for number, (_, turns) in enumerate(conversations):
        for place, row in enumerate(turns):
            yield number % 2, row, place == 0


def _cell(sheet: WriteOnlyWorksheet, value: Any, style: str) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.style = style
    if isinstance(value, str) and value:
        cell.value = to_cell(value)
        cell.data_type = "s"  # whatever it looks like
        cell.quotePrefix = is_like_formula(value)  # and even once a person has edited it
    elif value != "":
        cell.value = value
    return cell


def _choices(column: Column, cells: str) -> DataValidation:
    """Let a person choose in a column, or tell them what it is for."""
    if column.name == NOTE:
        validation = DataValidation(allow_blank=True, prompt="For yourselves: it stays in this sheet.")
    else:
        validation = DataValidation(
            type="list",
            formula1=f'"{",".join(column.choices)}"',
            allow_blank=True,
            errorTitle=column.name,
            error=f"Choose one of: {', '.join(column.choices)}; or leave it empty.",
        )
        validation.prompt = (
            "Leave it empty if nothing is wrong." if column.name == VERDICT else "Whose part is wrong?"
        )
        validation.showErrorMessage = True
    validation.promptTitle = column.name
    validation.showInputMessage = True
    validation.add(cells)
    return validation


def _style_of(column: Column, band: int, is_first: bool) -> str:
    kind = "entry" if column.is_entry else column.number_format
    return f"review {kind} {band}{' first' if is_first else ''}"


def _styles() -> Iterator[NamedStyle]:
    """Make the styles by name: setting one is much cheaper than setting its parts on every cell."""
    thin, thick = Side(style="hair", color="FFB8C0CC"), Side(style="medium", color="FF44546A")
    yield NamedStyle(
        _HEADER,
        font=Font(bold=True, color="FFFFFFFF"),
        fill=PatternFill("solid", fgColor="FF44546A"),
        alignment=Alignment(vertical="center", wrap_text=True),
    )
    for kind in ("entry", *sorted({column.number_format for column in COLUMNS})):
        for band in (0, 1):
            for first in ("", " first"):
                colour = (_ENTRY_BANDS if kind == "entry" else _BANDS)[band]
                yield NamedStyle(
                    f"review {kind} {band}{first}",
                    number_format="General" if kind == "entry" else kind,
                    fill=PatternFill("solid", fgColor=colour),
                    border=Border(top=thick if first else thin, bottom=thin, left=thin, right=thin),
                    alignment=Alignment(vertical="top", wrap_text=True),
                )
