"""The asset `retention`: removes what was kept for long enough, and says how much of what."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.specs import GROUP, OWNERS, RAW, asset_key, step_name
from polyai_assets.assets.step import forwarded_to
from polyai_assets.automation.jobs import RETENTION
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import AUDIO
from polyai_assets.raw import retention_days

if TYPE_CHECKING:
    from polyai_assets.retention.retain import Retained
    from polyai_assets.retention.retention_plan import RetentionPlan

_STEP = "retention_step"
_BY = "the asset retention"


class RetentionRunConfig(dg.Config):
    """What a run does."""

    dry_run: bool = Field(False, description="Only show what would be removed.")


def build_retention(platform: PlatformConfig, root: Path) -> list[dg.AssetsDefinition]:
    """Make the asset of a platform, where anything of a project is removed; `root` is the Dagster project's folder."""
    if not platform.has_retention:
        return []
    spool = root / "data" / "spool"

    @dg.multi_asset(
        name=step_name(platform, _STEP),
        specs=[
            dg.AssetSpec(
                asset_key(platform, RETENTION),
                description=(
                    "Removes, by the option `retention` of each project, raw records, text, recordings, rows and logs "
                    "that were kept for long enough, and writes a receipt into the raw store."
                ),
                group_name=GROUP,
                owners=OWNERS,
            )
        ],
    )
    def retention(
        context: dg.AssetExecutionContext, config: RetentionRunConfig
    ) -> Iterator[dg.MaterializeResult[None]]:
        show_alive(spool, context.run.run_id)
        from polyai_assets.assets.guard import FORESEEN
        from polyai_assets.retention.alone import alone
        from polyai_assets.retention.retain import Retention

        work = Retention(root, platform, partial(connect, duckdb_resource(spool)), context.instance)
        with forwarded_to(context.log):
            try:
                with alone(root):
                    plan = work.plan(datetime.now(UTC), _BY)
                    done = None if config.dry_run else work.remove(plan)
            except FORESEEN as error:
                raise dg.Failure(str(error), allow_retries=False) from error
        if done is not None:
            for observation in _observations(platform, plan):
                context.log_event(observation)
        yield dg.MaterializeResult(metadata=_describe(plan, done, is_dry=config.dry_run))

    return [retention]


def _observations(platform: PlatformConfig, plan: "RetentionPlan") -> Iterator[dg.AssetObservation]:
    """Say of the partitions in Dagster that something of them was removed."""
    for layer, name in ((retention_days.RAW, RAW), (retention_days.AUDIO, AUDIO.name)):
        for project, days in plan.days.get(layer, {}).items():
            for day in days:
                yield dg.AssetObservation(
                    asset_key(platform, name),
                    partition=f"{day}|{project}",
                    metadata={"retired": f"{layer} was kept for long enough, and removed"},
                )


def _describe(plan: "RetentionPlan", done: "Retained | None", *, is_dry: bool) -> dict[str, dg.MetadataValue]:
    rows = [
        dg.TableRecord(
            {
                "layer": row.layer,
                "project": row.project,
                "what": row.what,
                "count": row.count,
                "bytes": row.bytes,
            }
        )
        for row in plan.found
    ]
    described: dict[str, dg.MetadataValue] = {
        "dry_run": dg.MetadataValue.bool(is_dry),
        "days": dg.MetadataValue.json(
            {layer: {key: len(listed) for key, listed in days.items()} for layer, days in plan.days.items()}
        ),
        "bytes": dg.MetadataValue.int(sum(row.bytes for row in plan.found)),
    }
    if rows:
        described["would_be_removed" if is_dry else "removed"] = dg.MetadataValue.table(rows)
    if done is not None:
        described["receipt"] = dg.MetadataValue.text(done.page)
    return described
