"""Sampled turns as the warehouse gives them, and sheets as a person gives them back."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from polyai_assets_tests.deployment import HOTEL

DAY = date(2025, 3, 1)
TURN = {
    "project": HOTEL.key,
    "date": DAY,
    "conversation_id": "CA1",
    "channel": "VOICE-SIP",
    "is_there": True,
    "turn_index": 0,
    "user_input": "hello",
    "agent_response": "how can I help",
    "translated_user_input": "",
    "english_agent_response": "",
    "latency": 1.25,
    "is_ood": False,
    "is_silence": False,
    "barge_in": None,
}


def turns(*changes: dict[str, Any]) -> pa.Table:
    """Make sampled turns that differ from a plain one."""
    types = {"turn_index": pa.int64(), "latency": pa.float64(), "barge_in": pa.bool_()}
    names = [(name, types.get(name) or pa.scalar(value).type) for name, value in TURN.items()]
    return pa.Table.from_pylist([{**TURN, **one} for one in changes], pa.schema(names))


def opened(path: Path) -> Worksheet:
    sheet = load_workbook(path).active
    assert isinstance(sheet, Worksheet)
    return sheet


def column(sheet: Worksheet, name: str) -> list[Any]:
    """Give the cells of a column, below its name."""
    for cells in sheet.iter_cols():
        if cells[0].value == name:
            return list(cells[1:])
    raise KeyError(name)


def fill_in(path: Path, *rows: dict[str, Any]) -> None:
    """Write into cells as a person does: a row of values by column for each row of the sheet, from the first."""
    book = load_workbook(path)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    names = [cell.value for cell in sheet[1]]
    for number, values in enumerate(rows, 2):
        for name, value in values.items():
            sheet.cell(number, names.index(name) + 1).value = value
    book.save(path)
