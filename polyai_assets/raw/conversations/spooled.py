"""Spooled records: their headers in columns, and where their payloads lie in the journals of their walks.

A day has as many as conversations. As objects an entry takes 500 bytes, of which Python gives little back; in columns
it takes less than a hundred, all of which go when the day is committed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from polyai_assets.privacy.sealed_frames import PlainFrames
from polyai_assets.raw.header import Entry, Header, columns_of

TYPES = {
    str: pa.string(),
    datetime: pa.timestamp("us", tz="UTC"),
    bool: pa.bool_(),
    int: pa.int64(),
    bytes: pa.binary(32),
}
"""The Arrow type of the values of a header."""

_ID = "conversation_id"
"""Is the identity of a record that has an id: in columns it stands once."""

_HEADERS = [(column.name, TYPES[column.kind]) for column in columns_of(Header) if column.name != _ID]
ENTRIES = pa.schema(
    [*_HEADERS, ("has_id", pa.bool_()), ("day", pa.date32()), ("offset", pa.int64()), ("length", pa.int64())]
)
"""Entries in columns; `has_id` tells whether the identity is the id of a conversation."""

_FILE = pa.field("file", pa.int32())
_EMPTY = ENTRIES.append(_FILE).empty_table()
_AT_ONCE = 1024


class SpooledFile(NamedTuple):
    """A file in which payloads lie, and how each is sealed."""

    path: Path
    frames: PlainFrames


class Spooled(msgspec.Struct, frozen=True, gc=False):
    """An entry and the file in which its payload lies."""

    file: SpooledFile
    entry: Entry


class EntryColumns:
    """Entries in the order in which they came, in columns; what came again is there again."""

    def __init__(self) -> None:
        self._batches: list[pa.RecordBatch] = []
        self._waiting: list[Entry] = []

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries."""
        self._waiting += entries
        if len(self._waiting) >= _AT_ONCE:
            self._batches.append(_in_columns(self._waiting))
            self._waiting = []

    def table(self) -> pa.Table:
        """Give all entries, with the columns of `ENTRIES`."""
        return pa.Table.from_batches([*self._batches, _in_columns(self._waiting)], ENTRIES)


def _in_columns(entries: list[Entry]) -> pa.RecordBatch:
    values: dict[str, Sequence[Any]] = dict.fromkeys(Entry.__struct_fields__, ())
    if entries:
        values = dict(zip(values, zip(*map(astuple, entries), strict=True), strict=True))
    values["has_id"] = [found is not None for found in values[_ID]]
    return pa.record_batch([pa.array(values[field.name], field.type) for field in ENTRIES], ENTRIES)


def latest(entries: pa.Table) -> pa.Table:
    """Leave each identity once: what came last of it, where it came first."""
    places = pa.table({"identity": entries["identity"], "place": np.arange(len(entries))})
    found = places.group_by("identity", use_threads=False).aggregate([("place", "min"), ("place", "max")])
    if len(found) == len(entries):
        return entries
    return entries.take(found.sort_by("place_min")["place_max"])


def repeated(identities: pa.ChunkedArray) -> list[str]:
    """Give the identities that are there again, as often as they are, in their order."""
    counts = identities.value_counts()
    again = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    first = names_in(again)
    repeats = []
    for name in identities.filter(pc.is_in(identities, again)).to_pylist():
        if name in first:
            first.remove(name)
        else:
            repeats.append(name)
    return repeats


@dataclass(frozen=True, slots=True)
class SpooledRecords:
    """Records in journals: `entries` has the columns of `ENTRIES`, and `file`, which is a place in `files`."""

    entries: pa.Table
    files: tuple[SpooledFile, ...]

    @classmethod
    def of_file(cls, entries: pa.Table, file: SpooledFile) -> "SpooledRecords":
        """Give the records of a file; of one that came again, the later stays."""
        in_file = entries.append_column(_FILE, pa.repeat(pa.scalar(0, _FILE.type), len(entries)))
        return cls(latest(in_file), (file,))

    @classmethod
    def joined(cls, parts: Sequence["SpooledRecords"]) -> "SpooledRecords":
        """Put records together; of one that is in several parts, that of the last stays."""
        if len(parts) == 1:
            return parts[0]
        place = ENTRIES.get_field_index("length") + 1
        tables, files = [_EMPTY], list[SpooledFile]()
        for part in parts:
            shifted = pc.add(part.entries[_FILE.name], pa.scalar(len(files), _FILE.type))
            tables.append(part.entries.set_column(place, _FILE, shifted))
            files += part.files
        return cls(latest(pa.concat_tables(tables)), tuple(files))

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def identities(self) -> pa.ChunkedArray:
        """The identities of the records, each once."""
        return self.entries["identity"]

    def picked(self, mask: pa.Array | pa.ChunkedArray) -> "SpooledRecords":
        """Give the records for which a mask is true."""
        return SpooledRecords(self.entries.filter(mask), self.files)

    def first(self, number: int) -> "SpooledRecords":
        """Give the first of the records."""
        return SpooledRecords(self.entries.slice(0, number), self.files)

    @property
    def size(self) -> int:
        """How many bytes their payloads take."""
        return pc.sum(self.entries["length"]).as_py() or 0

    def named(self, identities: Collection[str]) -> "SpooledRecords":
        """Give those of the records that have these identities."""
        return self.picked(are_among(self.identities, identities))

    def days_of(self, identities: Collection[str]) -> dict[str, date]:
        """Give the days that records are kept with, by their identities."""
        found = self.named(identities).entries
        return dict(zip(found["identity"].to_pylist(), found["day"].to_pylist(), strict=True))

    def by_day(self, days: Iterable[date]) -> dict[date, "SpooledRecords"]:
        """Part the records by the days that they are kept with."""
        of_records = self.entries["day"].to_numpy()
        order = np.argsort(of_records, kind="stable")
        ordered = self.entries if _is_even(order) else self.entries.take(order)
        wanted = np.array(sorted(days), of_records.dtype)
        held = of_records[order]
        begins, ends = np.searchsorted(held, wanted, "left"), np.searchsorted(held, wanted, "right")
        return {
            day.astype(date): SpooledRecords(ordered.slice(begin, end - begin), self.files)
            for day, begin, end in zip(wanted, begins, ends, strict=True)
        }

    def in_order(self) -> "SpooledRecords":
        """Give the records in the order of their starts, then of their identities; the last ones have no start."""
        order = pc.sort_indices(
            self.entries, sort_keys=[("started_at", "ascending"), ("identity", "ascending")]
        )
        return self if _is_even(order.to_numpy()) else SpooledRecords(self.entries.take(order), self.files)

    def groups(self, rows: int, size: int | None = None) -> Iterator["SpooledRecords"]:
        """Cut the records into groups of so many rows at most, and of hardly more than `size` bytes."""
        lengths = np.cumsum(self.entries["length"].to_numpy())
        start = 0
        while start < len(self):
            stop = min(start + rows, len(self))
            if size is not None:
                before = lengths[start - 1] if start else 0
                stop = min(stop, int(np.searchsorted(lengths, before + size)) + 1)
            yield SpooledRecords(self.entries.slice(start, stop - start), self.files)
            start = stop

    def payloads(self) -> Iterator[bytes]:
        """Read the payloads, in the order of the records."""
        batches = self.entries.select(["file", "offset", "length"]).to_batches(max_chunksize=_AT_ONCE)
        places = (zip(*(column.to_pylist() for column in batch), strict=True) for batch in batches)
        return _read_frames(self.files, chain.from_iterable(places))

    def each(self) -> Iterator[Spooled]:
        """Give the records one by one, as objects."""
        for values in self.entries.to_pylist():
            file, has_id = values.pop("file"), values.pop("has_id")
            yield Spooled(
                self.files[file], Entry(**values, conversation_id=values["identity"] if has_id else None)
            )


def read_payloads(records: Collection[Spooled]) -> Iterator[bytes]:
    """Read the payloads of spooled records, in their order."""
    places = {file: place for place, file in enumerate(dict.fromkeys(record.file for record in records))}
    return _read_frames(
        tuple(places),
        ((places[record.file], record.entry.offset, record.entry.length) for record in records),
    )


def _read_frames(files: Sequence[SpooledFile], where: Iterable[tuple[int, int, int]]) -> Iterator[bytes]:
    """Read what lies at places in files: the place of the file among `files`, offset and length."""
    with ExitStack() as opened:
        streams: dict[int, BinaryIO] = {}
        for place, offset, length in where:
            if place not in streams:
                streams[place] = opened.enter_context(files[place].path.open("rb"))
            streams[place].seek(offset)
            yield files[place].frames.open(streams[place].read(length))


def are_among(identities: pa.Array | pa.ChunkedArray, names: Iterable[str]) -> pa.Array | pa.ChunkedArray:
    """Tell of each identity whether it is one of these names."""
    return pc.is_in(identities, pa.array(list(names), pa.string()))


def names_in(identities: pa.ChunkedArray) -> set[str]:
    """Give identities as a set, of which there are to be few."""
    return set(identities.to_pylist())


def _is_even(order: np.ndarray) -> bool:
    """Tell whether an order is the one that there is already."""
    return bool((order[1:] > order[:-1]).all())
