"""Batches of raw records: read ahead, and parted by where they go, and where they get too big."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_BYTES_AT_ONCE = 3_000_000
"""Bytes of records of a batch that are taken apart together: as objects they take many times as much."""

_HEAVY = 4_000_000
"""A record of more bytes is staged alone."""


def split(records: pa.RecordBatch, chosen: pa.BooleanArray) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Part the records that are not chosen from those that are."""
    if not chosen.true_count:
        return records, records.slice(0, 0)
    return records.filter(pc.invert(chosen)), records.filter(chosen)


def values_of(records: pa.RecordBatch, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Give the values of columns record by record."""
    return zip(*(records[column].to_pylist() for column in columns), strict=True)


def pieces(payloads: pa.Array) -> Iterator[tuple[int, int]]:
    """Cut a batch where it gets too big, into starts and stops; a heavy record stands alone."""
    start, size, heavy = 0, 0, False
    for position, length in enumerate(pc.binary_length(payloads).to_pylist()):
        if position > start and (heavy or length > _HEAVY or size + length > _BYTES_AT_ONCE):
            yield start, position
            start, size = position, 0
        size += length
        heavy = length > _HEAVY
    if len(payloads) > start:
        yield start, len(payloads)


@contextmanager
def read_ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Read one batch ahead, in a thread that has ended when the block is left.

    To read and decompress a file needs no lock of Python's. The block raises what reading raises.
    """
    read = iter(batches)
    with ThreadPoolExecutor(1, "read-ahead") as thread:

        def ahead() -> Iterator[pa.RecordBatch]:
            upcoming = thread.submit(next, read, None)
            while (batch := upcoming.result()) is not None:
                upcoming = thread.submit(next, read, None)
                yield batch

        yield ahead()
