"""The section on when calls come: by hour and weekday, and for a single day by hour."""

from polyai_assets.report import amounts, hour_charts
from polyai_assets.report.blocks import Cell, DataTable, Heading, Panel, Section
from polyai_assets.report.data import ReportData
from polyai_assets.report.svg import draw


def by_hour(data: ReportData) -> Section:
    """Give when calls come: the hours of the week, or those of the day."""
    title = "By hour" if data.scope.length == 1 else "By hour and weekday"
    if not data.hours:
        return Section("hours", title, empty="There are no calls in these days.")
    return Section(
        "hours", title, panels=[_hours_of_day(data)] if data.scope.length == 1 else _hours_of_week(data)
    )


def _hours_of_day(data: ReportData) -> Panel:
    hours = [(row["local_hour"], float(row["started"] or 0)) for row in data.hours]
    value, hour = max((value, hour) for hour, value in hours)
    sentence = f"Calls by the local hour in which they began; most from {hour:02}:00, {amounts.count(value)}."
    rows = [
        [
            Cell(f"{row['local_hour']:02}:00"),
            Cell(amounts.count(row["started"])),
            Cell(amounts.count(row["peak_concurrent"])),
        ]
        for row in data.hours
    ]
    return Panel(
        title="Calls by local hour",
        sentence=sentence,
        svg=draw(hour_charts.draw_hours(hours), "hours", sentence),
        table=DataTable(
            "Calls by hour",
            [Heading("Hour", is_text=True), Heading("Calls"), Heading("At once", "peak_concurrent")],
            rows,
        ),
    )


def _hours_of_week(data: ReportData) -> list[Panel]:
    cells = [(row["local_weekday"], row["local_hour"], float(row["per_hour"] or 0)) for row in data.hours]
    value, weekday, hour = max((value, weekday, hour) for weekday, hour, value in cells)
    busiest = hour_charts.WEEKDAYS[weekday - 1]
    sentence = (
        f"Calls that begin in a mean hour of the week, in local time; most on {busiest} from {hour:02}:00, "
        f"{amounts.mean(value)}."
    )
    by_cell = {(weekday, hour): value for weekday, hour, value in cells}
    rows = [
        [
            Cell(f"{hour:02}:00"),
            *(Cell(amounts.mean(by_cell.get((weekday, hour), 0))) for weekday in range(1, 8)),
        ]
        for hour in range(24)
    ]
    peaks = dict.fromkeys(range(24), 0)
    for row in data.hours:
        peaks[row["local_hour"]] = max(peaks[row["local_hour"]], row["peak_concurrent"] or 0)
    panels = [
        Panel(
            title="Calls in a mean hour",
            sentence=sentence,
            svg=draw(hour_charts.draw_week(cells), "week", sentence),
            table=DataTable(
                "Calls in a mean hour, by weekday",
                [Heading("Hour", is_text=True), *(Heading(weekday) for weekday in hour_charts.WEEKDAYS)],
                rows,
            ),
        )
    ]
    if any(peaks.values()):
        panels.append(_peaks(peaks, is_single=len(data.scope.projects) == 1))
    return panels


def _peaks(peaks: dict[int, int], *, is_single: bool) -> Panel:
    value, hour = max((value, hour) for hour, value in peaks.items())
    of_each = "" if is_single else ", of any project"
    sentence = (
        f"Most calls at the same time{of_each}, by local hour; {amounts.count(value)} from {hour:02}:00."
    )
    return Panel(
        title="Most calls at the same time",
        sentence=sentence,
        svg=draw(
            hour_charts.draw_hours([(hour, float(value)) for hour, value in peaks.items()]), "peaks", sentence
        ),
        table=DataTable(
            "Most calls at the same time, by hour",
            [Heading("Hour", is_text=True), Heading("At once", "peak_concurrent")],
            [[Cell(f"{hour:02}:00"), Cell(amounts.count(value))] for hour, value in peaks.items()],
        ),
        notes=["peak_concurrent"],
    )
