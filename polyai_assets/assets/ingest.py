"""The ingest step: `raw_conversations`, `conversations`, `turns` and `metrics` in one subsettable multi-asset.

A run takes a range of days of a project. Without `raw_conversations` it replays: the same tables, from the
raw store, with no call to the API.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from polyai_assets.api.moments import read_moment
from polyai_assets.assets.connection import connect, duckdb_of
from polyai_assets.assets.partitions import conversation_partitions
from polyai_assets.assets.report import Results
from polyai_assets.assets.specs import RAW, TABLES, asset_key, raw_spec, step_name, table_spec
from polyai_assets.assets.step import begin_step, partitioned_step, run_step
from polyai_assets.checks import complete, no_schema_drift, v3_guarantees
from polyai_assets.checks.evaluations import check_spec
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.raw.partition import Partition

if TYPE_CHECKING:
    from polyai_assets.assets.outcome import Outcome


class IngestConfig(dg.Config):
    """The configuration of a run."""

    top_up_around: list[str] | None = Field(
        None,
        description="Only top the days up: with what began since the last fetch, and with the conversations that "
        "began at these moments (ISO 8601). Default: fetch the days whole.",
    )


def _moment(text: str) -> datetime:
    moment = read_moment(text)
    if moment is None:
        raise dg.Failure(
            f"top_up_around has {text[:40]!r}, which is no moment; write it like 2026-11-03T09:30:00Z",
            allow_retries=False,
        )
    return moment


def build_ingest(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    """Make the ingest step of a platform; `spool` is a local folder for records on their way."""
    raw = asset_key(platform, RAW)
    partitions = conversation_partitions(platform)
    projects = {config.project.key: config for config in platform.projects}

    @partitioned_step(
        platform,
        name=step_name(platform),
        specs=[
            raw_spec(platform),
            *(table_spec(platform, platform.contract.table(table)) for table in TABLES),
        ],
        check_specs=[
            check_spec(asset, check.NAME, check.DESCRIPTION, partitions)
            for asset, check in (
                (raw, complete),
                (asset_key(platform, "conversations"), no_schema_drift),
                (asset_key(platform, "conversations"), v3_guarantees),
                (asset_key(platform, "turns"), v3_guarantees),
            )
        ],
        can_subset=True,
    )
    def ingest(context: dg.AssetExecutionContext, config: IngestConfig) -> Results:
        begin_step(context, spool)
        # pandera, pandas and pyarrow take longer to import than Dagster: only runs pay for them.
        from polyai_assets.assets.alerting import raise_findings
        from polyai_assets.assets.days import Ingest
        from polyai_assets.raw.store import RawStore
        from polyai_assets.warehouse.attach import Warehouse

        # And of these pandera takes longest: it comes while PolyAI is asked.
        Thread(target=import_module, args=["polyai_assets.contract.models"]).start()
        selected = context.selected_asset_keys
        step = Ingest(
            store=RawStore(platform.raw_store),
            warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=context.run.run_id),
            spool=spool,
            contract=platform.contract,
            connect=lambda: connect(duckdb_of(context, platform)),
            fetches=raw in selected,
            # A check on a table, asked for by itself, is judged by loading the table again.
            loads=bool(
                {*selected, *(check.asset_key for check in context.selected_asset_check_keys)} - {raw}
            ),
        )
        around = config.top_up_around
        moments = None if around is None else [_moment(text) for text in around]

        def run(project: ProjectConfig, partitions: Sequence[Partition]) -> Iterator["Outcome"]:
            return step.run(project, partitions, moments)

        def raise_alerts(outcomes: Sequence["Outcome"]) -> None:
            if step.loads:
                raise_findings(platform, step, outcomes)

        yield from run_step(context, projects, run, raise_alerts)

    return ingest
