"""One conversation as the Agents API sent it, and the little that is read of it."""

from typing import Any

import msgspec

from polyai_assets.api.record import UNREADABLE, members_of


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


_decode_stub = msgspec.json.Decoder(AgentsStub).decode
_FIELDS: dict[str, tuple[str, msgspec.json.Decoder[Any]]] = {
    field.encode_name: (field.name, msgspec.json.Decoder(field.type))
    for field in msgspec.structs.fields(AgentsStub)
}
"""Name on the wire -> our name, and what reads its value."""


def read_record(payload: bytes) -> AgentsRecord:
    """Read a record from its bytes. Never raises: what cannot be read is None, and the bytes are kept."""
    stub = read_stub(payload)
    return AgentsRecord(id=stub.conversation_id, stub=stub, payload=payload)


def read_stub(payload: bytes) -> AgentsStub:
    """Read what we need to know of a record or a detail. Never raises."""
    try:
        return _decode_stub(payload)
    except UNREADABLE:
        return _salvage(payload)


def _salvage(payload: bytes) -> AgentsStub:
    """Read each field by itself: half a surrogate pair in some turn must not cost a conversation its id."""
    stub = AgentsStub()
    for wire, value in members_of(payload):
        if wire in _FIELDS:
            name, decoder = _FIELDS[wire]
            try:
                setattr(stub, name, decoder.decode(value))
            except UNREADABLE:
                setattr(stub, name, None)
    return stub
