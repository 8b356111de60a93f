"""Erasing conversations from a day of the raw store: every state that is kept, its changes, the certificate."""

from collections.abc import Callable, Set
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from polyai_assets.privacy.scrub import Scrubber
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate, Version, decode
from polyai_assets.raw.conversations.changes import decode_changes, encode_changes
from polyai_assets.raw.conversations.records import RecordWriter, read_headers
from polyai_assets.raw.conversations.spooled import are_among, names_in
from polyai_assets.raw.conversations.summary import Summary
from polyai_assets.raw.dataset import Cleaning, encode
from polyai_assets.raw.disk import naming_what_is_full, temporary_folder
from polyai_assets.raw.leftovers import DAMAGED, remove
from polyai_assets.raw.partition import Partition, RawFile
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

_RECORDS = ".parquet"


def erase_records(store: RawStore, partition: Partition, names: Set[str], now: datetime | None = None) -> int:
    """Erase conversations from a day; gives how many files were written without them.

    Where the day holds none of them, nothing is written. Raises DamagedRawFile and CertificateUnreadable; then nothing
    is changed.
    """
    written = 0

    def build(current: Certificate | None) -> tuple[Certificate, Cleaning | None]:
        nonlocal written
        if current is None:
            raise LookupError(partition)  # a caller asks for days that have a certificate
        day = _Day(store, current, names)
        certificate, written = day.without_them(), day.written
        return certificate, None if certificate is current else Cleaning(now or datetime.now(UTC), None)

    CONVERSATION_FILES.commit(store, partition, build)
    return written + _remove_unnamed(store, partition, names)


class _Day:
    """A day as its certificate has it, and the files that are written in the place of those that hold them."""

    def __init__(self, store: RawStore, current: Certificate, names: Set[str]) -> None:
        self._store, self._current, self._names = store, current, names
        self._new: dict[RawFile, RawFile] = {}
        self._present: set[str] = set()
        self.written = 0

    def without_them(self) -> Certificate:
        """Write what must be written anew; gives the certificate that names it, the current one where that is none."""
        current = self._current
        summary = Summary(current.date, current.fetch_finished_at)
        file = self._records(current.file, summary.see, self._see)
        versions = [Version(version.fetch_id, self._records(version.file)) for version in current.versions]
        changes = [self._changes(change) for change in current.changes]
        scrubbed = Scrubber(self._names).json(encode(current))
        if not self._new and scrubbed == encode(current):
            return current
        certificate = replace(
            decode(scrubbed), file=file, versions=versions, changes=[change for change in changes if change]
        )
        return self._counted(certificate, summary)

    def _see(self, rows: pa.Table) -> None:
        self._present |= names_in(rows.filter(rows["vanished_at"].is_null())["identity"])

    def _counted(self, certificate: Certificate, summary: Summary) -> Certificate:
        """Count the records that are left, and those that the API has and that are not."""
        tombstones = Tombstones.read(self._store, certificate.partition.project)
        left_out = sorted({*certificate.tombstones, *map(tombstones.token, self._present)})
        return replace(
            certificate,
            rows=summary.rows,
            unreadable=summary.unreadable,
            vanished=summary.vanished,
            in_progress=summary.in_progress,
            last_end=summary.last_end,
            turns=replace(summary.turns(), tolerated=certificate.turns.tolerated),
            records_sha256=summary.records_sha256,
            erased=len(left_out),
            tombstones=left_out,
        )

    def _records(
        self,
        file: RawFile,
        see: Callable[[pa.Table], None] = lambda _: None,
        see_erased: Callable[[pa.Table], None] = lambda _: None,
    ) -> RawFile:
        """Give the file of records that stands for one: itself, if it holds none of them."""
        if file in self._new:
            return self._new[file]
        with CONVERSATION_FILES.open_file(self._store, self._current, file) as path:
            rows = read_headers(path)
            theirs = are_among(rows["identity"], self._names)
            keep = rows.filter(pc.invert(theirs))
            see(keep)
            see_erased(rows.filter(theirs))
            if len(keep) == len(rows):
                return file
            with temporary_folder() as folder:
                local = folder / "records.parquet"
                with naming_what_is_full(local), RecordWriter(local, lambda _: None) as writer:
                    writer.add_kept(path, keep)
                self._new[file] = self._put(file, local)
        return self._new[file]

    def _put(self, file: RawFile, local: Path) -> RawFile:
        self.written += 1
        return CONVERSATION_FILES.put_file(
            self._store, self._current.partition, f"{_moment(file.name)}-{token_hex(4)}{_RECORDS}", local
        )

    def _changes(self, file: RawFile) -> RawFile | None:
        """Give the file of changes that stands for one: itself, if it names none of them; none if nothing is left."""
        changes = decode_changes(CONVERSATION_FILES.read_file(self._store, self._current, file))
        kept = [change for change in changes if change.conversation_id not in self._names]
        if len(kept) == len(changes):
            return file
        self._new[file] = file
        self.written += 1
        if not kept:
            return None
        name = f"{_moment(file.name)}-{token_hex(4)}.changes"
        return CONVERSATION_FILES.put_bytes(self._store, self._current.partition, name, encode_changes(kept))


def _moment(name: str) -> str:
    """Give the moment in a file's name: what killed runs leave is known by it."""
    return name.partition("-")[0]


def _remove_unnamed(store: RawStore, partition: Partition, names: Set[str]) -> int:
    """Remove files that no certificate names and that hold one of them: what killed runs, and kept damage, have left.

    No certificate will ever name such a file: what is built since the tombstones are there has none of them.
    """
    folder, removed = partition.folder, 0
    listed = [name for name in store.names(folder) if name.endswith((_RECORDS, ".changes", DAMAGED, ".tmp"))]
    current = store.certificate(partition)
    named = {file.name for file in current.files} if current else set()
    for name in listed:
        if name not in named and _holds(store, f"{folder}/{name}", names):
            remove(store, f"{folder}/{name}")
            removed += 1
    return removed


def _holds(store: RawStore, name: str, names: Set[str]) -> bool:
    """Tell whether a file holds one of them; one that cannot be read may."""
    try:
        with store.local(name) as path:
            if name.endswith(_RECORDS):
                return bool(names_in(read_headers(path)["identity"]) & names)
            content = path.read_bytes()
            return any(named.encode("utf-8", "surrogatepass") in content for named in names)
    except FileNotFoundError:
        return False
    except pa.ArrowException:
        return True
