"""Answers of the Agents API that are JSON: a page of its list, and the detail of one conversation.

Cut, not parsed: every record leaves as the bytes that came.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from polyai_assets.api import scan
from polyai_assets.api.agents.record import AgentsRecord, read_record, read_stub
from polyai_assets.api.envelope import error_in, unknown_members
from polyai_assets.api.errors import MalformedAnswer, MalformedPage, PageTooHeavy, TruncatedBody
from polyai_assets.api.split import cut, members_in
from polyai_assets.api.transport import Answer

_NUMBER = re.compile(rb"[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class AgentsPage:
    """Records in the order the server sent them: newest first, as far as anyone knows."""

    records: tuple[AgentsRecord, ...]
    count: int
    """How many conversations the server says there are in all."""
    limit: int
    """The page size asked for."""
    offset: int
    """What was asked for."""
    bytes: int
    """Size of the body, decompressed."""
    sha256: str
    """Of the body, decompressed, in hex."""
    correlation_id: str | None
    seconds: float
    """From sending the request to the last byte, without waits and failed attempts."""
    unknown: tuple[str, ...] = ()
    """Members of the body that nobody declared."""
    closed_by: Literal["end of list", "stop"] | None = None
    """In a walk: why this page is its last; None if it is not."""


_MEMBERS = ("count", "limit", "offset")


def read_page(answer: Answer, *, limit: int, offset: int) -> AgentsPage:
    """Read a page from a 200. Raises `TruncatedBody` (no complete JSON) or `MalformedPage` (no page)."""
    payloads, members = cut(answer.body)
    count, answered = (_number(members.get(name, b"")) for name in ("count", "offset"))
    if count is None:
        raise MalformedPage("The body has no `count`, or it is no whole number from 0.")
    if answered is not None and answered != offset:
        raise MalformedPage(f"Asked for offset {offset}, the server answered for {answered}.")
    return AgentsPage(
        records=tuple(map(read_record, payloads)),
        count=count,
        limit=limit,
        offset=offset,
        bytes=len(answer.body),
        sha256=hashlib.sha256(answer.body).hexdigest(),
        correlation_id=answer.correlation_id,
        seconds=answer.seconds,
        unknown=unknown_members(members, _MEMBERS),
    )


def read_detail(answer: Answer, conversation_id: str) -> bytes:
    """Check that a 200 is the detail of this conversation, and give its bytes as they came.

    Raises `TruncatedBody` (no complete JSON) or `MalformedAnswer` (something else).
    """
    body = answer.body.removeprefix(codecs.BOM_UTF8)
    start, end = _document(body)
    detail = body[start:end]
    found = read_stub(detail).conversation_id
    if found != conversation_id:
        raise _in_place_of_a_detail(
            detail, f"The server sent {'no' if found is None else 'another'} conversation."
        )
    error = error_in(members_in(detail))
    if error is not None:
        raise _in_place_of_a_detail(detail, f"The body is an error (`{error}`), whatever else it holds.")
    return detail


def _in_place_of_a_detail(detail: bytes, what: str) -> MalformedAnswer:
    error = MalformedAnswer(what)
    error.payload = memoryview(detail)
    return error


def _document(body: bytes) -> scan.Span:
    try:
        return scan.document(body)
    except scan.TooManyBrackets as error:
        raise PageTooHeavy(
            f"The detail has more than {scan.MOST_BRACKETS:,} parts, or is nested deeper."
        ) from error
    except scan.NotJSONError as error:
        what = "HTML, as from a proxy or a login page" if body.lstrip()[:1] == b"<" else "no complete JSON"
        raise TruncatedBody(f"The body is {what}: of {len(body)} bytes, {error}.") from error


def _number(value: bytes) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) else None
