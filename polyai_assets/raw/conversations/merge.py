"""Merging a fetch with what is kept of a day, and what it changed.

What was asked for and came replaces what was kept; what was not asked for stays; what was asked for and did not
come has moved to another day, or has vanished. Vanished records are kept, marked.
"""

import hashlib
from collections.abc import Set
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.changes import LOST, PRESENT, VANISHED, WHOLE, Change, compare, moved_to
from polyai_assets.raw.conversations.records import RecordWriter, fetched_row, read_rows, read_some_payloads
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.summary import Summary
from polyai_assets.raw.conversations.vanished import without_text
from polyai_assets.raw.conversations.walk_spool import read_payloads
from polyai_assets.raw.dataset import DamagedRawFile
from polyai_assets.raw.disk import naming_what_is_full
from polyai_assets.raw.header import Row
from polyai_assets.raw.store import RawStore


@dataclass(slots=True)
class Kept:
    """What is kept of a day before a commit: its certificate, and its records by identity.

    Where the file of the certificate is damaged, `damage` says so, and the records are those of the newest earlier
    state whose file is whole; none where there is no such state.
    """

    certificate: Certificate | None = None
    path: Path | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    damage: DamagedRawFile | None = None

    @classmethod
    def open(cls, store: RawStore, certificate: Certificate | None, opened: ExitStack) -> Self:
        """Read the records that a certificate names; `opened` holds their file."""
        if certificate is None:
            return cls()
        try:
            path = opened.enter_context(store.local_file(certificate, certificate.file))
        except DamagedRawFile as error:
            return cls._earlier(store, certificate, error, opened)
        return cls(certificate, path, {row.identity: row for row in read_rows(path)})

    @classmethod
    def _earlier(
        cls, store: RawStore, certificate: Certificate, damage: DamagedRawFile, opened: ExitStack
    ) -> Self:
        """Read an earlier state. The certificate is whole: it knows who had vanished since, and who had returned."""
        for version in reversed(certificate.versions):
            if version.file == certificate.file:
                continue
            with suppress(DamagedRawFile):
                path = opened.enter_context(store.local_file(certificate, version.file))
                rows = (
                    replace(row, vanished_at=certificate.vanished.get(row.identity))
                    for row in read_rows(path)
                )
                return cls(certificate, path, {row.identity: row for row in rows}, damage)
        return cls(certificate, damage=damage)

    @property
    def present(self) -> int:
        """How many of the conversations had not vanished."""
        return self.certificate.rows if self.certificate else 0


class Merge:
    """The merge of one day of a fetch with what is kept of it.

    Conversations that were erased are left out of both; `erased` are those that came. `textless` are those that have
    vanished and whose text, which is kept so far, is not to be.
    """

    def __init__(
        self,
        kept: Kept,
        fetch: Fetch,
        day: date,
        forget_until: datetime | None,
        erased: Set[str] = frozenset(),
        *,
        keeps_text: bool = True,
    ) -> None:
        self._kept = kept
        self._left_out = erased
        self._at, self._until = fetch.started_at, fetch.finished_at
        self._api_version = fetch.request.connection.api_version
        self._day = day
        fetched = fetch.entries[day]
        self.erased = erased & fetched.keys()
        self._records = fetched
        if self.erased:
            self._records = {name: record for name, record in fetched.items() if name not in erased}
        gone = self._gone(fetch)
        self.moved = {name: found for name in gone if (found := fetch.day_of(name)) is not None}
        self.vanished = gone - self.moved.keys()
        self.forgotten = {
            name
            for name, row in kept.rows.items()
            if forget_until is not None and row.vanished_at is not None and row.vanished_at <= forget_until
            if name not in self._records
        }
        keep = kept.rows.keys() - self._records.keys() - self.moved.keys() - self.forgotten - erased
        self.keep = {name: kept.rows[name].vanished_at for name in keep}
        self.keep |= dict.fromkeys(self.vanished, self._at)
        self.textless = frozenset() if keeps_text else self._with_text()
        self.lost = self._lost(fetch, forget_until)
        self.changed: list[str] = []
        self.lost_turns: list[str] = []
        self.added = 0

    @property
    def held(self) -> set[str]:
        """All conversations that the day holds from now on, or has held until now and that have moved."""
        return {*self.keep, *self._records, *self.moved}

    def removes(self, erased: Set[str]) -> bool:
        """Tell whether something of what is kept is not to be kept: earlier states may hold it, too.

        Conversations that were `erased` are kept where the store was restored from a backup.
        """
        return bool(self.forgotten or self.textless) or not erased.isdisjoint(self._kept.rows)

    def _with_text(self) -> frozenset[str]:
        """Find the vanished conversations whose records are kept as they were sent."""
        vanished = {name for name, at in self.keep.items() if at is not None}
        if self._kept.path is None or not vanished:
            return frozenset()
        payloads = read_some_payloads(self._kept.path, vanished)
        return frozenset(
            name
            for name, payload in payloads.items()
            if without_text(payload, self._kept.rows[name].conversation_id) != payload
        )

    def _gone(self, fetch: Fetch) -> set[str]:
        """Find what was kept, lies in the time that was asked for, and was not returned."""
        windows = [(walk.start, walk.end) for walk in fetch.walks]
        whole = fetch.request.is_whole
        return {
            name
            for name, row in self._kept.rows.items()
            if name not in self._records
            and name not in self._left_out
            and row.vanished_at is None
            and (whole or any(row.started_at and start <= row.started_at < end for start, end in windows))
        }

    def _lost(self, fetch: Fetch, forget_until: datetime | None) -> set[str]:
        """Find the conversations that had vanished and whose records only a damaged file held."""
        before = self._kept.certificate.vanished if self._kept.certificate else {}
        return {
            name
            for name, at in before.items()
            if name not in self._kept.rows and name not in self._left_out and fetch.day_of(name) is None
            if forget_until is None or at > forget_until
        }

    def write(self, path: Path) -> Summary:
        """Write the merged records, and sum them up; records that are just those that are kept are not written."""
        summary = Summary(self._day, self._until)

        def see(row: Row) -> None:
            summary.see(row)
            before = self._kept.rows.get(row.identity)
            if before is None:
                self.added += 1
            elif before.payload_sha256 != row.payload_sha256 and row.identity not in self.textless:
                self.changed.append(row.identity)
                if _lost_turns(before, row):
                    self.lost_turns.append(row.identity)

        if self._is_kept():
            for name, record in self._records.items():
                see(fetched_row(record, self._kept.rows[name].payload_sha256))
            for name in self.keep:
                see(self._kept.rows[name])
            return summary
        with naming_what_is_full(path), RecordWriter(path, see) as writer:
            writer.add_fetched(self._records.values())
            if self._kept.path is not None and self.keep:
                writer.add_kept(self._kept.path, self.keep, self.textless)
        return summary

    def _is_kept(self) -> bool:
        """Tell whether all records, and none else, are kept as they are now."""
        kept, records = self._kept, self._records
        if (
            kept.path is None
            or kept.damage is not None
            or self.textless
            or kept.rows.keys() != records.keys() | self.keep.keys()
        ):
            return False
        vanished = {name: row.vanished_at for name, row in kept.rows.items() if row.vanished_at is not None}
        if vanished != {name: at for name, at in self.keep.items() if at is not None}:
            return False
        payloads = read_payloads(records.values())
        return all(
            hashlib.sha256(payload).digest() == kept.rows[name].payload_sha256
            for name, payload in zip(records, payloads, strict=True)
        )

    def changes(self) -> list[Change]:
        """List what changed in the conversations that were kept before; call it after `write`."""
        changes = [Change(name, self._at, WHOLE, *fate) for name, fate in sorted(self._fates().items())]
        if self._kept.path is None or self._kept.damage is not None or not self.changed:
            return changes  # an earlier state is no measure: what changed since was noted
        if self._is_of_other_version():
            return changes  # it writes every record otherwise; only which are new or gone is a change
        before = read_some_payloads(self._kept.path, set(self.changed))
        after = read_payloads([self._records[name] for name in self.changed])
        for name, payload in zip(self.changed, after, strict=True):
            if self._had_vanished(name) and without_text(before[name], name) == before[name]:
                continue  # that it has its text again is no change of it
            changes += compare(name, before[name], payload, self._at)
        return changes

    def _fates(self) -> dict[str, tuple[str, str]]:
        """Give the fates of the conversations that have vanished, moved or come back: before, and now."""
        fates = dict.fromkeys(self.vanished, (PRESENT, VANISHED))
        fates |= {name: (PRESENT, moved_to(day)) for name, day in self.moved.items()}
        fates |= {name: (VANISHED, PRESENT) for name in self._records if self._had_vanished(name)}
        return fates | dict.fromkeys(self.lost, (VANISHED, LOST))

    def _is_of_other_version(self) -> bool:
        """Tell whether what is kept was fetched by another version of the API."""
        kept = self._kept.certificate
        return kept is not None and kept.query.get("api_version", "v3") != self._api_version

    def _had_vanished(self, name: str) -> bool:
        row = self._kept.rows.get(name)
        return row is not None and row.vanished_at is not None


def _lost_turns(before: Row, after: Row) -> bool:
    """Tell whether a conversation has fewer turns than are kept of it, though it still announces more."""
    sent = after.turns_sent or 0
    return sent < (before.turns_sent or 0) and sent < (after.num_turns or 0)
