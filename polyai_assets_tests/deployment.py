"""A platform on the simulator as its users have it: definitions, a Dagster instance, a raw store, a warehouse."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from pydantic import SecretStr

from polyai_assets import component
from polyai_assets.api.project import Project
from polyai_assets.automation.runs import RANGE_END, RANGE_START
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.configuration.api_key import ConfiguredKey, read_api_key
from polyai_assets.configuration.report import ReportConfig
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, SimulatedProject, Simulator
from polyai_assets_tests.looking import looking_into

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)
"""Where the simulator's clock stands: in the past, so that tests do not depend on the day they run."""
START = date(2025, 3, 1)
DAY1, DAY2, DAY3, DAY4, DAY5 = (date(2025, 3, day) for day in range(1, 6))
HOTEL = SimulatedProject("us-1", "acme", "hotel-bot", "hotel-key-5d1f90", "hotel", 3, steady=True)
BANK = SimulatedProject("uk-1", "acme", "card-support", "bank-key-77e0c2", "bank", 2, steady=True)
TABLES = ("conversations", "turns", "metrics")
INGEST = ("raw_conversations", *TABLES)
"""The assets that a run takes unless it names others: those of the ingest step."""
RAW = INGEST[:1]
"""Enough for who looks into no table of conversations: loading takes longer than all else."""
DETAILS = ("raw_details", "conversation_details", "function_events", "metric_events")
RAW_DETAILS = DETAILS[:1]
RETRIEVAL = ("search_hits", "qa_samples")

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def project_of(simulated: SimulatedProject) -> Project:
    return Project(simulated.region, simulated.account_id, simulated.project_id)


def partitions_of(project: Project, days: Iterable[date]) -> list[Partition]:
    """Days of a project as partitions."""
    return [Partition(project, day) for day in days]


def configured(simulated: SimulatedProject, url: str, key: str | None = "", **options: Any) -> ProjectConfig:
    """Configure a project on the simulator; `key` stands in for its right key, None for a variable not set."""
    variable = f"KEY_OF_{simulated.project_id.upper().replace('-', '_')}"
    found = (
        read_api_key(f"{{{{ env.{variable} }}}}", {"env": {}.get})
        if key is None
        else ConfiguredKey(SecretStr(key or simulated.api_key), f"environment variable {variable}")
    )
    # requests_per_second: no test waits for a tempo
    # details by hand: their assets are there, and no sensor asks for them
    # vanished: what is kept of it is looked at in most tests that have something vanish
    given = {
        "base_url": url,
        "agents_base_url": url,
        "requests_per_second": 100,
        "details": "by_hand",
        "vanished": "keep",
        **options,
    }
    return ProjectConfig.model_validate({"project": project_of(simulated), "key": found, **given})


def platform_in(folder: Path, *projects: ProjectConfig, **changed: Any) -> PlatformConfig:
    given: dict[str, Any] = {
        "raw_store": str(folder / "raw"),
        "warehouse": str(folder / "polyai.duckdb"),
        "warehouse_data": None,
        "read_only_copy": str(folder / "polyai-marts.duckdb"),
        "report": ReportConfig(folder=str(folder / "reports"), ranges=("last-7-days",), day_pages=0),
        "start_date": START,
        "key_prefix": (),
        "backfill_days_per_run": None,
    }
    return PlatformConfig(**given | changed, projects=projects)


def definitions_of(platform: PlatformConfig, root: Path) -> dg.Definitions:
    return component.definitions_of(platform, root.resolve())


def partition(day: date, simulated: SimulatedProject = HOTEL) -> str:
    return f"{day}|{simulated.key}"


def broken(day: date, project: SimulatedProject | None = None, status: int = 418) -> Fault:
    """Break every request that touches the day; 418 is a status that is not worth a second attempt."""
    since = midnight(day)
    until = since + timedelta(days=1)
    key = project.key if project else None
    return Fault("error", {"status": status}, times=None, since=since, until=until, project=key)


@dataclass
class Deployed:
    """Where the steps of a platform read and write."""

    platform: PlatformConfig
    root: Path
    simulator: Simulator

    def key(self, name: str) -> dg.AssetKey:
        return dg.AssetKey([*self.platform.key_prefix, name])

    def certificate(self, day: date, simulated: SimulatedProject = HOTEL) -> Certificate | None:
        return RawStore(self.platform.raw_store).certificate(Partition(project_of(simulated), day))

    def raw_file(self, day: date, name: str) -> Path:
        """Where a file of the hotel's raw partition lies."""
        return Path(self.platform.raw_store, *HOTEL.key.split("/"), str(day), name)

    def payloads(self, day: date) -> list[bytes]:
        """The records in the hotel's raw partition."""
        certificate = self.certificate(day)
        assert certificate is not None
        with RawStore(self.platform.raw_store).records(certificate) as batches:
            return [payload for batch in batches for payload in batch["payload"].to_pylist()]

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        with self.warehouse() as connection:
            return connection.execute(statement).fetchall()

    def warehouse(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return looking_into(self.platform.warehouse)


@dataclass
class Run:
    """What a run did."""

    result: dg.ExecuteInProcessResult

    @property
    def success(self) -> bool:
        return self.result.success

    @property
    def retries(self) -> int:
        """How often the step was to be tried again."""
        return len(self.result.filter_events(lambda event: event.is_step_up_for_retry))

    @property
    def failure(self) -> str:
        """The message of the step's Failure."""
        (failed,) = self.result.filter_events(lambda event: event.is_step_failure)
        data = failed.step_failure_data.user_failure_data
        assert data is not None, failed.step_failure_data.error
        return data.description or ""


@dataclass
class Deployment(Deployed):
    """A platform with a Dagster instance: to run, and to be looked at afterwards."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def run(
        self,
        first: date = DAY1,
        last: date | None = None,
        assets: Sequence[str] | None = None,
        projects: tuple[SimulatedProject, SimulatedProject] = (HOTEL, HOTEL),
        tags: dict[str, str] | None = None,
    ) -> Run:
        """Materialize a range of days as a backfill would; `projects` are the first and the last of the range."""
        given = {RANGE_START: partition(first, projects[0]), RANGE_END: partition(last or first, projects[1])}
        job = self.definitions.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=self.instance,
            tags=given if tags is None else tags,
            asset_selection=[self.key(name) for name in assets or INGEST],
            run_config=QUIET,
            raise_on_error=False,
        )
        return Run(result)

    def run_day(self, day: date, simulated: SimulatedProject = HOTEL) -> Run:
        """Materialize a single partition, as the UI does."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=self.instance,
            partition_key=partition(day, simulated),
            asset_selection=[self.key(name) for name in INGEST],
            run_config=QUIET,
            raise_on_error=False,
        )
        return Run(result)

    def request(self, request: dg.RunRequest) -> Run:
        """Run what a sensor or a schedule asked for."""
        assert request.job_name is not None
        job = self.definitions.resolve_job_def(request.job_name)
        result = job.execute_in_process(
            instance=self.instance,
            tags=dict(request.tags),
            asset_selection=request.asset_selection,
            run_config={**request.run_config, **QUIET},
            raise_on_error=False,
        )
        return Run(result)

    def statuses(self, name: str, days: Sequence[date], simulated: SimulatedProject = HOTEL) -> list[str]:
        """What the UI shows for the partitions of an asset: MATERIALIZED, FAILED or -."""
        keys = [partition(day, simulated) for day in days]
        asset = self.definitions.resolve_asset_graph().get(self.key(name))
        assert asset.partitions_def is not None
        found = self.instance.get_status_by_partition(asset.key, keys, asset.partitions_def) or {}
        return [status.value if (status := found.get(key)) else "-" for key in keys]

    def verdicts(
        self, asset: str, check: str, days: Sequence[date], simulated: SimulatedProject = HOTEL
    ) -> list[str]:
        """What the UI shows for the partitions of a check: SUCCEEDED, FAILED or -."""
        check_key = dg.AssetCheckKey(self.key(asset), check)
        definition = self.definitions.resolve_asset_graph().get(self.key(asset)).partitions_def
        (state,) = self.instance.event_log_storage.get_asset_check_state([(check_key, definition)]).values()
        shown = {
            key: status.value
            for status, subset in state.subsets.items()
            for key in subset.subset_value.get_partition_keys()
        }
        return [shown.get(partition(day, simulated), "-") for day in days]

    def history(self, asset: str, check: str, day: date, simulated: SimulatedProject = HOTEL) -> list[str]:
        """The evaluations of a partition, newest first."""
        check_key = dg.AssetCheckKey(self.key(asset), check)
        records = self.instance.event_log_storage.get_asset_check_execution_history(check_key, limit=1000)
        return [one.status.value for one in records if one.partition == partition(day, simulated)]

    def evaluations(self, run: Run, asset: str, check: str) -> dict[str | None, dg.AssetCheckEvaluation]:
        """What a run found, by partition; None is the whole run."""
        # the result of a run that failed lacks them: its step ended before it could hand them over
        records = self.instance.get_records_for_run(
            run.result.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ).records
        found = [
            record.event_log_entry.dagster_event.event_specific_data
            for record in records
            if record.event_log_entry.dagster_event
        ]
        return {
            one.partition: one
            for one in found
            if isinstance(one, dg.AssetCheckEvaluation)
            and (one.asset_key, one.check_name) == (self.key(asset), check)
        }

    def newest(self, asset: str, check: str) -> dg.AssetCheckEvaluation | None:
        """What the UI's list of checks shows."""
        check_key = dg.AssetCheckKey(self.key(asset), check)
        record = self.instance.event_log_storage.get_latest_asset_check_execution_by_key([check_key])[
            check_key
        ]
        assert record.event is not None
        assert record.event.dagster_event is not None
        data = record.event.dagster_event.event_specific_data
        return data if isinstance(data, dg.AssetCheckEvaluation) else None

    def metadata(self, name: str, day: date, simulated: SimulatedProject = HOTEL) -> dict[str, Any]:
        """The metadata of the newest materialization of a partition."""
        records = self.instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=self.key(name), asset_partitions=[partition(day, simulated)]),
            limit=1,
        ).records
        assert records, f"{name} of {day} was never materialized"
        assert records[0].asset_materialization is not None
        return {key: value.value for key, value in records[0].asset_materialization.metadata.items()}
