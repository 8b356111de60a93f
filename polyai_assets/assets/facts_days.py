"""Making the facts of the days of one project anew, of what the tables hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from polyai_assets.assets.guard import NothingInRawStore, guarded
from polyai_assets.assets.outcome import FactsOutcome
from polyai_assets.assets.partition_load import loads_of
from polyai_assets.assets.step import DayWork
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import FACTS, TEXT
from polyai_assets.warehouse.facts.renew import renew_facts


@dataclass(frozen=True, slots=True)
class FactsAlone(DayWork):
    """Makes facts anew, day by day."""

    needs = frozenset({TEXT, FACTS})

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[FactsOutcome]:
        """Work through partitions of a project; yields the outcome of each, in order."""
        for partition in partitions:
            yield guarded(
                partition, partial(self._make, config, partition), partial(FactsOutcome.red, partition)
            )

    def _make(self, config: ProjectConfig, partition: Partition) -> FactsOutcome:
        certificate = self.store.certificate(partition)
        if certificate is None:
            raise NothingInRawStore("never fetched: materialize raw_conversations first")
        (load,) = loads_of(self.store, config, [certificate], self.contract)
        with self.connect() as connection:
            made = renew_facts(connection, self.warehouse, load)
        return FactsOutcome(partition, facts=made)
