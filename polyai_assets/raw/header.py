"""The header of a record: what the raw store knows of it beside its payload, declared once.

It is an entry of a walk's journal on its way, and a row of the partition's file in the end; the columns of that file,
and their descriptions in Dagster, follow from it. A new field is declared here, and read in `header_of`.
"""

from collections.abc import Iterator
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from polyai_assets.api.record import Record
from polyai_assets.raw.ends import end_after


class Header(msgspec.Struct, frozen=True, gc=False):
    """What is known of a record without its payload."""

    identity: Annotated[
        str, Meta(description="Id of the conversation, or the hash of a record that has none")
    ]
    conversation_id: Annotated[
        str | None, Meta(description="Id of the conversation, where the record has one")
    ]
    started_at: Annotated[datetime | None, Meta(description="When it began, where that can be read")]
    ended_at: Annotated[datetime | None, Meta(description="When it ended, by its start and duration")]
    in_progress: Annotated[bool, Meta(description="Whether it was still running when it was fetched")]
    num_turns: Annotated[int | None, Meta(description="Turns that the record announces")]
    turns_sent: Annotated[int | None, Meta(description="Turns that came with it")]


class Entry(Header, frozen=True, gc=False, array_like=True):
    """A spooled record: the day that it is kept with, and where in its file the payload lies, in bytes."""

    day: date
    offset: int
    length: int


class Row(Header, frozen=True, gc=False):
    """A record of a partition's file."""

    vanished_at: Annotated[
        datetime | None, Meta(description="When the API was found not to return it any more")
    ]
    payload_sha256: Annotated[bytes, Meta(description="SHA-256 of the payload")]


class HeaderColumn(NamedTuple):
    """A column of the file: its name, the type of its values, and what it says."""

    name: str
    kind: type
    description: str


PAYLOAD = HeaderColumn("payload", bytes, "The record as the API sent it, byte for byte")


def columns_of(header: type[Header]) -> Iterator[HeaderColumn]:
    """Give the columns that follow from a header, in their order."""
    for name, hint in get_type_hints(header, include_extras=True).items():
        kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        (plain,) = (part for part in _kinds(kind) if part is not type(None))
        yield HeaderColumn(name, plain, "".join(note.description for note in notes))


def header_of(record: Record, started_at: datetime | None) -> dict[str, Any]:
    """Read the fields of a header from a record; `started_at` is its start as a moment."""
    return {
        "identity": record.identity,
        "conversation_id": record.id or None,
        "started_at": started_at,
        "ended_at": end_after(started_at, record.total_duration),
        "in_progress": bool(record.in_progress),
        "num_turns": record.num_turns if abs(record.num_turns or 0) < 2**63 else None,
        "turns_sent": record.turns_sent,
    }


def header_fields(header: Header) -> dict[str, Any]:
    """Give the fields of a header alone, of an entry say."""
    return {name: getattr(header, name) for name in Header.__struct_fields__}


def _kinds(hint: Any) -> tuple[type, ...]:
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)
