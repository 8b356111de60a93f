"""The asset `read_only_copy`: facts and KPIs in a file of their own, which everything that only reads opens."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.assets.facts import facts_key
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.specs import GROUP, OWNERS, asset_key, step_name, table_keys
from polyai_assets.assets.step import forwarded_to
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATION_FACTS
from polyai_assets.marts.contents import ASSET

if TYPE_CHECKING:
    from polyai_assets.marts.build import CopyMade


def build_read_only_copy(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    """Make the asset of a platform; in `spool` its runs show that they are alive."""

    @dg.multi_asset(
        name=step_name(platform, ASSET),
        specs=[
            dg.AssetSpec(
                asset_key(platform, ASSET),
                deps=[*table_keys(platform), facts_key(platform)],
                description=(
                    "A DuckDB file with facts and KPIs, made anew from the warehouse and then put in the place of the "
                    "one before: whoever opens it never meets a run."
                ),
                group_name=GROUP,
                owners=OWNERS,
                kinds={"duckdb"},
                metadata={"path": dg.MetadataValue.path(platform.read_only_copy)},
            )
        ],
    )
    def read_only_copy(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        show_alive(spool, context.run.run_id)
        from polyai_assets.assets.guard import FORESEEN

        with forwarded_to(context.log):
            try:
                made = copy_platform(platform, context.run.run_id)
            except FORESEEN as error:
                raise dg.Failure(f"the copy of before stays. {error}", allow_retries=False) from error
        rows = [dg.TableRecord({"table": name, "rows": count}) for name, count in made.rows.items()]
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": made.rows.get(CONVERSATION_FACTS.name, 0),
                "rows": dg.MetadataValue.table(rows),
                "path": dg.MetadataValue.path(platform.read_only_copy),
            }
        )

    return read_only_copy


def copy_platform(platform: PlatformConfig, run: str | None = None) -> "CopyMade":
    """Make the copy of a platform's warehouse.

    Raises NothingToCopy, WarehouseBusy, WarehouseUnreachable and DiskFull.
    """
    from polyai_assets.marts.build import CopySource, make_copy
    from polyai_assets.raw.conversations.unsettled import read_unsettled
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse

    unsettled = read_unsettled(RawStore(platform.raw_store))
    source = CopySource(
        warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=run),
        unsettled=[(note.project, note.date) for note in unsettled],
        transcripts=platform.copy_transcripts,
    )
    return make_copy(Path(platform.read_only_copy), source, datetime.now(UTC))
