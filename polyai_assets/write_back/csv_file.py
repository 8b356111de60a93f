"""Reading a CSV file of requests: all of its rows, or what is wrong with it, line by line."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES, wanted
from polyai_assets.machine.text_file import NotUTF8, decode_text
from polyai_assets.write_back.tables import GIVEN, NOTE_REQUESTS, Table

Row = Mapping[str, object]
Cells = dict[str, str]

_SHOWN = 40
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""All that lies between is a moment in every zone, for everybody who reads the table."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a line, counted from 1. What a person wrote into a note is not repeated."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def read_csv(
    content: bytes, table: Table, projects: Collection[str], mark: str
) -> tuple[list[Row], list[RowProblem]]:
    """Read a file's requests; none if there are problems.

    The first line names the columns, as those of the table: all that a request must have, and any of `GIVEN`. A row
    without a request_id gets one of `mark` and its line.
    """
    try:
        text = decode_text(content)
    except NotUTF8 as error:
        return [], [RowProblem(error.line, "it is no UTF-8: save it as CSV UTF-8")]
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    problems: list[RowProblem] = []
    try:
        header = [name.strip() for name in next(lines, [])]
        problems += [RowProblem(1, reason) for reason in _header_problems(header, table)]
        if problems:
            return [], problems
        for line, cells in _records(lines):
            found = _row_problems(header, cells, table, projects)
            problems += [RowProblem(line, reason) for reason in found]
            if not found:
                rows.append(_row(dict(zip(header, cells, strict=True)), f"{mark}-{line}"))
    except csv.Error as error:
        problems.append(RowProblem(max(lines.line_num, 1), f"it is no CSV: {error}"))
    if not rows and not problems:
        problems.append(RowProblem(1, "there is no row below the names of the columns"))
    return ([] if problems else rows), problems


def _records(lines: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, with the line on which each begins: a quoted text may go over several."""
    begins = lines.line_num + 1
    for cells in lines:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = lines.line_num + 1


def _header_problems(header: list[str], table: Table) -> list[str]:
    needed = list(wanted(table.fields))
    known = [*needed, *GIVEN]
    missing = [name for name in needed if name not in header]
    found = []
    if missing:
        hint = "; columns are separated by commas" if len(header) == 1 else ""
        found.append(f"it has no column {', '.join(missing)}{hint}")
    else:
        found += [
            f"there is no column {_short(name)}; there are {', '.join(known)}"
            for name in header
            if name not in known
        ]
    found += [f"column {name} comes twice" for name in known if header.count(name) > 1]
    return found


def _row_problems(header: list[str], cells: list[str], table: Table, projects: Collection[str]) -> list[str]:
    if len(cells) != len(header):
        return [f"it has {len(cells)} columns, the first line {len(header)}"]
    row = dict(zip(header, cells, strict=True))
    found = [f"{name} is empty" for name in wanted(table.fields) if not row[name].strip()]
    found += [reason for name, judge in _JUDGES.items() if row.get(name, "").strip() for reason in judge(row)]
    project = row["project"].strip()
    if project and project not in projects:
        found.append(f"no project {_short(project)} is configured; there are {', '.join(sorted(projects))}")
    if table is NOTE_REQUESTS and "\x00" in row["note"]:
        found.append("note holds a character that is no text")
    return found


def _judge_turn(row: Cells) -> list[str]:
    turn = row["turn_index"].strip()
    if turn.isascii() and turn.isdigit() and len(turn) < 10:
        return []
    return [f"turn_index is {_short(turn)}; it must be a whole number from 0"]


def _judge_words(name: str, words: Collection[str]) -> Callable[[Cells], list[str]]:
    def judge(row: Cells) -> list[str]:
        word = row[name].strip()
        return [] if word in words else [f"{name} is {_short(word)}; PolyAI has {', '.join(words)}"]

    return judge


def _judge_moment(row: Cells) -> list[str]:
    if _moment(row["requested_at"]) is not None:
        return []
    return [
        f"requested_at is {_short(row['requested_at'])}; write it like 2026-11-03T09:30:00Z, with a year from "
        f"{_FIRST.year} to {_LAST.year - 1}"
    ]


_JUDGES: Mapping[str, Callable[[Cells], list[str]]] = {
    "turn_index": _judge_turn,
    "role": _judge_words("role", ROLES),
    "annotation_type": _judge_words("annotation_type", ANNOTATION_TYPES),
    "requested_at": _judge_moment,
}


def _row(cells: Cells, request_id: str) -> Row:
    # Ids may have any character but those that a spreadsheet puts around them; a note is kept as it is.
    row: dict[str, object] = {
        name: cell if name == "note" else cell.strip() or None for name, cell in cells.items()
    }
    if "turn_index" in cells:
        row["turn_index"] = int(cells["turn_index"])
    if "requested_at" in cells:
        row["requested_at"] = _moment(cells["requested_at"])
    return row | {"request_id": row.get("request_id") or request_id}


def _moment(text: str) -> datetime | None:
    """Read a moment; without a zone it is UTC. None where it is none, or none at which anybody requests anything."""
    moment = read_moment(text.strip())
    return moment if moment is not None and _FIRST <= moment < _LAST else None


def _short(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return repr(shown)
