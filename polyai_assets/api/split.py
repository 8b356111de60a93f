"""Cuts the body of a page into its records, verbatim, and the way on.

msgspec is fast at it, but what it refuses to decode it also refuses to skip, so that one odd record would
cost the whole page: then the scanner cuts, more slowly.

Records are copies, not views: a view of one keeps the whole page in memory, and copying 4 MB takes a
millisecond.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import msgspec
from msgspec import UNSET, UnsetType

from polyai_assets.api import scan
from polyai_assets.api.envelope import error_in, unknown_members
from polyai_assets.api.errors import MalformedPage, PageTooHeavy, TruncatedBody
from polyai_assets.api.record import key_name, members_of

_OFFSET = re.compile(rb"[0-9]{1,18}")
_ODD = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


MOST_RECORDS = 100_000
"""A page holds 5,000 at most; of so many that are nothing, each costs more memory than it has bytes."""
MOST_ELEMENTS = 8_000_000
"""How many elements of a list msgspec may have to find, at some 50 bytes each."""
MOST_DECODED = 1_000_000
"""How many members of an object it may have to find, at some 200 bytes each."""
_MOST_MEMBERS = 1000


@dataclass(slots=True)
class Envelope:
    """A page as the server sent it. UNSET is a key that was not there, which is not the same as null."""

    payloads: list[bytes]
    cursor: str | UnsetType | None
    next_offset: int | UnsetType | None
    unknown: tuple[str, ...] = ()
    """Members that no documentation declares."""


class _KnownPage(msgspec.Struct, forbid_unknown_fields=True):
    """A page with the members that PolyAI documents; empty where one is missing."""

    conversations: list[msgspec.Raw]
    cursor: msgspec.Raw = msgspec.Raw()
    next_offset: msgspec.Raw = msgspec.Raw()
    descriptions: msgspec.Raw = msgspec.Raw()
    success: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
    error_id: msgspec.Raw = msgspec.Raw()
    error_code: msgspec.Raw = msgspec.Raw()
    error_message: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()


_MEMBERS = _KnownPage.__struct_fields__[1:]
_OF_PAGES = ("cursor", "next_offset", "descriptions")

_decode_known = msgspec.json.Decoder(_KnownPage).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_whole = msgspec.json.Decoder(msgspec.Raw).decode

Parts = tuple[list[bytes], dict[str, bytes]]
"""The objects of an answer's list, and its other members by name, each as it stands."""


def split(body: bytes) -> Envelope:
    """Cut a page of the conversations list. Raises as `cut`, and `MalformedPage` for a way on that is none."""
    return envelope_of(_quickly(body) or cut(body))


def envelope_of(parts: Parts) -> Envelope:
    """Read the way on. Raises `MalformedPage` where there is none to be read."""
    payloads, members = parts
    cursor, next_offset = _cursor(members.get("cursor")), _next_offset(members.get("next_offset"))
    # Sent back, an empty cursor would count as none and bring the first page; as the end it may hide data.
    if cursor == "":
        raise MalformedPage("`cursor` is empty, which is neither a cursor nor null.")
    return Envelope(payloads, cursor, next_offset, unknown_members(members, _OF_PAGES))


def cut(body: bytes, name: str = "conversations") -> Parts:
    """Cut an answer that holds a list of objects in the member `name`.

    Raises `TruncatedBody` (no complete JSON), `MalformedPage` (no list, or an error in its place) or `PageTooHeavy`
    (more records than any page has).
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if _may_hold(body, MOST_DECODED):
        return cut_by_scanning(body, name)
    try:
        members = _decode_members(body)
        payloads = _decode_list(members.pop(name, b"null"))
    except _ODD:
        return cut_by_scanning(body, name)
    if not payloads and body.count(f'"{name}"'.encode()) > 1:
        return cut_by_scanning(body, name)  # of two lists, msgspec reads the last one
    return _checked(payloads, {name: bytes(value) for name, value in members.items()})


def members_in(body: bytes) -> dict[str, bytes]:
    """Give the members of an object by name, each as it stands; none of what is no object."""
    try:
        return {name: bytes(value) for name, value in _decode_members(body).items()}
    except _ODD:
        return dict(members_of(body))


def whole(body: bytes) -> bytes:
    """Give the one value that a body consists of, as it stands. Raises `TruncatedBody`, `PageTooHeavy`."""
    if len(body) <= scan.MOST_BRACKETS:  # it cannot have more of them
        with suppress(*_ODD):
            return bytes(_decode_whole(body))
    with scanning(body):
        start, end = scan.document(body)
    return body[start:end]


@contextmanager
def scanning(body: bytes) -> Iterator[None]:
    """Raise `TruncatedBody` or `PageTooHeavy` for what the scanner cannot cut."""
    try:
        yield
    except scan.NotJSONError as error:
        raise TruncatedBody(_not_complete(body, str(error))) from error
    except scan.TooManyBrackets as error:
        raise PageTooHeavy(
            f"The body has more than {scan.MOST_BRACKETS:,} parts, or is nested deeper."
        ) from error


def cut_by_scanning(body: bytes, name: str = "conversations") -> Parts:
    """Cut in the same way without decoding a record. Raises the same."""
    with scanning(body):
        start, _ = scan.document(body)
        if body[start : start + 1] != b"{":
            raise MalformedPage("The body is JSON but no object.")
        pairs = list(islice(scan.members(body, start), _MOST_MEMBERS + 1))
        if len(pairs) > _MOST_MEMBERS:
            raise MalformedPage(f"The body has more than {_MOST_MEMBERS:,} members.")
        names = [key_name(key) for key, _ in pairs]
        values = {name: span for name, (_, span) in zip(names, pairs, strict=True)}
        if names.count(name) > 1:
            raise MalformedPage(f"`{name}` stands there more than once.")
        if name not in values:
            raise MalformedPage(f"The body has no `{name}`.")
        first, _ = values.pop(name)
        if body[first : first + 1] != b"[":
            raise MalformedPage(f"`{name}` is no list.")
        spans = list(islice(scan.elements(body, first), MOST_RECORDS + 1))
    members = {name: body[begin:end] for name, (begin, end) in values.items()}
    return _checked([body[begin:end] for begin, end in spans], members)


def cut_array(body: bytes, name: str) -> list[bytes]:
    """Cut an answer that is a list of objects, or that holds one in the member `name`. Raises as `cut`."""
    body = body.removeprefix(codecs.BOM_UTF8)
    with scanning(body):
        start, _ = scan.document(body)
        if body[start : start + 1] != b"[":
            return cut(body, name)[0]
        spans = list(islice(scan.elements(body, start), MOST_RECORDS + 1))
    return _checked([body[begin:end] for begin, end in spans], {})[0]


def object_in(body: bytes, name: str) -> dict[str, bytes]:
    """Give the members of the object that an answer holds in the member `name`, each as it stands.

    Raises `TruncatedBody` (no complete JSON), `MalformedPage` (no such object, or an error in its place).
    """
    members = _checked([], members_in(whole(body.removeprefix(codecs.BOM_UTF8))))[1]
    if not members.get(name, b"").startswith(b"{"):
        raise MalformedPage(f"The body has no object `{name}`.")
    return members_in(members[name])


def _quickly(body: bytes) -> Parts | None:
    """Cut a page at once if nothing about it is odd or unknown."""
    if _may_hold(body, MOST_ELEMENTS):
        return None
    try:
        known = _decode_known(body)
    except _ODD:
        return None
    if not known.conversations:
        return None
    members = {name: bytes(getattr(known, name)) for name in _MEMBERS}
    return _checked(known.conversations, {name: value for name, value in members.items() if value})


def _may_hold(body: bytes, most: int) -> bool:
    """Tell whether there may be more than so many elements or members in a body, however they are nested."""
    return len(body) > 2 * most and body.count(b",") > most


def _checked(payloads: Sequence[bytes | msgspec.Raw], members: dict[str, bytes]) -> Parts:
    error = error_in(members)
    if error is not None:
        raise MalformedPage(f"The body is an error (`{error}`), whatever else it holds.")
    if len(payloads) > MOST_RECORDS:
        raise PageTooHeavy(f"The body holds more than {MOST_RECORDS:,} conversations.")
    return [bytes(payload) for payload in payloads], members


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
