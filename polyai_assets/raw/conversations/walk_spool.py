"""The records of one cursor walk on local disk: a journal with a frame a page, exactly as they came.

A page counts once all of its frame is written. Memory holds the entries in columns, never the records.
"""

from collections import Counter
from collections.abc import Mapping, Set
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from polyai_assets.api.moments import read_moment
from polyai_assets.api.overlap import Walked
from polyai_assets.api.page import Page, Position
from polyai_assets.machine.folders import private_folder
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames
from polyai_assets.raw.conversations.certificate import PageLog
from polyai_assets.raw.conversations.filters import Filters
from polyai_assets.raw.conversations.spooled import EntryColumns, SpooledFile, SpooledRecords, repeated
from polyai_assets.raw.header import Entry, header_of
from polyai_assets.raw.journal import Extent, Journal
from polyai_assets.raw.leftovers import MAX_AGE
from polyai_assets.raw.windows import spans


class WalkBegun(msgspec.Struct, frozen=True, tag="begun"):
    """The first frame of a walk: when it began."""

    started_at: datetime


class WalkPage(msgspec.Struct, frozen=True, tag="page"):
    """A page that was spooled: its entries, and where the walk goes on. The payload is its records, in a row."""

    page: PageLog
    entries: list[Entry]
    outside: dict[str, datetime]
    next: Position | None
    closed_by: str | None
    misfits: dict[str, list[str]] = {}
    unknown: list[str] = []
    left_out: list[str] = []


class WalkSpool:
    """The records of one cursor walk. One thread adds to it.

    `per_day` counts the records of each day, what came again, too; `outside` are the starts of those that came because
    windows reach over their ends, by identity; `misfits` are the identities of those that do not fit what was asked
    for, by filter. `unknown` counts the pages that had a member that is not declared, by its name; `left_out` are the
    details that PolyAI refused, so that a page came without them.
    """

    def __init__(
        self,
        folder: Path,
        asks: Mapping[str, Any],
        days: frozenset[date],
        fallback: date,
        now: datetime,
        frames: PlainFrames = PLAIN,
    ):
        private_folder(folder)
        self._filters = Filters(asks)
        self._days = {day: day for day in days}
        self._spans = spans(list(days))
        self._fallback = self._beside = fallback
        self._now = now
        self._clear(now)
        self._journal = Journal[WalkBegun | WalkPage](
            folder / "journal", WalkBegun | WalkPage, self._resume, frames
        )
        if not self.pages:
            self.restart(now)

    @property
    def file(self) -> SpooledFile:
        """The file in which the payloads of its entries lie."""
        return SpooledFile(self._journal.path, self._journal.frames)

    @property
    def entries(self) -> pa.Table:
        """All entries in their order, with the columns of `ENTRIES`; what came again is there again."""
        return self._entries.table()

    @cached_property
    def records(self) -> SpooledRecords:
        """The records; of one that came again, the later stays: it was sent later."""
        return SpooledRecords.of_file(self.entries, self.file)

    @cached_property
    def duplicates(self) -> list[str]:
        """The identities that came again, as often as they did."""
        return repeated(self.entries["identity"])

    @cached_property
    def days_of_duplicates(self) -> Set[date]:
        """The days that what came again is kept with."""
        return set(self.records.days_of(self.duplicates).values()) if self.duplicates else frozenset()

    def count_conversations(self, day: date) -> int:
        """Count the conversations of a day, each once."""
        return len(self.records.by_day([day])[day])

    def _clear(self, now: datetime) -> None:
        self.started_at = now
        self._entries = EntryColumns()
        self._forget("records", "duplicates", "days_of_duplicates")
        self.per_day = Counter[date]()
        self.pages: list[PageLog] = []
        self.outside: dict[str, datetime] = {}
        self.misfits: dict[str, list[str]] = {}
        self.unknown = Counter[str]()
        self.left_out: set[str] = set()
        self._beside = self._fallback
        self.next: Position | None = Position()
        self.closed_by: str | None = None

    def restart(self, now: datetime) -> None:
        """Forget what was spooled and begin anew."""
        self._clear(now)
        self._journal.clear()
        self._journal.add(WalkBegun(now), None)

    def add(self, page: Page) -> None:
        """Spool the records of a page that belong to the days asked for.

        Records just beyond these days came because windows overlap; their starts are noted. A record without a readable
        start, or with one that was not asked for at all, is kept with the day of the record before it. A record
        that comes again replaces the earlier one: it was sent later.
        """
        entries, payloads = [], []
        outside: dict[str, datetime] = {}
        misfits: dict[str, list[str]] = {}
        offset = self._journal.end
        for record in page.records:
            started_at = read_moment(record.started_at)
            if started_at is not None and self._is_outside(started_at):
                outside[record.identity] = started_at
                continue
            for name in self._filters.misfits(record, started_at):
                misfits.setdefault(name, []).append(record.identity)
            header = header_of(record, started_at)
            day = self._day_for(started_at)
            length = len(record.payload) + self._journal.frames.overhead
            entries.append(Entry(**header, day=day, offset=offset, length=length))
            payloads.append(record.payload)
            offset += length
        spooled = WalkPage(
            page=PageLog(len(page.records), page.bytes, page.sha256, page.limit),
            entries=entries,
            outside=outside,
            next=page.next,
            closed_by=page.closed_by,
            misfits=misfits,
            unknown=list(page.unknown),
            left_out=list(page.left_out),
        )
        self._journal.add_pieces(spooled, payloads)
        self._take(spooled)

    @property
    def last_day(self) -> date:
        """The day of the last record that was added, or of those that come without one."""
        return self._beside

    @property
    def walked(self) -> Walked:
        """What a walk by offset has to know of what it has fetched, in the order in which that came."""
        if self.next is None or self.next.offset is None:
            return ()
        entries = self.records.entries.sort_by("offset")
        return zip(entries["identity"].to_pylist(), entries["started_at"].to_pylist(), strict=True)

    def _is_outside(self, started_at: datetime) -> bool:
        """Tell whether a record only came because windows reach over their ends."""
        return started_at.date() not in self._days and any(span.reaches(started_at) for span in self._spans)

    def _day_for(self, started_at: datetime | None) -> date:
        """Find the day to keep a record with."""
        if started_at is not None:
            self._beside = self._days.get(started_at.date(), self._beside)
        return self._beside

    def close(self) -> None:
        """Close the file; it stays."""
        self._journal.close()

    def forget_entries(self) -> None:
        """Let go of the entries, where others have them."""
        self._entries = EntryColumns()
        self._forget("records")

    def _take(self, spooled: WalkPage) -> None:
        self._entries.add(spooled.entries)
        self._forget("records", "duplicates", "days_of_duplicates")
        self.per_day.update(entry.day for entry in spooled.entries)
        if spooled.entries:
            self._beside = spooled.entries[-1].day
        self.pages.append(spooled.page)
        self.outside |= spooled.outside
        self.unknown.update(spooled.unknown)
        self.left_out.update(spooled.left_out)
        for name, identities in spooled.misfits.items():
            self.misfits.setdefault(name, []).extend(identities)
        self.next = spooled.next
        self.closed_by = spooled.closed_by

    def _forget(self, *names: str) -> None:
        """Forget what was gathered of the entries."""
        for name in names:
            self.__dict__.pop(name, None)

    def _resume(self, frame: WalkBegun | WalkPage, _: Extent) -> bool:
        """Take up a frame that an earlier run left, unless the walk began too long ago."""
        if isinstance(frame, WalkBegun):
            self.started_at = frame.started_at
            return self._now - frame.started_at <= MAX_AGE
        self._take(frame)
        return True
