"""Loading days of a project from the raw store: small ones together, in one transaction.

Most of what a small day costs is the price of a transaction. So days are loaded together as long as they are small; a
day that cannot be loaded leaves the others, and each has an outcome of its own.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import duckdb

from polyai_assets.assets.guard import FORESEEN, guarded, raise_interrupt
from polyai_assets.assets.outcome import Outcome
from polyai_assets.assets.partition_load import learn_from_details, loads_of
from polyai_assets.assets.step import StepStores
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import DAY_PROFILES
from polyai_assets.raw.accepted_drift import read_accepted
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.changes import read_changes
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.progress import Progress
from polyai_assets.warehouse.facts.renew import renew_facts
from polyai_assets.warehouse.held import Held, held_partitions
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.replace import LoadRecords, TooManyViolations, replace_partitions

MOST_DAYS, MOST_RECORDS, MOST_BYTES = 100, 2000, 8_000_000
"""Of what is loaded together: days, records, and bytes of their files in the raw store."""

_Found = dict[Partition, tuple[Certificate, Staged]]
"""What was loaded of each day, and what it turned out to hold."""

log = logging.getLogger(__name__)


def together(days: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """Part days, in their order, into groups that are small enough to be loaded together; a larger day is alone."""
    group: list[Outcome] = []
    records = size = 0
    for day in days:
        if day.certificate is not None:
            records, size = records + day.certificate.rows, size + day.certificate.file.bytes
        if group and (len(group) >= MOST_DAYS or records > MOST_RECORDS or size > MOST_BYTES):
            yield group
            group = []
            records, size = (day.certificate.rows, day.certificate.file.bytes) if day.certificate else (0, 0)
        group.append(day)
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads days of a project; what the tables hold already is not loaded again, unless it `is_replay`."""

    stores: StepStores
    config: ProjectConfig
    is_replay: bool

    def load(self, days: Sequence[Outcome]) -> Iterator[Outcome]:
        """Load days together; gives the outcome of each, in order. One that is red already stays so."""
        certificates = [certificate for day in days if (certificate := _to_load(day)) is not None]
        loaded = {outcome.partition: outcome for outcome in self._load(certificates)}
        for day in days:
            yield loaded.get(day.partition, day)

    def _load(self, certificates: Sequence[Certificate]) -> Iterator[Outcome]:
        """Load days together, or else each half of them: one that cannot be loaded is alone in the end."""
        if len(certificates) <= 1:
            for certificate in certificates:
                yield _guarded(certificate, partial(self._load_alone, certificate))
            return
        try:
            found = self._replace_newest(certificates)
        except Exception as error:
            raise_interrupt(error)
            first, others = certificates[0].partition, len(certificates) - 1
            if isinstance(error, FORESEEN):
                log.info("%s and %d other days are not loaded together: %s", first, others, error)
            else:
                log.exception("%s or one of %d other days met an unforeseen error", first, others)
            middle = len(certificates) // 2
            for half in (certificates[:middle], certificates[middle:]):
                yield from self._load(half)
            return
        for certificate, staged in found:
            yield _guarded(certificate, partial(self._judge, certificate, staged))

    def _load_alone(self, certificate: Certificate) -> Outcome:
        ((loaded, staged),) = self._replace_newest([certificate])
        return self._judge(loaded, staged)

    def _judge(self, certificate: Certificate, staged: Staged) -> Outcome:
        """Give the outcome of a day that was loaded. Raises TooManyViolations where it was not, for these."""
        if staged.exceeds(self.config.max_violation_ratio):
            raise TooManyViolations(staged, self.config.max_violation_ratio)
        partition = certificate.partition
        log.info("%s: %s", partition, _describe(staged))
        accepted = read_accepted(self.stores.store, partition.project.key) if staged.drift else ()
        return Outcome(partition, certificate, staged, accepted)

    def _replace_newest(self, certificates: Sequence[Certificate]) -> Iterable[tuple[Certificate, Staged]]:
        """Load days, again those of which another run has committed newer records meanwhile."""
        found: _Found = {}
        waiting = certificates
        with self.stores.connect() as connection:
            while waiting:
                found |= self._replace(connection, waiting)
                waiting = [
                    newer for certificate in waiting if (newer := self._newer(certificate)) is not None
                ]
        return found.values()

    def _newer(self, certificate: Certificate) -> Certificate | None:
        current = self.stores.store.certificate(certificate.partition)
        if current is None or current.records_sha256 == certificate.records_sha256:
            return None
        return current

    def _replace(self, connection: duckdb.DuckDBPyConnection, certificates: Sequence[Certificate]) -> _Found:
        """Load days, but for those that the tables hold already.

        Such a day is compared with the days before it, so these are stored first.
        """
        loads = loads_of(self.stores.store, self.config, certificates, self.stores.contract)
        found: _Found = {}
        days = list(zip(certificates, loads, strict=True))
        while days:
            held = self._held(connection, [load for _, load in days])
            for certificate, load in days[: len(held.staged)]:
                found[load.partition] = certificate, self._with_facts(connection, load, held)
            del days[: len(held.staged)]
            further = (place for place, (_, load) in enumerate(days) if place and load.date in held.loaded)
            stop = next(further, len(days))
            found |= self._store(connection, days[:stop])
            del days[:stop]
        return found

    def _held(self, connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> Held:
        """Find what the tables hold of days; whoever replays a day wants its tables made anew."""
        if self.is_replay:
            return Held({}, {}, ())
        return held_partitions(connection, self.stores.warehouse, loads, self.config.max_violation_ratio)

    def _with_facts(self, connection: duckdb.DuckDBPyConnection, load: Load, held: Held) -> Staged:
        """Give what the tables hold of a day; its facts are made anew where they are made with something else now."""
        # details may have made them anew since the day was loaded
        made = held.facts.get(load.date) or renew_facts(connection, self.stores.warehouse, load)
        return replace(held.staged[load.date], facts=made.rows, fact_figures=made)

    def _store(
        self, connection: duckdb.DuckDBPyConnection, days: Sequence[tuple[Certificate, Load]]
    ) -> _Found:
        if not days:
            return {}
        certificates = {load.partition: certificate for certificate, load in days}

        @contextmanager
        def read(load: Load) -> Iterator[LoadRecords]:
            certificate, store = certificates[load.partition], self.stores.store
            learn_from_details(store, load)
            progress = Progress(str(load.partition), "loading", "records", certificate.rows)
            with store.records(certificate) as records, progress:
                yield LoadRecords(progress.counted(records, len), read_changes(store, certificate))

        stored = replace_partitions(
            connection,
            self.stores.warehouse,
            [load for _, load in days],
            read,
            self.config.max_violation_ratio,
        )
        return {
            load.partition: (certificate, staged)
            for (certificate, load), staged in zip(days, stored, strict=True)
        }


def _to_load(day: Outcome) -> Certificate | None:
    """Give what is loaded of a day; nothing where it is red, or was retired while it was fetched."""
    certificate = day.certificate
    return None if certificate is None or day.is_red or certificate.is_retired else certificate


def _guarded(certificate: Certificate, load: Callable[[], Outcome]) -> Outcome:
    """Give the outcome of a day; where it cannot be loaded, its records are kept all the same."""

    def red(error: Exception) -> Outcome:
        staged = error.staged if isinstance(error, TooManyViolations) else None
        return Outcome(certificate.partition, certificate, staged, error=error)

    return guarded(certificate.partition, load, red)


def _describe(staged: Staged) -> str:
    counts = [(table, count) for table, count in staged.rows.items() if count and table != DAY_PROFILES.name]
    return ", ".join(f"{count:,} {table}" for table, count in counts) or "no conversations"
