"""The sections on parts of the calls: of each project, site and release."""

from collections.abc import Sequence
from dataclasses import replace

from polyai_assets.report import amounts, row_charts, shown
from polyai_assets.report.blocks import Cell, Heading, Panel, Section, Swatch
from polyai_assets.report.data import Measured, ReportData
from polyai_assets.report.shown import MOST_DRAWN, ShownFigure, listed
from polyai_assets.report.svg import draw


def parts(data: ReportData, rows: Sequence[Measured], by: str, anchor: str, title: str) -> Section:
    """Give what is counted of each site, or of each project."""
    if not rows:
        return Section(anchor, title, empty="There are no calls in these days.")
    drawn = [row for row in rows[:MOST_DRAWN] if row.get("containment") is not None]
    columns = [
        shown.CALLS,
        shown.CONTAINMENT,
        shown.ENGAGED,
        shown.RETURN,
        shown.AHT,
        shown.AHT_AGENT,
        shown.POLY_SCORE,
        shown.CSAT,
        shown.ANSWERS,
    ]
    headings = [
        Heading(by.capitalize(), is_text=True),
        columns[0].column,
        Heading("Change"),
        *(figure.column for figure in columns[1:]),
        Heading("Saved", "cost_saved"),
    ]
    most = max(row["conversations"] for row in rows)
    table = [
        [
            Cell(amounts.name(row[by])),
            Cell(amounts.count(row["conversations"]), share=row["conversations"] / most),
            Cell(amounts.change(amounts.count, row["conversations"], row.get("calls_before"))),
            *(figure.cell(row) for figure in columns[1:]),
            Cell(amounts.money(row.get("cost_saved"), row.get("currency"))),
        ]
        for row in rows
    ]
    panels = [
        _calls(rows, by, anchor),
        *([_shares(drawn, by, shown.CONTAINMENT, f"Containment by {by}", anchor)] if drawn else []),
        *_handling(rows, by, anchor),
        Panel(title=title, sentence="", table=listed(title, headings, table), width="wide"),
    ]
    return Section(anchor, title, panels=panels)


def releases(data: ReportData) -> Section:
    """Give what each release of an agent did."""
    title = "Releases"
    if not data.releases:
        return Section(
            "releases",
            title,
            empty="No call of these days says which release answered it. That is known of calls whose details are "
            "fetched: option details.",
        )
    is_single = len(data.scope.projects) == 1
    columns = [shown.CALLS, shown.HANDOFF, shown.POLY_SCORE, shown.FUNCTION_ERRORS, shown.SLOW]
    headings = [
        Heading("Release", is_text=True),
        *([] if is_single else [Heading("Project", is_text=True)]),
        Heading("Since", is_text=True),
        *(figure.column for figure in columns),
    ]
    rows = [
        [
            Cell(amounts.name(row["release"])),
            *([] if is_single else [Cell(amounts.name(row["project"]))]),
            Cell(amounts.day(row["since"]) if row.get("since") else amounts.UNKNOWN),
            *(figure.cell(row) for figure in columns),
        ]
        for row in data.releases
    ]
    drawn = [row for row in data.releases if row.get("handoff_rate") is not None][:MOST_DRAWN]
    table = listed(title, headings, rows)
    panels = [
        replace(
            _shares(drawn, "release", shown.HANDOFF, "Handoff rate by release", "releases"),
            table=table,
            open=True,
        )
        if drawn
        else Panel(title=title, sentence="", table=table, width="wide")
    ]
    known = sum(row["conversations"] for row in data.releases)
    share = known / data.total["conversations"] if data.total.get("conversations") else None
    return Section(
        "releases", title, lead=f"The release is known of {amounts.share(share)} of calls.", panels=panels
    )


def _calls(rows: Sequence[Measured], by: str, anchor: str) -> Panel:
    total = sum(row["conversations"] for row in rows)
    bars = [
        (
            row[by],
            float(row["conversations"]),
            f"{amounts.count(row['conversations'])} · {amounts.share(row['conversations'] / total)}",
        )
        for row in rows[:MOST_DRAWN]
    ]
    first = rows[0]
    sentence = (
        f"Calls by {by}; most of {amounts.quoted(first[by])}, {amounts.count(first['conversations'])} of "
        f"{amounts.count(total)}."
    )
    return Panel(
        title=f"Calls by {by}",
        sentence=sentence,
        svg=draw(row_charts.draw_lengths(bars), f"{anchor}-calls", sentence),
        notes=["conversations"],
    )


def _handling(rows: Sequence[Measured], by: str, anchor: str) -> list[Panel]:
    known = [(row[by], row["aht"]) for row in rows[:MOST_DRAWN] if row.get("aht") is not None]
    if not known:
        return []
    label, longest = max(known, key=lambda timed: timed[1])
    sentence = f"Average handle time by {by}; longest of {amounts.quoted(label)}, {amounts.seconds(longest)}."
    bars = [(label, float(length), amounts.seconds(length)) for label, length in known]
    return [
        Panel(
            title=f"Average handle time by {by}",
            sentence=sentence,
            svg=draw(row_charts.draw_lengths(bars), f"{anchor}-aht", sentence),
            notes=["aht"],
        )
    ]


def _shares(rows: Sequence[Measured], by: str, figure: ShownFigure, title: str, anchor: str) -> Panel:
    dots = [(row[by], row[figure.name], row["low"], row["high"], bool(figure.weakness(row))) for row in rows]
    low, high = min(dots, key=lambda dot: dot[1]), max(dots, key=lambda dot: dot[1])
    course = (
        f"{figure.amount(low[1])} ({amounts.quoted(low[0])})"
        if len(dots) == 1
        else f"from {figure.amount(low[1])} ({amounts.quoted(low[0])}) to {figure.amount(high[1])} "
        f"({amounts.quoted(high[0])})"
    )
    sentence = (
        f"{title}, with bounds of 95 %: {course}. All of it lies between "
        f"{figure.amount(min(dot[2] for dot in dots))} and {figure.amount(max(dot[3] for dot in dots))}."
    )
    legend = [Swatch("range", "bounds of 95 %")]
    if any(weak for *_, weak in dots):
        legend.append(Swatch("hollow", "few cases"))
    return Panel(
        title=title,
        sentence=sentence,
        svg=draw(row_charts.draw_shares(dots, figure.amount), anchor, sentence),
        legend=legend,
        notes=[figure.name],
    )
