"""The asset `migration_parity`: how two versions of the API tell the same conversations, before a project migrates.

It is there as soon as one project has `compare_with`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.assets.connection import connect, duckdb_of, resource_key
from polyai_assets.assets.ingest import OUTAGE_RETRIES, POOL
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.partitions import (
    backfill_policy,
    conversation_partitions,
    need_days,
)
from polyai_assets.assets.running import worked_through
from polyai_assets.assets.specs import asset_key, step_name, table_spec
from polyai_assets.checks import ready_to_migrate
from polyai_assets.checks.specs import check_spec
from polyai_assets.checks.verdict import Verdict
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import MIGRATION_PARITY

if TYPE_CHECKING:
    from polyai_assets.assets.parity_days import ParityOutcome


def build_parity(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the asset `migration_parity` of a platform, where one of its projects is compared; `spool` as elsewhere."""
    if not any(config.compare_with for config in platform.projects):
        return []
    partitions = conversation_partitions(platform)
    projects = {config.project.key: config for config in platform.projects}
    key = asset_key(platform, MIGRATION_PARITY.name)

    @dg.multi_asset(
        name=step_name(platform, MIGRATION_PARITY.name),
        specs=[table_spec(platform, MIGRATION_PARITY, source=None)],
        check_specs=[check_spec(key, ready_to_migrate.NAME, ready_to_migrate.DESCRIPTION, partitions)],
        partitions_def=partitions,
        backfill_policy=backfill_policy(platform),
        pool=POOL,
        required_resource_keys={resource_key(platform)},
        retry_policy=OUTAGE_RETRIES,
    )
    def migration_parity(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        show_alive(spool, context.run.run_id)
        need_days(context)
        # pyarrow takes as long to import as Dagster: only runs pay for it.
        from polyai_assets.assets.parity_days import Comparing
        from polyai_assets.assets.report import report
        from polyai_assets.warehouse.attach import Warehouse

        step = Comparing(
            warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=context.run.run_id),
            spool=spool,
            connect=lambda: connect(duckdb_of(context, platform)),
        )
        yield from report(context, worked_through(context, projects, step.run), _judge)

    return [migration_parity]


def _judge(check: dg.AssetCheckKey, outcomes: Sequence["ParityOutcome"]) -> list[Verdict]:
    """Give the verdicts of the step's one check."""
    return [ready_to_migrate.judge(one.partition, one.parity, one.error) for one in outcomes]
