"""What the details step does with the days of one project: ask for what is due, commit each day, load each.

A day of which a conversation could not be asked for, or that cannot be committed or loaded, is red by itself; the
others go on. What was fetched is kept and loaded even so: each detail stands for itself.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

import pyarrow as pa

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.project import Project
from polyai_assets.assets.detail_loading import load_details
from polyai_assets.assets.guard import NothingInRawStore, guarded, load_newest, raise_interrupt
from polyai_assets.assets.outcome import DetailsOutcome
from polyai_assets.assets.step import DayWork
from polyai_assets.configuration import ProjectConfig
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.accepted_drift import read_accepted
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.decisions import reaches_back, read_decisions
from polyai_assets.raw.conversations.records import read_rows
from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.details.ask import DetailAsker, DetailRequest, failing_last
from polyai_assets.raw.details.asked_again import Known, is_due
from polyai_assets.raw.details.commit_details import (
    Attempt,
    commit_details,
    known_details,
)
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.files import DetailSpool, detail_spool
from polyai_assets.raw.details.listing import NOTHING_SEEN, Listing, plan_walk
from polyai_assets.raw.header import Row
from polyai_assets.raw.partition import Partition

_STORE_TROUBLE = (OSError, pa.ArrowException, CertificateUnreadable)
_MOST_NAMED = 3

log = logging.getLogger(__name__)


class NotAllAsked(Actionable):
    """Some conversations of a day could not be asked for; the details of the others are kept and loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details(DayWork):
    """Which of the step's two halves a run wants, and whether a person asked for it."""

    fetches: bool
    loads: bool
    by_hand: bool = False

    @property
    def raises_alerts(self) -> bool:
        """Whether tables are loaded, in which something may be found."""
        return self.loads

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[DetailsOutcome]:
        """Work through partitions of a project; yields the outcome of each, in order."""
        with DetailAsker(config.project, config.agents_connection, self.now) as asker:
            listing = self._look(asker, config.project, partitions) if self.fetches else NOTHING_SEEN
            for partition in partitions:
                work = (
                    partial(self._fetch, asker, listing, config, partition)
                    if self.fetches
                    else partial(self._replay, config, partition)
                )
                yield guarded(partition, work, partial(DetailsOutcome.red, partition))

    def _replay(self, config: ProjectConfig, partition: Partition) -> DetailsOutcome:
        certificate = DETAIL_FILES.read(self.store, partition)
        if certificate is None:
            raise NothingInRawStore("its details were never fetched: materialize raw_details first")
        return self._loaded(config, DetailsOutcome(partition, certificate), self.store.certificate(partition))

    def _look(self, asker: DetailAsker, project: Project, partitions: Sequence[Partition]) -> Listing:
        """Walk the list for all partitions, if that pays. Whatever happens costs none of them: it only saves calls."""
        try:
            plan = plan_walk(self.store, partitions, self.now())
            return asker.look(plan) if plan else NOTHING_SEEN
        except _STORE_TROUBLE as error:
            log.warning("%s: the list is not looked at, as the raw store cannot be read: %s", project, error)
        except Exception as error:
            raise_interrupt(error)
            log.exception("%s met an unforeseen error when it looked at the list", project)
        return NOTHING_SEEN

    def _fetch(
        self, asker: DetailAsker, listing: Listing, config: ProjectConfig, partition: Partition
    ) -> DetailsOutcome:
        started_at = self.now()
        conversations = self.store.certificate(partition)
        if conversations is None:
            raise NothingInRawStore("never fetched: materialize raw_conversations first")
        with self.store.local_file(conversations, conversations.file) as path:
            rows = list(read_rows(path))
        frames = self.store.frames(partition.project.key)
        with detail_spool(self.spool, partition, started_at, frames) as spool:
            current = DETAIL_FILES.read(self.store, partition)
            due = self._due(rows, current, spool, partition.date, started_at)
            askings, unchanged = _divided(due, listing)
            askings = failing_last(askings, current.errors if current else ())
            failed = asker.ask_day(partition, askings, spool) if askings else {}
            if current is None or due or spool.asked or not self._is_current(current, conversations):
                current = commit_details(
                    self.store,
                    conversations,
                    rows,
                    spool,
                    Attempt(failed, len(askings), started_at, self.now(), unchanged),
                    config.keep_versions,
                    config.vanished,
                )
            spool.discard()
        outcome = self._loaded(config, DetailsOutcome(partition, current), conversations)
        problem = _problem(failed, len(askings))
        if problem is not None and outcome.error is None:
            log.error("%s is red: %s", partition, problem)
            return replace(outcome, error=problem)
        return outcome

    def _due(
        self,
        rows: Sequence[Row],
        current: DetailsCertificate | None,
        spool: DetailSpool,
        day: date,
        now: datetime,
    ) -> list[tuple[Row, Known | None]]:
        """Choose who is to be looked at, beside what is committed and what an earlier run has left in the spool."""
        known = known_details(self.store, current)
        for name, asked in spool.asked.items():
            if name not in known or known[name].asked_at < asked.asked_at:
                known[name] = asked.known
        with_known = ((row, known.get(row.conversation_id or "")) for row in rows)
        return [
            (row, known) for row, known in with_known if is_due(row, known, day, now, by_hand=self.by_hand)
        ]

    def _is_current(self, details: DetailsCertificate, conversations: Certificate) -> bool:
        """Tell whether details are those of the conversations, all of them, still there, and none to be forgotten."""
        until = read_decisions(self.store, details.partition).forget_vanished_until
        return (
            details.of_records_sha256 == conversations.records_sha256
            and details.is_complete
            and not reaches_back(until, details.started_at)
            and DETAIL_FILES.is_sound(self.store, details)
        )

    def _loaded(
        self, config: ProjectConfig, outcome: DetailsOutcome, conversations: Certificate | None
    ) -> DetailsOutcome:
        """Load a day from the raw store, again if another run has committed newer details meanwhile."""
        certificate = outcome.certificate
        outcome = replace(outcome, records_sha256=conversations.records_sha256 if conversations else None)
        if not self.loads or certificate is None:
            return outcome
        partition = outcome.partition

        def load() -> DetailsOutcome:
            newest, loaded = load_newest(
                certificate,
                partial(load_details, self, config, conversations, is_replay=not self.fetches),
                partial(DETAIL_FILES.read, self.store, partition),
            )
            rows = ", ".join(f"{count:,} {table}" for table, count in loaded.rows.items())
            log.info("%s: %s", partition, rows)
            accepted = read_accepted(self.store, partition.project.key) if loaded.drift else ()
            return replace(
                outcome,
                certificate=newest,
                rows=loaded.rows,
                facts=loaded.facts,
                drift=loaded.drift,
                accepted=accepted,
                sampled_texts=loaded.sampled_texts,
                leaks=loaded.leaks,
            )

        return guarded(partition, load, lambda error: replace(outcome, error=error))


def _divided(
    due: Iterable[tuple[Row, Known | None]], listing: Listing
) -> tuple[list[DetailRequest], dict[str, Known]]:
    """Divide who is due into those to ask for, and those that the list shows unchanged."""
    askings, unchanged = [], {}
    for row, known in due:
        name = row.conversation_id or ""
        same = listing.unchanged(row, known)
        if same is None:
            askings.append(DetailRequest(name, row.payload_sha256, listing.hashes.get(name)))
        else:
            unchanged[name] = same
    return askings, unchanged


def _problem(failed: Mapping[str, PolyAIError], asked: int) -> Exception | None:
    """Say who could not be asked for; where all failed, the error itself, which a later attempt may not meet."""
    if not failed:
        return None
    if len(failed) == asked:
        return next(iter(failed.values()))
    named = [f"{name}: {error}" for name, error in list(failed.items())[:_MOST_NAMED]]
    if len(failed) > _MOST_NAMED:
        named.append(f"and {len(failed) - _MOST_NAMED:,} more")
    return NotAllAsked(
        f"{len(failed):,} of {asked:,} conversations could not be asked for; the others are kept and loaded. "
        + "; ".join(named)
    )
