"""Parquet files of payloads: small row groups, so that memory stays flat whoever reads or writes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_BYTES = 16_000_000
"""A row group has no more payloads than this, and one record."""


def open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a writer. A payload is like no other: dictionaries and statistics of them would be as large as they are."""
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False, write_statistics=False)


def read_batches(file: pq.ParquetFile, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """Read batches of at most `rows` records, and of no more than about two heavy row groups.

    By itself pyarrow fills a batch from as many groups as it takes, whatever they weigh.
    """
    for groups in _read_together(file.metadata):
        read = [file.metadata.row_group(place) for place in groups]
        size = sum(group.total_byte_size for group in read)
        fitting = sum(group.num_rows for group in read) * 2 * GROUP_BYTES // max(1, size)
        yield from file.iter_batches(
            batch_size=max(1, min(rows, fitting)), row_groups=groups, columns=list(columns)
        )


def _read_together(metadata: pq.FileMetaData) -> Iterator[list[int]]:
    """Give the row groups that are read at once: one, or as many as are no heavier than two."""
    together: list[int] = []
    size = 0
    for place in range(metadata.num_row_groups):
        group = metadata.row_group(place)
        if together and size + group.total_byte_size > 2 * GROUP_BYTES:
            yield together
            together, size = [], 0
        together.append(place)
        size += group.total_byte_size
    if together:
        yield together
