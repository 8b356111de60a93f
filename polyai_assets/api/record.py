"""One conversation as it came, and the little that the way to the raw store needs to know of it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Generic, TypeVar, get_args

import msgspec

from polyai_assets.api import scan


class Stub(msgspec.Struct, gc=False):
    """What is read of a record. A field that is missing, null or of another type is None; times stay text."""

    id: str | None = None
    started_at: str | None = None
    in_progress: bool | None = None
    num_turns: int | None = None
    total_duration: float | None = None
    environment: str | None = None
    channel: str | None = None
    variant_id: str | None = None
    variant_name: str | None = None
    turns: list[msgspec.Raw] | None = None


class Record(msgspec.Struct, gc=False):
    """A record and its bytes, exactly as the server sent them (without the white space around)."""

    id: str | None
    started_at: str | None
    in_progress: bool | None
    num_turns: int | None
    payload: bytes
    total_duration: float | None = None
    turns_sent: int | None = None
    """How many turns came with it; None where `turns` is no list."""
    environment: str | None = None
    channel: str | None = None
    variant_id: str | None = None
    variant_name: str | None = None

    @property
    def identity(self) -> str:
        """Its id, or the hash of its content where it has none."""
        return self.id or f"sha256:{hashlib.sha256(self.payload).hexdigest()}"


UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What a decoder raises for bytes that it cannot read."""

S = TypeVar("S", bound=msgspec.Struct)


class StubReader(Generic[S]):
    """Reads of a record what a struct declares, all of whose fields are optional."""

    def __init__(self, stub: type[S]) -> None:
        self._stub = stub
        self._decode = msgspec.json.Decoder(stub).decode
        fields = msgspec.structs.fields(stub)
        self._decoders = {
            field.encode_name: (field.name, msgspec.json.Decoder[Any](field.type)) for field in fields
        }
        self._numbers = {field.name for field in fields if {int, float} & set(get_args(field.type))}
        self._lists = {field.name for field in fields if list[msgspec.Raw] in get_args(field.type)}

    def read(self, payload: bytes) -> S:
        """Read a record. Never raises: what is missing, or of another type, is None."""
        try:
            return self._decode(payload)
        except UNREADABLE:
            return self._salvage(payload)

    def _salvage(self, payload: bytes) -> S:
        """Read each field by itself: half a surrogate pair in some turn must not cost a conversation its id."""
        stub = self._stub()
        for wire_name, value in members_of(payload):
            if wire_name in self._decoders:
                name, decoder = self._decoders[wire_name]
                try:
                    setattr(stub, name, decoder.decode(value))
                except UNREADABLE:
                    setattr(stub, name, self._found_in(name, value))
        return stub

    def _found_in(self, name: str, value: bytes) -> object:
        """Find what can be said of a value that cannot be read: a number in text, or how many parts a list has."""
        if name in self._lists:
            return _elements(value)
        return _number(value) if name in self._numbers else None


_STUBS = StubReader(Stub)


def read_record(payload: bytes) -> Record:
    """Read a record from its bytes. Never raises: what cannot be read is None, and the bytes are kept."""
    stub = _STUBS.read(payload)
    return Record(
        id=stub.id,
        started_at=stub.started_at,
        in_progress=stub.in_progress,
        num_turns=stub.num_turns,
        payload=payload,
        total_duration=stub.total_duration,
        turns_sent=None if stub.turns is None else len(stub.turns),
        environment=stub.environment,
        channel=stub.channel,
        variant_id=stub.variant_id,
        variant_name=stub.variant_name,
    )


def members_of(payload: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the members of an object by name, each value as it stands; none of what is no object."""
    if not payload.startswith(b"{"):
        return
    with suppress(scan.NotJSONError, scan.TooManyBrackets):
        for key, (start, end) in scan.members(payload, 0):
            yield key_name(key), payload[start:end]


def _elements(value: bytes) -> list[msgspec.Raw] | None:
    """Cut a list whose parts need not be readable; None where it is none."""
    if value.startswith(b"["):
        with suppress(scan.NotJSONError, scan.TooManyBrackets):
            return [msgspec.Raw(value[start:end]) for start, end in scan.elements(value, 0)]
    return None


def _number(value: bytes) -> int | None:
    """Read a whole number that came as text or with a fraction of zero, as the tables do; None where it is neither."""
    try:
        found = json.loads(value)
        found = json.loads(found) if isinstance(found, str) else found
    except (ValueError, RecursionError):
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 2**63:
        return None
    return int(found) if int(found) == found else None


def key_name(key: bytes) -> str:
    """Read a quoted key. One with an impossible escape is taken as it stands: it is no name we know."""
    text = key.decode("utf-8", "surrogateescape")
    try:
        return str(json.loads(text, strict=False))
    except json.JSONDecodeError:
        return text
