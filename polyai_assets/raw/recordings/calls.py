"""What the raw store knows of the calls of a day: enough to say whose recordings are wanted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import pyarrow.parquet as pq

from polyai_assets.contract.lenient import Unreadable, read_json
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.late import ended_at
from polyai_assets.raw.store import RawStore

_COLUMNS = ["conversation_id", "started_at", "ended_at", "in_progress", "vanished_at", "payload"]
_ROWS = 256
_LONGEST = 1e9
"""Seconds: a call that claims to be longer tells nothing of its recording."""


class Call(NamedTuple):
    """A conversation as far as its recording is concerned.

    `channel` is "" where the record does not say. `ended_at` is as in `raw.late`. `seconds` are the
    lengths that the record gives: of the whole call, and of the part that the agent handled.
    """

    conversation_id: str
    ended_at: datetime
    channel: str = ""
    handoff: bool = False
    in_progress: bool = False
    vanished: bool = False
    seconds: tuple[float, ...] = ()


class _CallFields(msgspec.Struct):
    channel: Any = None
    handoff: Any = None
    total_duration: Any = None
    polyai_duration: Any = None


def read_calls(store: RawStore, certificate: Certificate) -> list[Call]:
    """Read the conversations of a partition; those without an id are left out: they cannot be asked for."""
    with store.local_file(certificate, certificate.file) as path, pq.ParquetFile(path) as file:
        return [
            _call(row, certificate)
            for batch in file.iter_batches(batch_size=_ROWS, columns=_COLUMNS)
            for row in batch.to_pylist()
            if row["conversation_id"]
        ]


def _call(row: dict[str, Any], certificate: Certificate) -> Call:
    fields = _read_fields(row["payload"])
    return Call(
        conversation_id=row["conversation_id"],
        channel=fields.channel if isinstance(fields.channel, str) else "",
        handoff=fields.handoff is True,
        in_progress=row["in_progress"],
        vanished=row["vanished_at"] is not None,
        ended_at=ended_at(certificate.date, row["started_at"], row["ended_at"]),
        seconds=tuple(_numbers(fields.total_duration, fields.polyai_duration)),
    )


def _read_fields(payload: bytes) -> _CallFields:
    try:
        return msgspec.json.decode(payload, type=_CallFields)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # strict readers refuse it
    try:
        record = read_json(payload)
    except Unreadable:
        return _CallFields()
    known = record if isinstance(record, dict) else {}
    return _CallFields(**{name: known.get(name) for name in _CallFields.__struct_fields__})


def _numbers(*values: object) -> Iterator[float]:
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LONGEST:
            yield float(value)
