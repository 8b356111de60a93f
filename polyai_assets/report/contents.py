"""The sections on what happened in calls: functions that the agent called, and topics that it looked up."""

from collections.abc import Sequence
from dataclasses import replace

from polyai_assets.report import amounts, row_charts, shown
from polyai_assets.report.blocks import Cell, DataTable, Heading, Panel, Section
from polyai_assets.report.data import ReportData
from polyai_assets.report.shown import MOST_DRAWN, ShownFigure, divided, listed
from polyai_assets.report.svg import draw


def functions(data: ReportData) -> Section:
    """Give the functions that the agent called."""
    if not data.functions:
        return Section(
            "functions",
            "Functions",
            empty="No function call is known of these days. They come with details: option details.",
        )
    bars = [
        (
            row["name"],
            float(row["calls"]),
            f"{amounts.count(row['calls'])} · {amounts.share(divided(row['errors'], row['calls']))} failed",
        )
        for row in data.functions[:MOST_DRAWN]
    ]
    most = data.functions[0]
    sentence = (
        f"Calls by function; most often {amounts.quoted(most['name'])}, {amounts.count(most['calls'])} times."
    )
    headings = [
        Heading("Function", is_text=True),
        Heading("Called"),
        Heading("In calls"),
        Heading("Failed"),
        Heading("Failure rate"),
        Heading("Mean time"),
        Heading("95th percentile, slowest day"),
    ]
    rows = [
        [
            Cell(amounts.name(row["name"])),
            Cell(amounts.count(row["calls"])),
            Cell(amounts.count(row["conversations"])),
            Cell(amounts.count(row["errors"])),
            ShownFigure("rate", "", amounts.share, ("calls",)).cell(
                {**row, "rate": divided(row["errors"], row["calls"])}
            ),
            Cell(amounts.short_seconds(divided(row["seconds"], row["timed"]))),
            Cell(amounts.short_seconds(row["seconds_p95"])),
        ]
        for row in data.functions
    ]
    return _named(
        "Functions", Panel(title="Most called", sentence=sentence), bars, listed("Functions", headings, rows)
    )


def topics(data: ReportData) -> Section:
    """Give what calls were about."""
    if not data.topics:
        return Section(
            "topics",
            "Topics",
            empty="No topic is known of these days. They come with details: option details.",
        )
    all_calls = data.total.get("conversations") or 0
    bars = [
        (
            row["topic"],
            float(row["conversations"]),
            f"{amounts.count(row['conversations'])} · {amounts.share(divided(row['conversations'], all_calls))}",
        )
        for row in data.topics[:MOST_DRAWN]
    ]
    most = data.topics[0]
    sentence = (
        f"Calls by topic; most with {amounts.quoted(most['topic'])}, {amounts.count(most['conversations'])}. A call "
        "counts in each of its topics."
    )
    headings = [
        Heading("Topic", is_text=True),
        Heading("Calls"),
        Heading("Of all"),
        Heading("Handoff rate", "handoff_rate"),
        Heading("CSAT", "csat_mean"),
        Heading("Answers", "csat_answers"),
    ]
    rows = [
        [
            Cell(amounts.name(row["topic"])),
            Cell(amounts.count(row["conversations"])),
            Cell(amounts.share(divided(row["conversations"], all_calls))),
            shown.HANDOFF.cell({**row, "handoff_rate": divided(row["handoffs"], row["handoff_known"])}),
            shown.CSAT.cell({**row, "csat_mean": divided(row["csat_sum"], row["csat_answers"])}),
            Cell(amounts.count(row["csat_answers"])),
        ]
        for row in data.topics
    ]
    return _named(
        "Topics", Panel(title="Most frequent", sentence=sentence), bars, listed("Topics", headings, rows)
    )


def _named(title: str, panel: Panel, bars: Sequence[tuple[str, float, str]], table: DataTable) -> Section:
    """Give the section of names: the most frequent as bars, and their table."""
    anchor = title.lower()
    svg = draw(row_charts.draw_lengths(bars), anchor, panel.sentence)
    return Section(anchor, title, panels=[replace(panel, svg=svg, table=table, open=True)])
