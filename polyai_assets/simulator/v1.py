"""What the records and answers of v1 look like: those of an earlier data pipeline, never tidied up.

PolyAI says that v1 formats its times inconsistently, writes null where v3 writes "", and may leave out
`latency`, `translated_user_input` and `english_agent_response`. Nobody says how; the forms here are those that
its own examples and Python's and Java's ways of writing a time make likely. The same record always has the same.
"""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import msgspec
from starlette.responses import JSONResponse, Response

from polyai_assets.simulator.days import Entry
from polyai_assets.simulator.fault_kinds.editing import parts_of
from polyai_assets.simulator.page import Page
from polyai_assets.simulator.readable import object_in

DESCRIPTIONS = {
    "conversations": {
        "id": "Unique ID for this conversation.",
        "started_at": "Time when the conversation began, in ISO8601 format.",
        "channel": "Medium of the conversation, e.g. CHAT or VOICE-SIP.",
        "in_progress": "If true, the call is still in progress and its properties may change.",
        "total_duration": "Duration of the entire call, in seconds.",
        "turns": "Ordered list of turns in the conversation.",
    }
}
MAY_BE_MISSING = ("latency", "translated_user_input", "english_agent_response")

# From 2026-11-03T10:15:02.120450Z, which is how v3 writes all of them.
_TIMES: tuple[Callable[[str], str], ...] = (
    lambda text: text[:23] + "Z",  # 2026-11-03T10:15:02.120Z
    lambda text: text.replace("T", " ").removesuffix("Z"),  # 2026-11-03 10:15:02.120450
    lambda text: text.removesuffix("Z").rstrip("0").rstrip(".") + "Z",  # 2026-11-03T10:15:02.12045Z
    lambda text: text[:19].replace("T", " ") + "+00:00",  # 2026-11-03 10:15:02+00:00
    lambda text: text.removesuffix("Z") + "+00:00",  # 2026-11-03T10:15:02.120450+00:00
)


def as_v1(entry: Entry) -> Entry:
    """Return an entry as v1 serves it. What a test gave stays byte for byte."""
    record = None if entry.ended is None else object_in(entry.body)
    if record is None:
        return entry
    number = crc32(entry.id.encode())
    # With all six digits, or a conversation could seem to lie outside of the range it was found in.
    _rewrite(record, "started_at", (1, 4)[number % 2])
    for step, turn in enumerate(parts_of(record, in_turns=True)):
        _age_turn(turn, number + step)
    return entry._replace(body=msgspec.json.encode(_with_nulls(record)))


def as_v1_page(page: Page) -> Page:
    """Return a page of v1: its records, and the key that explains them."""
    page.entries = [as_v1(entry) for entry in page.entries]
    page.descriptions = DESCRIPTIONS
    return page


def as_v1_error(answer: Response) -> Response:
    """Return an answer, cut down to `error_message` where it is an error envelope."""
    if answer.status_code < 400 or not isinstance(answer, JSONResponse):
        return answer
    message = msgspec.json.decode(answer.body)["error_message"]
    kept = {
        name: value
        for name, value in answer.headers.items()
        if name not in ("content-length", "content-type")
    }
    return JSONResponse({"error_message": message}, answer.status_code, kept)


def _age_turn(turn: dict[str, Any], number: int) -> None:
    turn.pop("barge_in", None)  # v1 does not know it
    _rewrite(turn, "user_input_datetime", number % 5)
    _rewrite(turn, "agent_response_datetime", (number + 2) % 5)
    for place, field in enumerate(MAY_BE_MISSING):
        if (number + place) % 3 == 0:
            turn.pop(field, None)
    _with_nulls(turn)


def _rewrite(part: dict[str, Any], field: str, form: int) -> None:
    """Write a time in another form; what a fault has made of it stays."""
    text = part.get(field)
    if isinstance(text, str) and len(text) == 27 and text.endswith("Z"):
        part[field] = _TIMES[form](text)


def _with_nulls(part: dict[str, Any]) -> dict[str, Any]:
    part.update({field: None for field, value in part.items() if value == ""})
    return part
