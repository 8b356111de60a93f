"""Details on disk: in a spool until they are committed, a journal a partition; then as Parquet.

The file has small row groups and a streaming writer, so that memory stays flat.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from polyai_assets.machine.folders import own_folder, private_folder
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames
from polyai_assets.raw.details.asked_again import Known
from polyai_assets.raw.journal import Extent, Journal, hold
from polyai_assets.raw.leftovers import remove_stale
from polyai_assets.raw.parquet import open_writer, read_batches
from polyai_assets.raw.partition import Partition

SCHEMA = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("asked_at", pa.timestamp("us", tz="UTC")),
        ("of_payload_sha256", pa.binary(32)),
        ("listed_sha256", pa.binary(32)),
        ("listed", pa.bool_()),
        ("payload_sha256", pa.binary(32)),
        ("payload", pa.binary()),
    ]
)
"""`payload` is the detail as the API sent it, byte for byte. `of_payload_sha256` identifies the state of the list's
record that it was asked for, `listed_sha256` its object in the list of the Agents API just before: NULL where that was
not looked at, and a column that older files lack. Of what is not `listed`, the partition holds the conversation no
more."""

_GROUP_ROWS = 256
_GROUP_BYTES = 8_000_000


class Asked(NamedTuple):
    """The result of asking for a conversation, without its payload."""

    conversation_id: str
    status: str
    reason: str
    asked_at: datetime
    of_payload_sha256: bytes
    listed_sha256: bytes | None = None

    @property
    def known(self) -> Known:
        """What decides whether it is asked for again."""
        return Known(self.status, self.asked_at, self.of_payload_sha256, self.listed_sha256, self.reason)


class DetailWriter:
    """Writes a file of details, and passes each to `see` with whether it is listed. A context manager."""

    def __init__(
        self, path: Path, listed: Callable[[str], bool], see: Callable[[Asked, bool, bytes | None], None]
    ) -> None:
        self._listed, self._see = listed, see
        self._asked: list[Asked] = []
        self._payloads: list[bytes | None] = []
        self._size = 0
        self._writer = open_writer(path, SCHEMA)

    def __enter__(self) -> "DetailWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()

    def add(self, asked: Asked, payload: bytes | None) -> None:
        """Write a detail."""
        self._asked.append(asked)
        self._payloads.append(payload)
        self._size += len(payload or b"")
        if len(self._asked) >= _GROUP_ROWS or self._size >= _GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._asked:
            return
        listed = [self._listed(asked.conversation_id) for asked in self._asked]
        hashes = [None if payload is None else hashlib.sha256(payload).digest() for payload in self._payloads]
        columns = [*zip(*self._asked, strict=True), listed, hashes, self._payloads]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
        for asked, there, digest in zip(self._asked, listed, hashes, strict=True):
            self._see(asked, there, digest)
        self._asked, self._payloads, self._size = [], [], 0


def read_known(path: Path) -> dict[str, Known]:
    """Read the last asking for each conversation."""
    return {
        row["conversation_id"]: Known(*(row[name] for name in Known._fields))
        for row in read_details(path, ["conversation_id", *Known._fields])
    }


def read_listed(path: Path) -> Iterator[tuple[str, str, str, datetime, bytes | None]]:
    """Read what the partition still holds: id, status, reason, when it was asked for, and its payload."""
    names = ("conversation_id", "status", "reason", "asked_at", "payload")
    for row in read_details(path, (*names, "listed")):
        if row["listed"]:
            name, status, reason, asked_at, payload = (row[name] for name in names)
            yield name, status, reason, asked_at, payload


def read_details(path: Path, columns: Sequence[str] = tuple(SCHEMA.names)) -> Iterator[dict[str, Any]]:
    """Read the details of a file, each a mapping from column to value: None where it has no such column."""
    nothing = dict.fromkeys(columns)
    with pq.ParquetFile(path) as file:
        for batch in read_batches(file, columns, _GROUP_ROWS):
            yield from (nothing | row for row in batch.to_pylist())


class DetailSpool:
    """The details of one partition on their way. Several threads may add to it."""

    def __init__(self, path: Path, frames: PlainFrames = PLAIN) -> None:
        self._places: dict[str, tuple[Asked, Extent]] = {}
        self._journal = Journal[Asked](path, Asked, self._take, frames)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def asked(self) -> dict[str, Asked]:
        """What is spooled, by conversation."""
        return {name: asked for name, (asked, _) in self._places.items()}

    def add(self, asked: Asked, payload: bytes | None) -> None:
        """Spool the answer for a conversation; the later one counts."""
        self._take(asked, self._journal.add(asked, payload))

    def payload(self, conversation_id: str) -> bytes | None:
        """Read a spooled payload; None where there was none."""
        _, place = self._places[conversation_id]
        return self._journal.read(place)

    def close(self) -> None:
        """Close the file; it stays."""
        self._journal.close()

    def discard(self) -> None:
        """Remove the file: what it held is committed."""
        self._journal.discard()

    def _take(self, asked: Asked, place: Extent) -> bool:
        self._places[asked.conversation_id] = asked, place
        return True


@contextmanager
def detail_spool(
    folder: Path, partition: Partition, now: datetime, frames: PlainFrames = PLAIN
) -> Iterator[DetailSpool]:
    """Open the spool of a partition below `folder`, where an earlier run left it; its `frames` may be sealed.

    One that another run is on at this moment is not shared: then a fresh one is begun.
    """
    details = folder / "details"
    own_folder(folder)
    private_folder(details)
    remove_stale(details, now)
    name, lock = hold(details, partition.spool_name)
    try:
        spool = DetailSpool(details / f"{name}.spool", frames)
        try:
            yield spool
        finally:
            spool.close()
    finally:
        lock.release()
