"""The file of a partition's records: written group by group and read batch by batch, so that memory stays flat."""

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Set
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from polyai_assets.raw.conversations.vanished import without_text
from polyai_assets.raw.conversations.walk_spool import Spooled, read_payloads
from polyai_assets.raw.header import PAYLOAD, Row, columns_of, header_fields
from polyai_assets.raw.parquet import GROUP_BYTES, open_writer, read_batches

_TYPES = {
    str: pa.string(),
    datetime: pa.timestamp("us", tz="UTC"),
    bool: pa.bool_(),
    int: pa.int64(),
    bytes: pa.binary(32),
}
SCHEMA = pa.schema(
    [*((column.name, _TYPES[column.kind]) for column in columns_of(Row)), (PAYLOAD.name, pa.binary())]
)
"""A file of records: the columns of their rows, and `payload`, the record as the API sent it, byte for byte."""

_GROUP_ROWS = 1024


class RecordWriter:
    """Writes the raw file of a partition, and passes each row to `see`. A context manager.

    A group of rows is compressed and written in another thread, while the next one is made.
    """

    def __init__(self, path: Path, see: Callable[[Row], None]) -> None:
        self._see = see
        self._writer = open_writer(path, SCHEMA)
        self._thread = ThreadPoolExecutor(1, "write-records")
        self._writing: Future[None] | None = None

    def __enter__(self) -> "RecordWriter":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def add_fetched(self, records: Iterable[Spooled]) -> None:
        """Write records from the spool, in the order of their starts."""
        for group, payloads in _groups(sorted(records, key=_order)):
            rows = [
                fetched_row(record, hashlib.sha256(payload).digest())
                for record, payload in zip(group, payloads, strict=True)
            ]
            self._write(rows, payloads)

    def add_kept(
        self, path: Path, keep: Mapping[str, datetime | None], textless: Container[str] = ()
    ) -> None:
        """Copy the records in `keep` from an earlier file, with the moment at which each was found to have vanished.

        Of those in `textless` the text is left out.
        """
        with pq.ParquetFile(path) as file:
            for batch in read_batches(file, SCHEMA.names, _GROUP_ROWS):
                rows, payloads = [], []
                for row, payload in zip(_rows(batch), batch["payload"].to_pylist(), strict=True):
                    if row.identity not in keep:
                        continue
                    digest = row.payload_sha256
                    if row.identity in textless:
                        payload = without_text(payload, row.conversation_id)
                        digest = hashlib.sha256(payload).digest()
                    rows.append(
                        msgspec.structs.replace(row, vanished_at=keep[row.identity], payload_sha256=digest)
                    )
                    payloads.append(payload)
                self._write(rows, payloads)

    def _write(self, rows: list[Row], payloads: list[bytes]) -> None:
        if not rows:
            return
        columns = [
            pa.array([getattr(row, field.name) for row in rows], field.type) for field in list(SCHEMA)[:-1]
        ]
        group = pa.record_batch([*columns, pa.array(payloads, pa.binary())], schema=SCHEMA)
        self._wait()
        self._writing = self._thread.submit(self._writer.write_batch, group)
        for row in rows:
            self._see(row)

    def _wait(self) -> None:
        """Wait until the last group is written. Raises what writing it raised."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()


def fetched_row(record: Spooled, payload_sha256: bytes) -> Row:
    """Give the row of a record that was fetched."""
    return Row(**header_fields(record.entry), vanished_at=None, payload_sha256=payload_sha256)


def read_rows(path: Path) -> Iterator[Row]:
    """Read the records of a file without their payloads."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_GROUP_ROWS, columns=SCHEMA.names[:-1]):
            yield from _rows(batch)


def read_some_payloads(path: Path, identities: Set[str]) -> dict[str, bytes]:
    """Read the payloads of a few records."""
    found: dict[str, bytes] = {}
    wanted = pa.array(sorted(identities), pa.string())
    with pq.ParquetFile(path) as file:
        for batch in read_batches(file, ["identity", "payload"], _GROUP_ROWS):
            some = batch.filter(pc.is_in(batch["identity"], wanted))
            found |= dict(zip(some["identity"].to_pylist(), some["payload"].to_pylist(), strict=True))
    return found


def read_records(
    path: Path, rows: int = 2 * _GROUP_ROWS, without: Container[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Read records in batches of at most `rows`, with their ids, starts, payloads, and when they vanished.

    A batch of several records has at most the bytes of a row group. Records whose identity is in `without` are left
    out.
    """
    columns = ["conversation_id", "started_at", "payload", "vanished_at"]
    with pq.ParquetFile(path) as file:
        if not without:
            yield from read_batches(file, columns, rows)
            return
        for batch in read_batches(file, [*columns, "identity"], rows):
            kept = pa.array(
                [identity not in without for identity in batch["identity"].to_pylist()], pa.bool_()
            )
            yield batch.filter(kept).select(columns)


def _rows(batch: pa.RecordBatch) -> Iterator[Row]:
    identities, ids, *others = (batch[name].to_pylist() for name in SCHEMA.names[:-1])
    for identity, found, *values in zip(identities, ids, *others, strict=True):
        yield Row(identity, identity if found == identity else found, *values)  # one text, not two


def _order(record: Spooled) -> tuple[datetime, str]:
    return record.entry.started_at or datetime.max.replace(tzinfo=UTC), record.entry.identity


def _groups(records: list[Spooled]) -> Iterator[tuple[list[Spooled], list[bytes]]]:
    """Cut records into row groups by number and size."""
    group: list[Spooled] = []
    payloads: list[bytes] = []
    size = 0
    for record, payload in zip(records, read_payloads(records), strict=True):
        group.append(record)
        payloads.append(payload)
        size += len(payload)
        if len(group) >= _GROUP_ROWS or size >= GROUP_BYTES:
            yield group, payloads
            group, payloads, size = [], [], 0
    if group:
        yield group, payloads
