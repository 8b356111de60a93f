"""How much memory DuckDB may use for a partition.

Usual records need little, and a small limit keeps a day of any size small: what does not fit is spilled to disk. But
DuckDB holds all texts of the 2,048 rows of a table that it stores at a time. So heavy records get what they need, up to
what the machine has.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import NamedTuple

import duckdb
import pyarrow as pa

from polyai_assets.machine.actionable import Actionable

VECTOR_ROWS = 2048
"""Rows that DuckDB stores at a time."""

_TO_STORE = 2
"""DuckDB needs 1.2 to 1.6 times the bytes of the rows that it stores at a time."""

_TOUCHED = 10
"""Memory that a record takes while it is taken apart, as a multiple of its bytes."""

_OF_THIS_PROCESS = 250_000_000
"""What this process needs beside DuckDB."""

_HALF_OF_WHAT_IS_CUT = 2**20 // 20

_SHORT = (
    "failed to pin block",
    "failed to allocate",
    "could not allocate",
    "Out of Memory",
    "failed to offload",
)


class MemoryShort(Actionable, OSError):
    """The machine has not enough memory to store a partition; the message says how much was tried."""


class Heaviest:
    """The most bytes that 2,048 rows in a row may have, of a table whose rows come in pieces.

    Where they begin or end within a piece, all of the piece counts: at most three times as much as there is.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._pieces: deque[tuple[int, int]] = deque()
        self._rows = self._size = 0

    def add(self, rows: int, size: int) -> None:
        """Count a piece of at most 2,048 rows."""
        self._pieces.append((rows, size))
        self._rows, self._size = self._rows + rows, self._size + size
        while (
            self._rows - rows - self._pieces[0][0] > VECTOR_ROWS - 2
        ):  # no 2,048 rows reach from there to here
            gone_rows, gone = self._pieces.popleft()
            self._rows, self._size = self._rows - gone_rows, self._size - gone
        self.bytes = max(self.bytes, self._size)

    def add_table(self, table: pa.Table) -> None:
        """Count the rows of an Arrow table."""
        for start in range(0, len(table), VECTOR_ROWS):
            piece = table.slice(start, VECTOR_ROWS)
            self.add(len(piece), piece.nbytes)


class Room(NamedTuple):
    """What an attempt to store a partition may use: bytes of memory, and whether DuckDB may merge stored rows.

    Where DuckDB finds few rows beside few, it stores them anew as one group, whatever day they are of: how much memory
    that takes says no partition.
    """

    limit: int
    merges: bool


def rooms(usual: int, heaviest: int, most: int, *, merges: bool) -> Iterator[Room]:
    """Give the attempts at storing rows of which any 2,048 have at most `heaviest` bytes, each with more room."""
    limit = max(usual, min(usual // 2 + _TO_STORE * heaviest, most))
    if merges and limit == usual:
        yield Room(limit, merges=True)
    yield Room(limit, merges=False)
    while limit < most:
        limit = min(2 * limit, most)
        yield Room(limit, merges=False)


def most_memory(connection: duckdb.DuckDBPyConnection, given: int | None = None) -> int:
    """Say how many bytes DuckDB may use at most.

    Where that is not `given`, it is what DuckDB finds that the machine, or its container, has, less what we need.
    """
    return max(_memory_of_machine() - _OF_THIS_PROCESS, memory_limit(connection)) if given is None else given


@cache
def _memory_of_machine() -> int:
    with duckdb.connect() as connection:
        return memory_limit(connection)


def memory_limit(connection: duckdb.DuckDBPyConnection) -> int:
    """Say how many bytes DuckDB may use now."""
    found = connection.execute("SELECT parse_formatted_bytes(current_setting('memory_limit'))").fetchone()
    return int(found[0]) if found else 0


@contextmanager
def limited_to(connection: duckdb.DuckDBPyConnection, limit: int) -> Iterator[None]:
    """Let DuckDB use so many bytes meanwhile."""
    before = memory_limit(connection)
    if limit == before:
        yield
        return
    _set(connection, limit)
    try:
        yield
    finally:
        with suppress(duckdb.OutOfMemoryException):  # what it holds and cannot spill; it has that already
            _set(connection, before)


def heaviest_record(most: int) -> int:
    """Say how many bytes a record may have to be taken apart in so much memory."""
    return most // _TOUCHED


def too_heavy(size: int, most: int) -> str:
    """Say why a record of so many bytes cannot be taken apart."""
    return (
        f"it has {size // 1_000_000:,} MB, more than the {most // 1_000_000:,} MB of memory that there are can take "
        "apart; the raw store has all of it: with more memory, load the day again (polyai backfill --replay)"
    )


def is_short_of_memory(error: duckdb.Error) -> bool:
    """Tell whether DuckDB failed for want of memory; its types of errors do not say so of a commit."""
    return any(text in str(error) for text in _SHORT)


def _set(connection: duckdb.DuckDBPyConnection, limit: int) -> None:
    # DuckDB shows a limit cut to a tenth of a MiB, and would cut it again each time it is set to what it shows.
    connection.execute("SET memory_limit = ?", [f"{limit + _HALF_OF_WHAT_IS_CUT}B"])
