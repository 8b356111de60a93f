"""The spool: fetched records on local disk until their days are committed.

A file per walk holds the records one after another, exactly as they came; a small index in memory says what
lies where. So memory holds an entry a record, never the records.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from polyai_assets.api.record import Record


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A spooled record: what is known of it without its payload, and where that lies.

    `identity` is its id, or the hash of its content where it has none.
    """

    identity: str
    conversation_id: str | None
    started_at: datetime | None
    in_progress: bool
    file: Path
    offset: int
    length: int

    @property
    def order(self) -> tuple[datetime, str]:
        """What records of a day are sorted by, so that the same records always give the same file."""
        return self.started_at or datetime.min.replace(tzinfo=UTC), self.identity


class WalkSpool:
    """The records of one cursor walk, by date. One thread adds to it."""

    def __init__(self, file: Path, days: frozenset[date], fallback: date) -> None:
        self._path = file
        self._file = file.open("wb")
        self._days = days
        self._fallback = fallback
        self.entries: dict[str, tuple[date, Entry]] = {}
        self.duplicates: list[str] = []
        self.outside = 0

    def add(self, records: list[Record]) -> None:
        """Spool the records of a page that belong to the days asked for.

        A record without a readable start goes under the window's first date. A record that comes again
        replaces the earlier one: it was sent later.
        """
        for record in records:
            started_at = parse_time(record.started_at)
            day = started_at.date() if started_at else self._fallback
            if day not in self._days:
                self.outside += 1
                continue
            identity = record.id or f"sha256:{hashlib.sha256(record.payload).hexdigest()}"
            if identity in self.entries:
                self.duplicates.append(identity)
            entry = Entry(
                identity=identity,
                conversation_id=record.id,
                started_at=started_at,
                in_progress=bool(record.in_progress),
                file=self._path,
                offset=self._file.tell(),
                length=len(record.payload),
            )
            self._file.write(record.payload)
            self.entries[identity] = (day, entry)

    def close(self) -> None:
        """Write out what is buffered."""
        self._file.close()


class Spool:
    """The records of one fetch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def open_walk(self, days: frozenset[date], fallback: date) -> WalkSpool:
        """Open the file of one walk; `days` are those to keep."""
        return WalkSpool(self._folder / f"{next(self._numbers)}.spool", days, fallback)


@contextmanager
def spool(folder: Path) -> Iterator[Spool]:
    """Make a spool in `folder` and remove it at the end, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(mkdtemp(prefix="fetch-", dir=folder))
    try:
        yield Spool(own)
    finally:
        shutil.rmtree(own)


def read_payloads(entries: list[Entry]) -> Iterator[bytes]:
    """Read the records of entries, in their order."""
    files = {path: path.open("rb") for path in {entry.file for entry in entries}}
    try:
        for entry in entries:
            files[entry.file].seek(entry.offset)
            yield files[entry.file].read(entry.length)
    finally:
        for file in files.values():
            file.close()


def parse_time(text: str | None) -> datetime | None:
    """Read an ISO 8601 time as UTC, one without a zone too; None where it cannot be read."""
    try:
        time = datetime.fromisoformat(text or "")
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
