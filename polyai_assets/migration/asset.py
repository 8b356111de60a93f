"""The asset `migration_parity`: how two versions of the API describe the same conversations, before a project migrates.

It is there as soon as one project has `compare_with`.
"""

from pathlib import Path

import dagster as dg

from polyai_assets.assets.connection import connect, duckdb_of
from polyai_assets.assets.partitions import conversation_partitions
from polyai_assets.assets.report import Results
from polyai_assets.assets.specs import asset_key, step_name, table_spec
from polyai_assets.assets.step import begin_step, partitioned_step, run_step
from polyai_assets.checks.evaluations import check_spec
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import MIGRATION_PARITY
from polyai_assets.migration import check


def build_parity(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the asset `migration_parity` of a platform, where one of its projects is compared; `spool` as elsewhere."""
    if not platform.has_comparison:
        return []
    partitions = conversation_partitions(platform)
    projects = {config.project.key: config for config in platform.projects}
    key = asset_key(platform, MIGRATION_PARITY.name)

    @partitioned_step(
        platform,
        name=step_name(platform, MIGRATION_PARITY.name),
        specs=[table_spec(platform, MIGRATION_PARITY, source=None)],
        check_specs=[check_spec(key, check.NAME, check.DESCRIPTION, partitions)],
    )
    def migration_parity(context: dg.AssetExecutionContext) -> Results:
        begin_step(context, spool)
        # pyarrow takes as long to import as Dagster: only runs pay for it.
        from polyai_assets.migration.days import Comparing
        from polyai_assets.warehouse.attach import Warehouse

        step = Comparing(
            warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=context.run.run_id),
            spool=spool,
            connect=lambda: connect(duckdb_of(context, platform)),
            contract=platform.contract,
        )
        yield from run_step(context, projects, step.run)

    return [migration_parity]
