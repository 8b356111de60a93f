"""The file of a partition's records: written group by group and read batch by batch, so that memory stays flat."""

import hashlib
from collections.abc import Callable, Container, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from polyai_assets.raw.conversations.spooled import TYPES, SpooledRecords, are_among
from polyai_assets.raw.conversations.vanished import without_text
from polyai_assets.raw.header import PAYLOAD, Row, columns_of
from polyai_assets.raw.parquet import GROUP_BYTES, open_writer, read_batches

ROWS = pa.schema([(column.name, TYPES[column.kind]) for column in columns_of(Row)])
"""Rows of records without their payloads."""

SCHEMA = ROWS.append(pa.field(PAYLOAD.name, pa.binary()))
"""A file of records: the columns of their rows, and `payload`, the record as the API sent it, byte for byte."""

_GROUP_ROWS = 1024


class RecordWriter:
    """Writes the raw file of a partition, and passes its rows to `see`, some at a time. A context manager.

    A group of rows is compressed and written in another thread, while the next one is made.
    """

    def __init__(self, path: Path, see: Callable[[pa.Table], None]) -> None:
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

    def add_fetched(self, records: SpooledRecords) -> None:
        """Write records from the spool, in their order."""
        for group in records.groups(_GROUP_ROWS, GROUP_BYTES):
            payloads = list(group.payloads())
            self._write(
                fetched_rows(group, [hashlib.sha256(payload).digest() for payload in payloads]), payloads
            )

    def add_kept(self, path: Path, keep: pa.Table, textless: Container[str] = ()) -> None:
        """Copy records from an earlier file: those whose rows are in `keep`, in the order of the file.

        Of those in `textless` the text is left out.
        """
        done = 0
        with pq.ParquetFile(path) as file:
            for batch in read_batches(file, ["identity", PAYLOAD.name], _GROUP_ROWS):
                kept = batch.filter(
                    pc.is_in(batch["identity"], keep["identity"].slice(done, len(batch)).combine_chunks())
                )
                rows, payloads = keep.slice(done, len(kept)), kept[PAYLOAD.name].to_pylist()
                done += len(kept)
                self._write(*(_without_texts(rows, payloads, textless) if textless else (rows, payloads)))

    def _write(self, rows: pa.Table, payloads: Sequence[bytes]) -> None:
        if not len(rows):
            return
        group = rows.append_column(
            SCHEMA.field(PAYLOAD.name), pa.array(payloads, pa.binary())
        ).combine_chunks()
        self._wait()
        self._writing = self._thread.submit(self._writer.write_table, group)
        self._see(rows)

    def _wait(self) -> None:
        """Wait until the last group is written. Raises what writing it raised."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()


def fetched_rows(records: SpooledRecords, payload_sha256: Sequence[bytes] | pa.ChunkedArray) -> pa.Table:
    """Give the rows of records that were fetched."""
    entries = records.entries
    given = {
        "conversation_id": pc.if_else(entries["has_id"], entries["identity"], None),
        "vanished_at": pa.nulls(len(entries), ROWS.field("vanished_at").type),
        "payload_sha256": payload_sha256,
    }
    return pa.table(
        [given.get(name, entries[name] if name in entries.column_names else None) for name in ROWS.names],
        ROWS,
    )


def _without_texts(
    rows: pa.Table, payloads: Sequence[bytes], textless: Container[str]
) -> tuple[pa.Table, list[bytes]]:
    """Leave the text out of some of the records."""
    ids, names = rows["conversation_id"].to_pylist(), rows["identity"].to_pylist()
    left = [
        without_text(payload, found) if name in textless else payload
        for name, found, payload in zip(names, ids, payloads, strict=True)
    ]
    digests = pa.array(
        [hashlib.sha256(payload).digest() for payload in left], ROWS.field("payload_sha256").type
    )
    return rows.set_column(
        ROWS.get_field_index("payload_sha256"), ROWS.field("payload_sha256"), digests
    ), left


def read_headers(path: Path) -> pa.Table:
    """Read the rows of a file, without their payloads, as columns."""
    with pq.ParquetFile(path) as file:
        return file.read(ROWS.names)


def read_rows(path: Path) -> Iterator[Row]:
    """Read the records of a file without their payloads."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_GROUP_ROWS, columns=SCHEMA.names[:-1]):
            yield from _rows(batch)


def read_some_payloads(path: Path, identities: Set[str]) -> dict[str, bytes]:
    """Read the payloads of a few records."""
    found: dict[str, bytes] = {}
    with pq.ParquetFile(path) as file:
        for batch in read_batches(file, ["identity", "payload"], _GROUP_ROWS):
            some = batch.filter(are_among(batch["identity"], identities))
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
