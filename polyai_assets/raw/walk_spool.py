"""The records of one cursor walk on local disk, with a checkpoint a page.

The records lie one after another, exactly as they came; a log says what lies where. A page counts once its
checkpoint is written; whatever lies beyond the last one is cut off. Memory holds an entry a record, never the
records.
"""

import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, NamedTuple

import msgspec

from polyai_assets.api.moments import read_moment
from polyai_assets.api.overlap import Walked
from polyai_assets.api.page import Page, Position
from polyai_assets.api.record import UNREADABLE, Record
from polyai_assets.machine.folders import private_file, private_folder
from polyai_assets.raw.certificate import PageLog
from polyai_assets.raw.disk import told_if_full
from polyai_assets.raw.ends import end_after
from polyai_assets.raw.filters import Filters
from polyai_assets.raw.stale import MAX_AGE
from polyai_assets.raw.windows import spans

_FLUSH_EVERY = 1.0  # seconds between two flushes to disk: a power cut costs no more than these pages


class Entry(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A spooled record: what is known of it without its payload, and where in its file that lies.

    `identity` is its id, or the hash of its content where it has none (`has_id` tells).
    """

    identity: str
    has_id: bool
    day: date
    started_at: datetime | None
    ended_at: datetime | None
    in_progress: bool
    num_turns: int | None
    turns_sent: int | None
    offset: int
    length: int

    @property
    def conversation_id(self) -> str | None:
        """The record's id, where it has one."""
        return self.identity if self.has_id else None


class Spooled(NamedTuple):
    """An entry and the file in which its payload lies."""

    file: Path
    entry: Entry


class _Head(msgspec.Struct, frozen=True):
    """The first line of a log: when the walk began, and what it asks."""

    started_at: datetime
    asks: dict[str, Any]


class _Checkpoint(msgspec.Struct, frozen=True):
    """A page that was spooled: its entries, where the file ended, and where the walk goes on."""

    page: PageLog
    entries: list[Entry]
    outside: dict[str, datetime]
    end: int
    crc: int
    next: Position | None
    closed_by: str | None
    misfits: dict[str, list[str]] = {}
    unknown: list[str] = []
    left_out: list[str] = []


class WalkSpool:
    """The records of one cursor walk. One thread adds to it.

    `per_day` counts the conversations of each day; `outside` are the starts of those that came because windows reach
    over their ends, by identity; `misfits` are the identities of those that do not fit what was asked for, by filter.
    `unknown` counts the pages that had a member that nobody declared, by its name; `left_out` are the details that
    PolyAI refused, so that a page came without them.
    """

    def __init__(
        self, folder: Path, asks: Mapping[str, Any], days: frozenset[date], fallback: date, now: datetime
    ):
        private_folder(folder)
        self.path = folder / "records"
        self._log_path = folder / "log"
        self._asks = dict(asks)
        self._filters = Filters(asks)
        self._days = days
        self._spans = spans(list(days))
        self._fallback = self._beside = fallback
        self._flushed = monotonic()
        self._clear(now)
        if self._resume(now):
            self._open()
        else:
            self._begin(now)

    def _clear(self, now: datetime) -> None:
        self.started_at = now
        self.entries: dict[str, Entry] = {}
        self.per_day = Counter[date]()
        self.pages: list[PageLog] = []
        self.duplicates: list[str] = []
        self.outside: dict[str, datetime] = {}
        self.misfits: dict[str, list[str]] = {}
        self.unknown = Counter[str]()
        self.left_out: set[str] = set()
        self._beside = self._fallback
        self.next: Position | None = Position()
        self.closed_by: str | None = None
        self._end = 0

    def restart(self, now: datetime) -> None:
        """Forget what was spooled and begin anew."""
        self.close()
        self._begin(now)

    def _begin(self, now: datetime) -> None:
        self._clear(now)
        with told_if_full(self._log_path):
            for file in (self.path, self._log_path):
                private_file(file)
            self.path.write_bytes(b"")
            self._log_path.write_bytes(msgspec.json.encode(_Head(now, self._asks)) + b"\n")
        self._open()

    def _open(self) -> None:
        self._records: BinaryIO = self.path.open("r+b")
        self._records.seek(self._end)
        self._log: BinaryIO = self._log_path.open("ab")

    def add(self, page: Page) -> None:
        """Spool the records of a page that belong to the days asked for, and write its checkpoint.

        Records just beyond these days came because windows overlap; their starts are noted. A record without a readable
        start, or with one that was not asked for at all, is kept with the day of the record before it. A record
        that comes again replaces the earlier one: it was sent later.
        """
        entries, payloads = [], []
        outside: dict[str, datetime] = {}
        misfits: dict[str, list[str]] = {}
        offset = self._end
        for record in page.records:
            started_at = read_moment(record.started_at)
            if started_at is not None and self._is_outside(started_at):
                outside[record.identity] = started_at
                continue
            for name in self._filters.misfits(record, started_at):
                misfits.setdefault(name, []).append(record.identity)
            entries.append(_entry(record, self._day_for(started_at), started_at, offset))
            payloads.append(record.payload)
            offset += len(record.payload)
        content = b"".join(payloads)
        checkpoint = _Checkpoint(
            page=PageLog(len(page.records), page.bytes, page.sha256, page.limit),
            entries=entries,
            outside=outside,
            end=offset,
            crc=zlib.crc32(content),
            next=page.next,
            closed_by=page.closed_by,
            misfits=misfits,
            unknown=list(page.unknown),
            left_out=list(page.left_out),
        )
        with told_if_full(self.path):
            self._records.write(content)
            self._flush(self._records)
            self._log.write(msgspec.json.encode(checkpoint) + b"\n")
            self._flush(self._log)
        if monotonic() - self._flushed >= _FLUSH_EVERY:
            self._flushed = monotonic()
        self._take(checkpoint)

    @property
    def last_day(self) -> date:
        """The day of the last record that was added, or of those that come without one."""
        return self._beside

    @property
    def walked(self) -> Walked:
        """What a walk by offset has to know of what it has brought, in the order in which that came."""
        if self.next is None or self.next.offset is None:
            return ()
        entries = sorted(self.entries.values(), key=lambda entry: entry.offset)
        return [(entry.identity, entry.started_at) for entry in entries]

    def _is_outside(self, started_at: datetime) -> bool:
        """Tell whether a record only came because windows reach over their ends."""
        return started_at.date() not in self._days and any(span.reaches(started_at) for span in self._spans)

    def _day_for(self, started_at: datetime | None) -> date:
        """Find the day to keep a record with."""
        if started_at is not None and started_at.date() in self._days:
            self._beside = started_at.date()
        return self._beside

    def close(self) -> None:
        """Close the files; they stay."""
        for file in (self._records, self._log):
            # What a full disk has refused is refused again, and was told before: its page has no checkpoint.
            with suppress(OSError):
                file.close()

    def _flush(self, file: BinaryIO) -> None:
        file.flush()
        if monotonic() - self._flushed >= _FLUSH_EVERY:
            os.fsync(file.fileno())

    def _take(self, checkpoint: _Checkpoint) -> None:
        for entry in checkpoint.entries:
            if entry.identity in self.entries:
                self.duplicates.append(entry.identity)
            else:
                self.per_day[entry.day] += 1
            self.entries[entry.identity] = entry
            self._beside = entry.day
        self.pages.append(checkpoint.page)
        self.outside |= checkpoint.outside
        self.unknown.update(checkpoint.unknown)
        self.left_out.update(checkpoint.left_out)
        for name, identities in checkpoint.misfits.items():
            self.misfits.setdefault(name, []).extend(identities)
        self.next = checkpoint.next
        self.closed_by = checkpoint.closed_by
        self._end = checkpoint.end

    def _resume(self, now: datetime) -> bool:
        """Take up what an earlier run left, as far as it is whole."""
        if not self._log_path.exists() or not self.path.exists():
            return False
        lines = self._log_path.read_bytes().splitlines(keepends=True)
        kept = 0
        with self.path.open("rb") as records:
            for number, line in enumerate(lines):
                if not line.endswith(b"\n"):
                    break
                try:
                    if number == 0:
                        head = msgspec.json.decode(line, type=_Head)
                        if now - head.started_at > MAX_AGE:
                            return False
                        self.started_at = head.started_at
                    else:
                        checkpoint = msgspec.json.decode(line, type=_Checkpoint)
                        if zlib.crc32(records.read(checkpoint.end - self._end)) != checkpoint.crc:
                            break
                        self._take(checkpoint)
                except UNREADABLE:
                    break
                kept += len(line)
        if not self.pages:
            return False
        os.truncate(self.path, self._end)
        os.truncate(self._log_path, kept)
        return True


def read_payloads(records: list[Spooled]) -> Iterator[bytes]:
    """Read the payloads of spooled records, in their order."""
    files = {path: path.open("rb") for path in {record.file for record in records}}
    try:
        for path, entry in records:
            files[path].seek(entry.offset)
            yield files[path].read(entry.length)
    finally:
        for file in files.values():
            file.close()


def _entry(record: Record, day: date, started_at: datetime | None, offset: int) -> Entry:
    return Entry(
        identity=record.identity,
        has_id=bool(record.id),
        day=day,
        started_at=started_at,
        ended_at=end_after(started_at, record.total_duration),
        in_progress=bool(record.in_progress),
        num_turns=record.num_turns if abs(record.num_turns or 0) < 2**63 else None,
        turns_sent=record.turns_sent,
        offset=offset,
        length=len(record.payload),
    )
