"""Answers of the Agents API that are JSON: a page of its list, and the detail of one conversation.

Cut, not parsed: every record leaves as the bytes that came.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from polyai_assets.api import scan
from polyai_assets.api.agents.record import AgentsRecord, read_record, read_stub
from polyai_assets.api.errors import MalformedAnswer, MalformedPage, TruncatedBody
from polyai_assets.api.record import key_name
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
    closed_by: Literal["end of list", "stop"] | None = None
    """In a walk: why this page is its last; None if it is not."""


class _Envelope(msgspec.Struct):
    conversations: list[msgspec.Raw]
    count: int
    offset: int | None = None


_decode_fast = msgspec.json.Decoder(_Envelope).decode


def read_page(answer: Answer, *, limit: int, offset: int) -> AgentsPage:
    """Read a page from a 200. Raises `TruncatedBody` (no complete JSON) or `MalformedPage` (no page)."""
    body = answer.body.removeprefix(codecs.BOM_UTF8)
    try:
        fast = _decode_fast(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        payloads, count, answered = _scanned(body)
    else:
        payloads, count, answered = [bytes(raw) for raw in fast.conversations], fast.count, fast.offset
    if count < 0:
        raise MalformedPage("`count` is below 0.")
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
        error = MalformedAnswer(f"The server sent {'no' if found is None else 'another'} conversation.")
        error.payload = memoryview(detail)
        raise error
    return detail


def _scanned(body: bytes) -> tuple[list[bytes], int, int | None]:
    start, _ = _document(body)
    if body[start : start + 1] != b"{":
        raise MalformedPage("The body is JSON but no object.")
    pairs, _ = scan.members(body, start)
    values = {key_name(key): span for key, span in pairs}
    first, _ = values.get("conversations", (len(body), len(body)))
    if body[first : first + 1] != b"[":
        raise MalformedPage("The body has no list `conversations`.")
    spans, _ = scan.elements(body, first)
    count, offset = (_number(body, values.get(name)) for name in ("count", "offset"))
    if count is None:
        raise MalformedPage("The body has no `count`, or it is no whole number from 0.")
    return [body[start:end] for start, end in spans], count, offset


def _document(body: bytes) -> scan.Span:
    try:
        return scan.document(body)
    except scan.NotJSONError as error:
        what = "HTML, as from a proxy or a login page" if body.lstrip()[:1] == b"<" else "no complete JSON"
        raise TruncatedBody(f"The body is {what}: of {len(body)} bytes, {error}.") from error


def _number(body: bytes, span: scan.Span | None) -> int | None:
    found = body[span[0] : span[1]] if span else b""
    return int(found) if _NUMBER.fullmatch(found) else None
