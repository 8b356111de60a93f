"""The columns of a review sheet."""

from dataclasses import dataclass
from typing import Any

from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES

PROJECT = "project"
CONVERSATION = "conversation_id"
TURN = "turn_index"
VERDICT = "verdict"
ROLE = "role"
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its width in characters, and what a person may choose in it, if they are to fill it in.

    An `optional` one is left out where nothing is in it.
    """

    name: str
    width: float
    choices: tuple[str, ...] = ()
    is_entry: bool = False
    is_optional: bool = False
    number_format: str = "General"


COLUMNS = (
    Column("date", 11, number_format="yyyy-mm-dd"),
    Column(CONVERSATION, 22),
    Column("channel", 11),
    Column(TURN, 7),
    Column("user_input", 48),
    Column("agent_response", 48),
    Column("translated_user_input", 48, is_optional=True),
    Column("english_agent_response", 48, is_optional=True),
    Column("latency", 9, number_format="0.00"),
    Column("flags", 14, is_optional=True),
    Column(VERDICT, 18, choices=ANNOTATION_TYPES, is_entry=True),
    Column(ROLE, 9, choices=ROLES, is_entry=True),
    Column(NOTE, 36, is_entry=True),
    Column(PROJECT, 26),
)
"""In the order of the sheet."""

NEEDED = (PROJECT, CONVERSATION, TURN, VERDICT, ROLE)
"""Columns without which verdicts cannot be understood; a person may move them and remove the others."""

_FLAGS = {"is_ood": "out of domain", "is_silence": "silence", "barge_in": "barge-in"}
_NOT_THERE = "(not in the table conversations: it has vanished, or its day is not loaded)"
_NO_TURNS = "(no turns in the warehouse)"


def values_of(turn: dict[str, Any]) -> dict[str, Any]:
    """Give the values of a row, by column, of a sampled turn; nothing for what a person fills in."""
    values = dict(turn)
    values["flags"] = ", ".join(said for name, said in _FLAGS.items() if turn[name])
    if turn[TURN] is None:
        values["user_input"] = _NO_TURNS if turn["is_there"] else _NOT_THERE
    return {column.name: values.get(column.name) for column in COLUMNS}
