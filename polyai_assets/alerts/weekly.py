"""The report of a week by mail: once for each mail target, as soon as nothing of the week may change any more.

A week that stays provisional is mailed on Wednesday as it is. The page of the week keeps its name, so that a mail which
is delivered days later has the page that was meant.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
from pydantic import SecretStr

from polyai_assets.alerts import outbox
from polyai_assets.alerts.send import is_mail
from polyai_assets.alerts.state import in_transaction
from polyai_assets.alerts.text import Message
from polyai_assets.report import amounts, shown
from polyai_assets.report.data import ReportData, ReportScope
from polyai_assets.report.ranges import RANGES
from polyai_assets.report.read import newest_day, read_report
from polyai_assets.report.write import WrittenPage, write_page, yesterday
from polyai_assets.warehouse.attach import Warehouse

LATEST = timedelta(days=3)
"""How long after its last day a week that may still change is mailed."""

OF_ALL = "all projects"
"""What a message is about that is of no single project."""

_FIGURES = {
    "Calls": shown.CALLS,
    "Containment": shown.CONTAINMENT,
    "Containment, engaged": shown.ENGAGED,
    "Containment, 24 hours": shown.RETURN,
    "Average handle time": shown.AHT,
    "PolyScore": shown.POLY_SCORE,
    "CSAT": shown.CSAT,
}


def mail_targets(targets: Mapping[str, SecretStr]) -> dict[str, SecretStr]:
    """Choose the targets that are mailboxes."""
    return {name: url for name, url in targets.items() if is_mail(url)}


def due_week(copy: duckdb.DuckDBPyConnection, projects: tuple[str, ...], now: datetime) -> ReportScope | None:
    """Find the last week that is over, from an opened copy; None while it is not to be mailed yet."""
    newest = newest_day(copy, projects, yesterday(now))
    if newest is None:
        return None
    scope = ReportScope(projects, *RANGES["last-week"](newest))
    return scope if is_due(read_report(copy, scope), now.astimezone(UTC).date()) else None


def write_week(
    copy: duckdb.DuckDBPyConnection, scope: ReportScope, folder: Path, now: datetime
) -> WrittenPage:
    """Write the page of a week, from an opened copy. Raises DiskFull."""
    return write_page(copy, scope, folder / f"week-{scope.first}.html", now)


def is_due(data: ReportData, today: date) -> bool:
    """Tell whether the page of a week is to be mailed: it has calls, and is final or has waited long enough."""
    has_waited = today >= data.scope.last + LATEST
    return bool(data.total.get("conversations")) and (has_waited or not data.provisional)


def enqueue_week(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    page: WrittenPage,
    targets: Mapping[str, SecretStr],
    now: datetime,
) -> None:
    """Write the mail of a week for each mailbox that has none of this week yet.

    Raises WarehouseBusy and WarehouseUnreachable.
    """
    message = _message(page)
    in_transaction(
        connection,
        warehouse,
        lambda attached: outbox.write_message(attached, message, mail_targets(targets), now),
    )


def _message(page: WrittenPage) -> Message:
    data = page.data
    period = amounts.period(data.scope.first, data.scope.last)
    total = data.total
    figures = [
        f"{title}: {figure.amount(total[figure.name])} ({change} against the week before)"
        for title, figure in _FIGURES.items()
        if total.get(figure.name) is not None
        for change in [amounts.change(figure.amount, total[figure.name], data.before.get(figure.name))]
    ]
    provisional = len(data.provisional)
    notes = [f"{provisional} of its days may still change."] if provisional else []
    body = [
        f"The week {period}, of {', '.join(map(amounts.name, data.scope.projects))}.",
        "\n".join(figures),
        " ".join(["The page is attached, with what the figures mean and how far to trust them.", *notes]),
    ]
    title = f"polyai report: {shown.CALLS.amount(total['conversations'])} calls, {period}"
    return Message(
        *(OF_ALL, title, "\n\n".join(body), "info"),
        attachment=str(page.file),
        once=f"week-{data.scope.first}",
    )
