"""The details step: `raw_details` and the tables of details in one subsettable multi-asset.

A run takes a range of days of a project, and asks the Agents API for the conversations that are due. Without
`raw_details` it replays: the same tables, from the raw store, with no call to the API.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.assets.connection import connect, duckdb_of
from polyai_assets.assets.detail_specs import RAW_DETAILS, detail_specs
from polyai_assets.assets.partitions import conversation_partitions
from polyai_assets.assets.report import Results
from polyai_assets.assets.specs import asset_key, step_name
from polyai_assets.assets.step import begin_step, is_by_hand, partitioned_step, run_step
from polyai_assets.checks import details_complete, no_schema_drift
from polyai_assets.checks.evaluations import check_spec
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATION_DETAILS

if TYPE_CHECKING:
    from polyai_assets.assets.detail_outcome import DetailsOutcome

STEP = "details_step"


def build_details(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the details step of a platform, where a project wants details; `spool` is for details on their way."""
    if not platform.has_details:
        return []
    raw = asset_key(platform, RAW_DETAILS)
    table = asset_key(platform, CONVERSATION_DETAILS.name)
    partitions = conversation_partitions(platform)
    projects = {config.project.key: config for config in platform.projects}

    @partitioned_step(
        platform,
        name=step_name(platform, STEP),
        specs=detail_specs(platform),
        check_specs=[
            check_spec(table, details_complete.NAME, details_complete.DESCRIPTION, partitions),
            check_spec(table, no_schema_drift.NAME, no_schema_drift.OF_DETAILS, partitions),
        ],
        can_subset=True,
    )
    def details(context: dg.AssetExecutionContext) -> Results:
        begin_step(context, spool)
        # pyarrow takes longer to import than Dagster: only runs pay for it.
        from polyai_assets.assets.alerting import raise_findings
        from polyai_assets.assets.detail_days import Details
        from polyai_assets.raw.store import RawStore
        from polyai_assets.warehouse.attach import Warehouse

        selected = context.selected_asset_keys
        step = Details(
            store=RawStore(platform.raw_store),
            warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=context.run.run_id),
            spool=spool,
            contract=platform.contract,
            connect=lambda: connect(duckdb_of(context, platform)),
            fetches=raw in selected,
            by_hand=is_by_hand(context),
            loads=bool(
                {*selected, *(check.asset_key for check in context.selected_asset_check_keys)} - {raw}
            ),
        )

        def raise_alerts(outcomes: Sequence["DetailsOutcome"]) -> None:
            if step.loads:
                raise_findings(platform, step, outcomes)

        yield from run_step(context, projects, step.run, raise_alerts)

    return [details]
