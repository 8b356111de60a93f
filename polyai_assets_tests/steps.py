"""A platform whose steps are called as Dagster calls them, without it: what they do is in stores and outcomes.

A run of Dagster takes three times as long. It is there for what Dagster shows of a run (`deployment`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import dagster as dg

from polyai_assets.assets.days import Ingest
from polyai_assets.assets.detail_days import Details
from polyai_assets.assets.outcome import DetailsOutcome, Outcome
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.recordings import AudioOutcome, Recordings
from polyai_assets.assets.retrieval_days import RetrievalOutcome
from polyai_assets.assets.sample_days import QaSamples
from polyai_assets.assets.search_days import SearchHits
from polyai_assets.checks.verdict import Verdict
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import SimulatedProject
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, INGEST, Deployed, partition, partitions_of

Work = Callable[[ProjectConfig, Sequence[Partition]], Iterable[PartitionOutcome]]

_OUTCOMES: dict[str, type[PartitionOutcome]] = {
    **dict.fromkeys(INGEST, Outcome),
    **dict.fromkeys(DETAILS, DetailsOutcome),
    "audio": AudioOutcome,
}
"""What speaks of an asset."""


def _has(outcome: PartitionOutcome, asset: str) -> bool:
    return isinstance(outcome, _OUTCOMES.get(asset, RetrievalOutcome))


@dataclass(frozen=True)
class Worked:
    """What became of the partitions of a run."""

    outcomes: Sequence[PartitionOutcome]

    @property
    def success(self) -> bool:
        return not any(outcome.is_red for outcome in self.outcomes)

    @property
    def red(self) -> list[str]:
        """The red partitions."""
        return [outcome.partition.key for outcome in self.outcomes if outcome.is_red]

    @property
    def failure(self) -> str:
        """What the red partitions say, a line each."""
        assert not self.success
        return "\n".join(
            f"- {outcome.partition.key}: {outcome.error}" for outcome in self.outcomes if outcome.is_red
        )


@dataclass
class Steps(Deployed):
    """The steps of a platform: to run, and to be looked at afterwards."""

    outcomes: list[PartitionOutcome] = field(default_factory=list)
    """What became of the partitions of all runs so far."""

    def run(
        self,
        first: date = DAY1,
        last: date | None = None,
        assets: Sequence[str] | None = None,
        projects: tuple[SimulatedProject, SimulatedProject] = (HOTEL, HOTEL),
        *,
        replay: bool = False,
    ) -> Worked:
        """Work through a range of days; `projects` are the first and the last of it, `replay` is for searches."""
        days = [first + timedelta(days=number) for number in range(((last or first) - first).days + 1)]
        keys = [config.project.key for config in self.platform.projects]
        since, until = (keys.index(project.key) for project in projects)
        found: list[PartitionOutcome] = []
        for work in self._steps(set(assets or INGEST), replay):
            for config in self.platform.projects[since : until + 1]:
                found += work(config, partitions_of(config.project, days))
            if any(outcome.is_red for outcome in found):
                break  # what is downstream of a red step never begins
        self.outcomes += found
        return Worked(found)

    def _steps(self, assets: set[str], replay: bool) -> Iterator[Work]:
        store, spool = RawStore(self.platform.raw_store), self.root / "data" / "spool"
        warehouse = Warehouse(self.platform.warehouse, self.platform.warehouse_data)
        contract = self.platform.contract
        if assets & {*INGEST}:
            fetches, loads = INGEST[0] in assets, bool(assets & {*INGEST[1:]})
            yield Ingest(
                store, warehouse, spool, connect, contract=contract, fetches=fetches, loads=loads
            ).run
        if assets & {*DETAILS}:
            fetches, loads = DETAILS[0] in assets, bool(assets & {*DETAILS[1:]})
            yield Details(
                store,
                warehouse,
                spool,
                connect,
                contract=contract,
                fetches=fetches,
                loads=loads,
                by_hand=True,
            ).run
        if "audio" in assets:
            yield Recordings(store, warehouse, spool, connect).run
        if "search_hits" in assets:
            yield SearchHits(store, warehouse, spool, connect, replay=replay).run
        if "qa_samples" in assets:
            yield QaSamples(store, warehouse, spool, connect).run

    def statuses(self, name: str, days: Sequence[date], simulated: SimulatedProject = HOTEL) -> list[str]:
        """What a report makes of the newest outcome of each partition of an asset: MATERIALIZED, FAILED or -."""
        shown = {
            outcome.partition.key: "MATERIALIZED" if outcome.succeeded(name) else "FAILED"
            for outcome in self.outcomes
            if _has(outcome, name)
        }
        return [shown.get(partition(day, simulated), "-") for day in days]

    def verdicts(
        self, asset: str, check: str, days: Sequence[date], simulated: SimulatedProject = HOTEL
    ) -> list[str]:
        """The newest verdict of a check on each partition: SUCCEEDED, FAILED or -."""
        shown = {
            partition: "SUCCEEDED" if found.passed else "FAILED"
            for partition, found in self._judged(self.outcomes, asset, check).items()
        }
        return [shown.get(partition(day, simulated), "-") for day in days]

    def evaluations(self, run: Worked, asset: str, check: str) -> dict[str, dg.AssetCheckEvaluation]:
        """What a run found, by partition, as Dagster is given it."""
        return {
            partition: dg.AssetCheckEvaluation(
                asset_key=self.key(asset),
                check_name=check,
                passed=found.passed,
                metadata=found.metadata,
                severity=found.severity,
                description=found.description,
            )
            for partition, found in self._judged(run.outcomes, asset, check).items()
        }

    def _judged(self, outcomes: Iterable[PartitionOutcome], asset: str, check: str) -> dict[str, Verdict]:
        key = dg.AssetCheckKey(self.key(asset), check)
        judged = ((outcome.partition.key, outcome.judge(key)) for outcome in outcomes if _has(outcome, asset))
        return {partition: found for partition, found in judged if found is not None}

    def metadata(self, name: str, day: date, simulated: SimulatedProject = HOTEL) -> dict[str, Any]:
        """The newest metadata of a partition of an asset that is good."""
        (*_, newest) = [
            outcome
            for outcome in self.outcomes
            if outcome.partition.key == partition(day, simulated)
            and _has(outcome, name)
            and outcome.succeeded(name)
        ]
        given = dg.AssetMaterialization(name, metadata=newest.metadata(name)).metadata
        return {key: value.value for key, value in given.items()}


def steps_of(deployed: Deployed) -> Steps:
    """Give the steps of what is deployed, to bring it where a test begins."""
    return Steps(deployed.platform, deployed.root, deployed.simulator)
