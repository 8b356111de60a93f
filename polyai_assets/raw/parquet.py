"""Raw records as Parquet: small row groups and a streaming writer, so that memory stays flat."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polyai_assets.raw.spool import Entry, read_payloads

SCHEMA = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("started_at", pa.timestamp("us", tz="UTC")),
        ("in_progress", pa.bool_()),
        ("payload_sha256", pa.binary(32)),
        ("payload", pa.binary()),
    ]
)
"""`payload` is the record as the API sent it, byte for byte."""

_GROUP_ROWS = 1024
_GROUP_BYTES = 16_000_000


def write_records(path: Path, entries: list[Entry]) -> str:
    """Write spooled records as a Parquet file; returns the digest of the set of ids and contents."""
    records = hashlib.sha256()
    with pq.ParquetWriter(
        path, SCHEMA, compression="zstd", use_dictionary=False, write_statistics=False
    ) as out:
        for group, payloads in _groups(entries):
            hashes = [hashlib.sha256(payload).digest() for payload in payloads]
            for digest in hashes:
                records.update(digest)
            columns = [
                pa.array([_storable(entry.conversation_id) for entry in group], pa.string()),
                pa.array([entry.started_at for entry in group], SCHEMA.field("started_at").type),
                pa.array([entry.in_progress for entry in group], pa.bool_()),
                pa.array(hashes, pa.binary(32)),
                pa.array(payloads, pa.binary()),
            ]
            out.write_batch(pa.record_batch(columns, schema=SCHEMA))
    return records.hexdigest()


def read_records(path: Path, rows: int = 2 * _GROUP_ROWS) -> Iterator[pa.RecordBatch]:
    """Read records in batches of at most `rows`, with their starts and payloads."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=rows, columns=["started_at", "payload"])


def _groups(entries: list[Entry]) -> Iterator[tuple[list[Entry], list[bytes]]]:
    """Cut records into row groups by number and size."""
    group: list[Entry] = []
    payloads: list[bytes] = []
    size = 0
    for entry, payload in zip(entries, read_payloads(entries), strict=True):
        group.append(entry)
        payloads.append(payload)
        size += len(payload)
        if len(group) >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group, payloads
            group, payloads, size = [], [], 0
    if group:
        yield group, payloads


def _storable(text: str | None) -> str | None:
    return text.encode("utf-8", "replace").decode() if text is not None else None
