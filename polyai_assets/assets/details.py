"""The details step: `raw_details`, `conversation_details` and `function_events` in one subsettable multi-asset.

A run takes a range of days of a project, and asks the Agents API for the conversations that are due. Without
`raw_details` it replays: the same tables, from the raw store, with no call to the API.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.assets.connection import connect, duckdb_of, resource_key
from polyai_assets.assets.detail_specs import RAW_DETAILS, detail_specs
from polyai_assets.assets.ingest import OUTAGE_RETRIES, POOL
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.partitions import (
    backfill_policy,
    conversation_partitions,
    need_days,
)
from polyai_assets.assets.running import is_by_hand, worked_through
from polyai_assets.assets.specs import asset_key, step_name
from polyai_assets.checks import details_complete, no_schema_drift
from polyai_assets.checks.specs import detail_drift_spec, details_spec
from polyai_assets.checks.verdict import Verdict, not_judged
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATION_DETAILS

if TYPE_CHECKING:
    from polyai_assets.assets.detail_outcome import DetailsOutcome

NAME = "details"


def build_details(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    """Make the details step of a platform; `spool` is a local folder for details on their way."""
    raw = asset_key(platform, RAW_DETAILS)
    table = asset_key(platform, CONVERSATION_DETAILS.name)
    partitions = conversation_partitions(platform)
    projects = {config.project.key: config for config in platform.projects}

    @dg.multi_asset(
        name=step_name(platform, NAME),
        specs=detail_specs(platform),
        check_specs=[details_spec(table, partitions), detail_drift_spec(table, partitions)],
        partitions_def=partitions,
        backfill_policy=backfill_policy(platform),
        can_subset=True,
        pool=POOL,
        required_resource_keys={resource_key(platform)},
        retry_policy=OUTAGE_RETRIES,
    )
    def details(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        show_alive(spool, context.run.run_id)
        need_days(context)
        # pyarrow takes longer to import than Dagster: only runs pay for it.
        from polyai_assets.assets.alerting import tell
        from polyai_assets.assets.detail_days import Details
        from polyai_assets.assets.report import is_retried, report
        from polyai_assets.raw.store import RawStore
        from polyai_assets.warehouse.attach import Warehouse

        selected = context.selected_asset_keys
        step = Details(
            store=RawStore(platform.raw_store),
            warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=context.run.run_id),
            spool=spool,
            connect=lambda: connect(duckdb_of(context, platform)),
            fetches=raw in selected,
            by_hand=is_by_hand(context),
            loads=bool(
                {*selected, *(check.asset_key for check in context.selected_asset_check_keys)} - {raw}
            ),
        )

        def tell_last(outcomes: Sequence["DetailsOutcome"]) -> None:
            is_last = context.retry_number >= OUTAGE_RETRIES.max_retries or not is_retried(outcomes)
            if step.loads and is_last:
                tell(platform, step, outcomes)

        yield from report(context, worked_through(context, projects, step.run, tell_last), _judge)

    return details


def _judge(check: dg.AssetCheckKey, outcomes: Sequence["DetailsOutcome"]) -> list[Verdict]:
    """Give the verdicts of a check, in the order of the partitions."""
    if check.name == no_schema_drift.NAME:
        return [
            not_judged(one.partition, one.error)
            if one.drift is None
            else no_schema_drift.judge(one.partition, one.drift)
            for one in outcomes
        ]
    return [
        details_complete.judge(one.partition, one.certificate, one.records_sha256, one.error)
        for one in outcomes
    ]
