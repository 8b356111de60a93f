"""Merging a fetch with what is kept of a day, and what it changed.

What was asked for and came replaces what was kept; what was not asked for stays; what was asked for and did not
come has moved to another day, or has vanished. Vanished records are kept, marked.
"""

import hashlib
from collections.abc import Iterable, Set
from datetime import date, datetime
from functools import cached_property, reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.raw.conversations.changes import LOST, PRESENT, VANISHED, WHOLE, Change, compare, moved_to
from polyai_assets.raw.conversations.kept import Kept, mark_vanished
from polyai_assets.raw.conversations.records import (
    RecordWriter,
    fetched_rows,
    read_some_payloads,
)
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.spooled import are_among, names_in
from polyai_assets.raw.conversations.summary import Summary
from polyai_assets.raw.conversations.vanished import without_text
from polyai_assets.raw.disk import naming_what_is_full


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
        self.erased = names_in(fetched.named(erased).identities) if erased else set[str]()
        if self.erased:
            fetched = fetched.picked(pc.invert(are_among(fetched.identities, self.erased)))
        self._records = fetched.in_order()
        self._before = self._places_before()
        rows = kept.rows
        self._absent = rows.filter(
            pc.invert(pc.is_in(rows["identity"], self._records.identities.combine_chunks()))
        )
        gone = self._gone(fetch)
        self.moved = fetch.days_of(gone)
        self.vanished = gone - self.moved.keys()
        self.forgotten = self._forgotten(forget_until)
        left = erased | self.moved.keys() | self.forgotten
        keep = self._absent.filter(pc.invert(are_among(self._absent["identity"], left)))
        self.keep = mark_vanished(keep, dict.fromkeys(self.vanished, self._at))
        self.textless = frozenset() if keeps_text else self._with_text()
        self.lost = self._lost(fetch, forget_until)
        self.changed: list[str] = []
        self.lost_turns: list[str] = []
        self.added = self._before.null_count

    @property
    def held(self) -> set[str]:
        """All conversations that the day holds from now on, or has held until now and that have moved."""
        return {*names_in(self.keep["identity"]), *names_in(self._records.identities), *self.moved}

    def removes(self, erased: Set[str]) -> bool:
        """Tell whether something of what is kept is not to be kept: earlier states may hold it, too.

        Conversations that were `erased` are kept where the store was restored from a backup.
        """
        return bool(
            self.forgotten or self.textless or names_in(_rows_of(self._kept.rows, erased)["identity"])
        )

    def _places_before(self) -> pa.Array:
        """Find the place of each fetched record among those that are kept; null where it was not kept."""
        kept = self._kept.rows["identity"].combine_chunks()
        return pc.index_in(self._records.identities.combine_chunks(), value_set=kept)

    def _with_text(self) -> frozenset[str]:
        """Find the vanished conversations whose records are kept as they were sent."""
        vanished = self.keep.filter(self.keep["vanished_at"].is_valid())
        if self._kept.path is None or not len(vanished):
            return frozenset()
        ids = dict(
            zip(*(vanished[name].to_pylist() for name in ("identity", "conversation_id")), strict=True)
        )
        payloads = read_some_payloads(self._kept.path, ids.keys())
        return frozenset(
            name for name, payload in payloads.items() if without_text(payload, ids[name]) != payload
        )

    def _gone(self, fetch: Fetch) -> set[str]:
        """Find what was kept, lies in the time that was asked for, and was not returned."""
        rows = self._absent.filter(self._absent["vanished_at"].is_null())
        if not fetch.request.is_whole:
            starts = rows["started_at"]
            asked = [
                pc.and_(pc.greater_equal(starts, walk.start), pc.less(starts, walk.end))
                for walk in fetch.walks
            ]
            rows = rows.filter(reduce(pc.or_, asked, pa.array([False] * len(rows), pa.bool_())))
        return names_in(rows["identity"]) - self._left_out

    def _forgotten(self, until: datetime | None) -> set[str]:
        """Find the conversations that had vanished by a moment, and have not come back."""
        if until is None:
            return set()
        return names_in(self._absent.filter(pc.less_equal(self._absent["vanished_at"], until))["identity"])

    def _lost(self, fetch: Fetch, forget_until: datetime | None) -> set[str]:
        """Find the conversations that had vanished and whose records only a damaged file held."""
        before = self._kept.certificate.vanished if self._kept.certificate else {}
        names = before.keys() - names_in(_rows_of(self._kept.rows, before)["identity"]) - self._left_out
        lost = names - fetch.days_of(names).keys()
        return {name for name in lost if forget_until is None or before[name] > forget_until}

    def write(self, path: Path) -> Summary:
        """Write the merged records, and sum them up; records that are just those that are kept are not written."""
        summary = Summary(self._day, self._until)
        if self._is_kept():
            summary.see(fetched_rows(self._records, self._kept.rows["payload_sha256"].take(self._before)))
            summary.see(self.keep)
            return summary
        written = 0

        def see(rows: pa.Table) -> None:
            nonlocal written
            summary.see(rows)
            if written < len(self._records):
                self._compare(written, rows)
            written += len(rows)

        with naming_what_is_full(path), RecordWriter(path, see) as writer:
            writer.add_fetched(self._records)
            if self._kept.path is not None and len(self.keep):
                writer.add_kept(self._kept.path, self.keep, self.textless)
        return summary

    def _compare(self, place: int, rows: pa.Table) -> None:
        """Note which of the fetched records, from a place on, are not as they were kept."""
        kept = self._kept.rows.select(["payload_sha256", "turns_sent"])
        before = kept.take(self._before.slice(place, len(rows)))
        differ = pc.not_equal(rows["payload_sha256"], before["payload_sha256"]).fill_null(False)
        changed, before = rows.filter(differ), before.filter(differ)
        self.changed += changed["identity"].to_pylist()
        # fewer turns than are kept of it, though it still announces more
        sent = changed["turns_sent"].fill_null(0)
        fewer = pc.less(sent, before["turns_sent"].fill_null(0))
        lacking = pc.and_(fewer, pc.less(sent, changed["num_turns"].fill_null(0)))
        self.lost_turns += changed.filter(lacking)["identity"].to_pylist()

    def _is_kept(self) -> bool:
        """Tell whether all records, and none else, are kept as they are now."""
        kept = self._kept
        if (
            kept.path is None
            or kept.damage is not None
            or self.textless
            or self.added
            or self._returned
            or self.vanished
            or len(kept.rows) != len(self._records) + len(self.keep)
        ):
            return False
        digests = kept.rows["payload_sha256"].take(self._before).to_pylist()
        payloads = self._records.payloads()
        return all(
            hashlib.sha256(payload).digest() == digest
            for payload, digest in zip(payloads, digests, strict=True)
        )

    def changes(self) -> list[Change]:
        """List what changed in the conversations that were kept before; call it after `write`."""
        changes = [Change(name, self._at, WHOLE, *fate) for name, fate in sorted(self._fates().items())]
        if self._kept.path is None or self._kept.damage is not None or not self.changed:
            return changes  # an earlier state is no measure: what changed since was noted
        if self._is_of_other_version():
            return changes  # it writes every record otherwise; only which are new or gone is a change
        before = read_some_payloads(self._kept.path, set(self.changed))
        after = self._records.named(self.changed)
        for name, payload in zip(after.identities.to_pylist(), after.payloads(), strict=True):
            if name in self._returned and without_text(before[name], name) == before[name]:
                continue  # that it has its text again is no change of it
            changes += compare(name, before[name], payload, self._at)
        return changes

    def _fates(self) -> dict[str, tuple[str, str]]:
        """Give the fates of the conversations that have vanished, moved or come back: before, and now."""
        fates = dict.fromkeys(self.vanished, (PRESENT, VANISHED))
        fates |= {name: (PRESENT, moved_to(day)) for name, day in self.moved.items()}
        fates |= dict.fromkeys(self._returned, (VANISHED, PRESENT))
        return fates | dict.fromkeys(self.lost, (VANISHED, LOST))

    @cached_property
    def _returned(self) -> set[str]:
        """The conversations that came and had vanished."""
        had_vanished = self._kept.rows["vanished_at"].take(self._before).is_valid()
        return names_in(self._records.identities.filter(had_vanished))

    def _is_of_other_version(self) -> bool:
        """Tell whether what is kept was fetched by another version of the API."""
        kept = self._kept.certificate
        return kept is not None and kept.query.get("api_version", "v3") != self._api_version


def _rows_of(rows: pa.Table, identities: Iterable[str]) -> pa.Table:
    return rows.filter(are_among(rows["identity"], identities))
