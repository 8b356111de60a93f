"""Answers of the Agents API about conversations: a page of its list, and the detail of one.

Cut, not parsed: every record leaves as the bytes that came.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from polyai_assets.api.envelope import error_in, unknown_members
from polyai_assets.api.errors import MalformedAnswer, MalformedPage
from polyai_assets.api.page import PageOf
from polyai_assets.api.record import StubReader
from polyai_assets.api.split import cut, members_in, whole
from polyai_assets.api.transport import HttpAnswer

_NUMBER = re.compile(rb"[0-9]{1,18}")


class AgentsStub(msgspec.Struct, rename="camel", gc=False):
    """What is read of a record. What is missing, null or of another type is None; times stay text."""

    conversation_id: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    in_progress: bool | None = None
    handoff: bool | None = None
    channel: str | None = None
    client_env: str | None = None


class AgentsRecord(msgspec.Struct, gc=False):
    """A record of the list and its bytes, exactly as they came (without the white space around)."""

    id: str | None
    stub: AgentsStub
    payload: bytes

    @property
    def started_at(self) -> str | None:
        """As the server wrote it: `2026-06-03T14:00:38.580000+00:00`."""
        return self.stub.started_at


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentsPage(PageOf[AgentsRecord]):
    """A page of an agent's list: newest first, as far as anyone knows."""

    count: int
    """How many conversations the server says there are in all (source: recordings of the API), not on the page."""
    offset: int
    """What was asked for."""
    closed_by: Literal["end of list", "stop"] | None = None
    """In a walk: why this page is its last; None if it is not."""


_STUBS = StubReader(AgentsStub)
_MEMBERS = ("count", "limit", "offset")


def read_page(answer: HttpAnswer, *, limit: int, offset: int) -> AgentsPage:
    """Read a page from a 200. Raises `TruncatedBody` (no complete JSON) or `MalformedPage` (no page)."""
    payloads, members = cut(answer.body)
    count, answered = (_number(members.get(name, b"")) for name in ("count", "offset"))
    if count is None:
        raise MalformedPage("The body has no `count`, or it is no whole number from 0.")
    if answered is not None and answered != offset:
        raise MalformedPage(f"Asked for offset {offset}, the server answered for {answered}.")
    return AgentsPage(
        records=[_record(payload) for payload in payloads],
        count=count,
        limit=limit,
        offset=offset,
        bytes=len(answer.body),
        sha256=hashlib.sha256(answer.body).hexdigest(),
        correlation_id=answer.correlation_id,
        seconds=answer.seconds,
        unknown=unknown_members(members, _MEMBERS),
    )


def read_detail(answer: HttpAnswer, conversation_id: str) -> bytes:
    """Check that a 200 is the detail of this conversation, and give its bytes as they came.

    Raises `TruncatedBody` (no complete JSON) or `MalformedAnswer` (something else).
    """
    detail = whole(answer.body.removeprefix(codecs.BOM_UTF8))
    found = _STUBS.read(detail).conversation_id
    if found != conversation_id:
        raise _in_place_of_a_detail(
            detail, f"The server sent {'no' if found is None else 'another'} conversation."
        )
    error = error_in(members_in(detail))
    if error is not None:
        raise _in_place_of_a_detail(detail, f"The body is an error (`{error}`), whatever else it holds.")
    return detail


def _record(payload: bytes) -> AgentsRecord:
    """Read a record from its bytes. Never raises: what cannot be read is None, and the bytes are kept."""
    stub = _STUBS.read(payload)
    return AgentsRecord(id=stub.conversation_id, stub=stub, payload=payload)


def _in_place_of_a_detail(detail: bytes, what: str) -> MalformedAnswer:
    error = MalformedAnswer(what)
    error.payload = memoryview(detail)
    return error


def _number(value: bytes) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) else None
