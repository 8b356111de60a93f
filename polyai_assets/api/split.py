"""Cuts the body of a page into its records, verbatim, and the way on.

msgspec is fast at it, but what it refuses to decode it also refuses to skip, so that one odd record would
cost the whole page: then the scanner cuts, more slowly.

Records are copies, not views: a view of one keeps the whole page in memory, and copying 4 MB takes a
millisecond.
"""

import codecs
import re
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, UnsetType

from polyai_assets.api import scan
from polyai_assets.api.errors import MalformedPage, TruncatedBody
from polyai_assets.api.record import key_name

_OFFSET = re.compile(rb"[0-9]{1,18}")
_ODD = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


@dataclass(slots=True)
class Envelope:
    """A page as the server sent it. UNSET is a key that was not there, which is not the same as null."""

    payloads: list[bytes]
    cursor: str | UnsetType | None
    next_offset: int | UnsetType | None


class _FastEnvelope(msgspec.Struct):
    conversations: list[msgspec.Raw]
    cursor: str | UnsetType | None = UNSET
    next_offset: int | UnsetType | None = UNSET
    success: msgspec.Raw = msgspec.Raw(b"true")
    error_message: msgspec.Raw = msgspec.Raw(b"null")


_decode_fast = msgspec.json.Decoder(_FastEnvelope).decode


def split(body: bytes) -> Envelope:
    """Cut a page. Raises `TruncatedBody` (no complete JSON) or `MalformedPage` (no page)."""
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        fast = _decode_fast(body)
    except _ODD:
        envelope = split_by_scanning(body)
    else:
        envelope = Envelope([bytes(raw) for raw in fast.conversations], fast.cursor, fast.next_offset)
        _refuse_error(envelope, bytes(fast.success), bytes(fast.error_message))
        if not envelope.payloads and body.count(b'"conversations"') > 1:
            envelope = split_by_scanning(body)  # of two lists, msgspec reads the last one
    return _checked(envelope)


def split_by_scanning(body: bytes) -> Envelope:
    """Cut in the same way without decoding a record. Raises the same."""
    try:
        start, _ = scan.document(body)
        if body[start : start + 1] != b"{":
            raise MalformedPage("The body is JSON but no object.")
        pairs, _ = scan.members(body, start)
        names = [key_name(key) for key, _ in pairs]
        values = {name: span for name, (_, span) in zip(names, pairs, strict=True)}
        if names.count("conversations") > 1:
            raise MalformedPage("`conversations` stands there more than once.")
        if "conversations" not in values:
            raise MalformedPage("The body has no `conversations`.")
        first, _ = values["conversations"]
        if body[first : first + 1] != b"[":
            raise MalformedPage("`conversations` is no list.")
        spans, _ = scan.elements(body, first)
    except scan.NotJSONError as error:
        raise TruncatedBody(_not_complete(body, str(error))) from error
    cursor, next_offset = (_value(body, values, name) for name in ("cursor", "next_offset"))
    envelope = Envelope([body[start:end] for start, end in spans], _cursor(cursor), _next_offset(next_offset))
    _refuse_error(envelope, _value(body, values, "success"), _value(body, values, "error_message"))
    return envelope


def _refuse_error(envelope: Envelope, success: bytes | None, error_message: bytes | None) -> None:
    # A failed read must not be taken for an empty day. Of an error, v1 documents nothing but its message.
    if success == b"false":
        raise MalformedPage("The body says `success: false`: it is an error, whatever else it holds.")
    if not envelope.payloads and error_message not in (None, b"null", b'""'):
        raise MalformedPage("The body holds an `error_message` and no conversation: it is an error.")


def _checked(envelope: Envelope) -> Envelope:
    # Sent back, an empty cursor would count as none and bring the first page; as the end it may hide data.
    if envelope.cursor == "":
        raise MalformedPage("`cursor` is empty, which is neither a cursor nor null.")
    if isinstance(envelope.next_offset, int) and not 0 <= envelope.next_offset < 10**18:
        raise MalformedPage("`next_offset` is no possible offset.")
    return envelope


def _value(body: bytes, values: dict[str, scan.Span], name: str) -> bytes | None:
    span = values.get(name)
    return None if span is None else body[span[0] : span[1]]


def _cursor(value: bytes | None) -> str | UnsetType | None:
    if value is None:
        return UNSET
    try:
        return msgspec.json.decode(value, type=str | None)
    except _ODD as error:
        raise MalformedPage("`cursor` is neither text nor null.") from error


def _next_offset(value: bytes | None) -> int | UnsetType | None:
    if value is None:
        return UNSET
    if value == b"null":
        return None
    if not _OFFSET.fullmatch(value):
        raise MalformedPage("`next_offset` is neither a whole number from 0 nor null.")
    return int(value)


def _not_complete(body: bytes, reason: str) -> str:
    if not body.strip():
        return "The body is empty."
    if body.lstrip().startswith(b"<"):
        return "The body is HTML, not JSON: a proxy or a login page seems to answer in PolyAI's place."
    return f"The body is no complete JSON: of {len(body)} bytes, {reason}."
