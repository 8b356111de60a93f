"""The sections that follow the days: the first figures, and latency."""

from datetime import date

from polyai_assets.report import amounts, day_charts, shown
from polyai_assets.report.blocks import Cell, DataTable, Heading, Panel, Section, Swatch
from polyai_assets.report.data import Measured, ReportData
from polyai_assets.report.shown import ShownFigure
from polyai_assets.report.svg import Spec, draw

_DAY = Heading("Day", is_text=True)


def by_day(data: ReportData) -> Section:
    """Give the courses of the first figures over the days."""
    if data.scope.length == 1 or not data.days:
        return Section("days", "By day")
    return Section(
        "days",
        "By day",
        panels=[
            _calls(data),
            _course(
                data,
                "Containment",
                [shown.CONTAINMENT, shown.ENGAGED, shown.RETURN],
                ["as the dashboard counts", "of engaged calls", "no call back in 24 hours"],
            ),
            _course(
                data, "Average handle time", [shown.AHT, shown.AHT_AGENT], ["whole call", "the agent's part"]
            ),
            _course(data, "PolyScore", [shown.POLY_SCORE], [], beside=[shown.SCORED]),
            _course(data, "CSAT", [shown.CSAT], [], beside=[shown.ANSWERS, shown.RESPONSE]),
            _course(data, "Handoff rate", [shown.HANDOFF], []),
        ],
    )


def latency(data: ReportData) -> Section:
    """Give how long callers waited for an answer."""
    if not data.total.get("measured_turns"):
        return Section("latency", "Latency", empty="No turn of these days has a latency.")
    lead = (
        f"A mean turn was answered after {amounts.short_seconds(data.total.get('latency_mean'))}, and "
        f"{amounts.share(data.total.get('slow_share'))} of turns took more than 2 s. PolyAI's target is below 2 s; a "
        "mean above 3 s is its red flag."
    )
    if data.scope.length == 1:
        return Section("latency", "Latency", lead=lead)
    percentiles = [shown.LATENCY_P50, shown.LATENCY_P95]
    has_percentiles = any(day.get("latency_p50") is not None for day in data.days)
    return Section(
        "latency",
        "Latency",
        lead=lead,
        panels=[
            _course(data, "Mean latency", [shown.LATENCY], []),
            _course(data, "Turns of more than 2 s", [shown.SLOW], []),
            *(
                [_course(data, "Median and 95th percentile", percentiles, ["median", "95th percentile"])]
                if has_percentiles
                else []
            ),
        ],
    )


def draw_calls(data: ReportData) -> Spec:
    """Draw the calls of each day, beside those of the period before."""
    points = _points(data, shown.CALLS)
    return day_charts.draw_bars_by_day(
        data.scope.days, points, _calls_before(data), shown.CALLS.amount, data.releases_by_day
    )


def _calls_before(data: ReportData) -> list[float | None]:
    before = {row["business_date"]: row.get("conversations") for row in data.days_before}
    shift = data.scope.first - data.scope.before[0]
    return [before.get(day - shift) for day in data.scope.days]


def _calls(data: ReportData) -> Panel:
    figure = shown.CALLS
    sentence = f"Calls by day. {_extremes(_points(data, figure), figure)}"
    rows = [
        [*cells, Cell(amounts.count(count))]
        for cells, count in zip(_rows(data, [figure]), _calls_before(data), strict=True)
    ]
    return Panel(
        title="Calls",
        sentence=sentence,
        svg=draw(draw_calls(data), "calls-by-day", sentence),
        table=DataTable("Calls by day", [_DAY, figure.column, Heading("Period before")], rows),
        legend=[Swatch("dash", "the period before"), *_provisional(data, "pale"), *_releases(data)],
        notes=[figure.name],
    )


def _course(
    data: ReportData,
    title: str,
    figures: list[ShownFigure],
    legend: list[str],
    beside: list[ShownFigure] | None = None,
) -> Panel:
    courses = [_points(data, figure) for figure in figures]
    columns = [*figures, *(beside or [])]
    table = DataTable(f"{title} by day", [_DAY, *(figure.column for figure in columns)], _rows(data, columns))
    notes = [figure.name for figure in figures]
    if all(value is None for course in courses for _, value, _ in course):
        return Panel(title=title, sentence="Not known of any of these days.", notes=notes)
    sentence = f"{title} by day. {_extremes(courses[0], figures[0])}"
    name = f"{figures[0].name}-by-day".replace("_", "-")
    styles = ("line", "thin", "dotted")
    return Panel(
        title=title,
        sentence=sentence,
        svg=draw(
            day_charts.draw_lines_by_day(data.scope.days, courses, figures[0].amount, data.releases_by_day),
            name,
            sentence,
        ),
        table=table,
        legend=[
            *(Swatch(style, text) for style, text in zip(styles, legend, strict=False)),
            *_provisional(data, "hollow"),
            *_releases(data),
        ],
        notes=notes,
    )


def _provisional(data: ReportData, style: str) -> list[Swatch]:
    return [Swatch(style, "provisional")] if data.provisional else []


def _releases(data: ReportData) -> list[Swatch]:
    return [Swatch("mark", "a release")] if data.releases_by_day else []


def _points(data: ReportData, figure: ShownFigure) -> list[tuple[date, float | None, bool]]:
    by_date = _by_date(data)
    return [
        (day, by_date.get(day, {}).get(figure.name), bool(by_date.get(day, {}).get("provisional")))
        for day in data.scope.days
    ]


def _by_date(data: ReportData) -> dict[date, Measured]:
    return {row["business_date"]: row for row in data.days}


def _rows(data: ReportData, figures: list[ShownFigure]) -> list[list[Cell]]:
    by_date, releases = _by_date(data), data.releases_by_day
    measured = [(day, by_date.get(day, {})) for day in data.scope.days]
    return [
        [_day_cell(day, row, released=day in releases), *(figure.cell(row) for figure in figures)]
        for day, row in measured
    ]


def _day_cell(day: date, row: Measured, *, released: bool) -> Cell:
    marks = [word for word in ("provisional", "restated") if row.get(word)]
    marks += ["release"] if released else []
    return Cell(", ".join([amounts.day(day), *marks]), "may still change" if row.get("provisional") else "")


def _extremes(points: list[tuple[date, float | None, bool]], figure: ShownFigure) -> str:
    known = [(value, day) for day, value, _ in points if value is not None]
    (low, lowest), (high, highest) = min(known), max(known)
    if low == high:
        return f"{figure.amount(low)} on every day of which it is known."
    return (
        f"Lowest on {amounts.day(lowest)} with {figure.amount(low)}, highest on {amounts.day(highest)} with "
        f"{figure.amount(high)}."
    )
