"""The asset `report`: pages for people, made of the read-only copy."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.specs import GROUP, OWNERS, asset_key, step_name
from polyai_assets.assets.step import forwarded_to
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.markdown import grid
from polyai_assets.marts.contents import ASSET as COPY_ASSET

if TYPE_CHECKING:
    from polyai_assets.report.write import WrittenPage

ASSET = "report"
WEEKLY = "weekly"
_WAIT = 60.0
"""Seconds that a mail waits for the warehouse."""

log = logging.getLogger(__name__)


def build_report(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    """Make the asset of a platform; in `spool` its runs show that they are alive."""

    @dg.multi_asset(
        name=step_name(platform, ASSET),
        specs=[
            dg.AssetSpec(
                asset_key(platform, ASSET),
                deps=[asset_key(platform, COPY_ASSET)],
                description=(
                    "Pages for whoever runs a contact centre, one for each range of days and for each of the last "
                    "days: HTML files that need nothing else. One whose figures are the same is not drawn again."
                ),
                group_name=GROUP,
                owners=OWNERS,
                kinds={"html"},
                metadata={"path": dg.MetadataValue.path(platform.report.folder)},
            )
        ],
    )
    def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        show_alive(spool, context.run.run_id)
        from polyai_assets.assets.guard import FORESEEN

        with forwarded_to(context.log):
            try:
                now = datetime.now(UTC)
                pages = write_report(platform, now)
                if platform.report.mail == WEEKLY:
                    mail_report(platform, spool, now)
            except FORESEEN as error:
                raise dg.Failure(f"the pages of before stay. {error}", allow_retries=False) from error
        return dg.MaterializeResult(metadata=_describe(platform, pages))

    return report


def write_report(platform: PlatformConfig, now: datetime) -> "list[WrittenPage]":
    """Write the pages of a platform. Raises CopyMissing and DiskFull."""
    from polyai_assets.marts.copy_file import make_command, opened_copy
    from polyai_assets.report.write import PagesRequest, write_pages

    request = PagesRequest(
        folder=Path(platform.report.folder),
        projects=tuple(config.project.key for config in platform.projects),
        ranges=platform.report.ranges,
        day_pages=platform.report.day_pages,
    )
    with opened_copy(Path(platform.read_only_copy), make_command(platform.key_prefix)) as connection:
        return list(write_pages(connection, request, now))


def mail_report(platform: PlatformConfig, spool: Path, now: datetime) -> None:
    """Mail the page of the last week, if it is due and was not mailed before; what fails is left to the next run.

    Raises CopyMissing and DiskFull.
    """
    from polyai_assets.alerts.raising import deliver_due
    from polyai_assets.alerts.weekly import due_week, enqueue_week, write_week
    from polyai_assets.marts.copy_file import make_command, opened_copy
    from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy, WarehouseUnreachable

    projects = tuple(config.project.key for config in platform.projects)
    with opened_copy(Path(platform.read_only_copy), make_command(platform.key_prefix)) as copy:
        week = due_week(copy, projects, now)
        if week is None:
            return
        page = write_week(copy, week, Path(platform.report.folder), now)
    connected = partial(connect, duckdb_resource(spool))
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data, _WAIT)
    try:
        with connected() as connection:
            enqueue_week(connection, warehouse, page, platform.alerts.targets, now)
        deliver_due(connected, warehouse, platform.alerts, now)
    except (WarehouseBusy, WarehouseUnreachable) as error:
        log.warning("the page of the week is mailed by the next run: %s", error)


def _describe(platform: PlatformConfig, pages: "Sequence[WrittenPage]") -> dict[str, dg.MetadataValue]:
    if not pages:
        return {"path": dg.MetadataValue.path(platform.report.folder)}
    first = pages[0]
    return {
        "path": dg.MetadataValue.path(platform.report.folder),
        "page": dg.MetadataValue.url(first.file.as_uri()),
        "figures": dg.MetadataValue.md(_figures(pages)),
        "calls": dg.MetadataValue.md(_calls_by_day(first)),
        "pages_drawn": dg.MetadataValue.int(sum(page.is_drawn for page in pages)),
        "dagster/row_count": dg.MetadataValue.int(int(first.data.total.get("conversations") or 0)),
    }


def _figures(pages: "Sequence[WrittenPage]") -> str:
    from polyai_assets.report import amounts
    from polyai_assets.report.shown import AHT, CALLS, CONTAINMENT, CSAT, POLY_SCORE, RETURN

    figures = (CALLS, CONTAINMENT, RETURN, AHT, POLY_SCORE, CSAT)
    rows = [
        (
            page.file.name,
            amounts.period(page.data.scope.first, page.data.scope.last),
            *(figure.amount(page.data.total.get(figure.name)) for figure in figures),
            str(len(page.data.provisional) or ""),
        )
        for page in pages
    ]
    return grid(("page", "days", *(figure.heading for figure in figures), "provisional days"), rows)


def _calls_by_day(page: "WrittenPage") -> str:
    """Draw the calls of each day; the UI shows pictures that are their own address."""
    from polyai_assets.report import amounts
    from polyai_assets.report.by_time import draw_calls
    from polyai_assets.report.svg import draw_alone

    if not page.data.days:
        return "no calls"
    scope = page.data.scope
    return f"![Calls by day, {amounts.period(scope.first, scope.last)}]({draw_alone(draw_calls(page.data))})"
