"""The last section: how far a page can be trusted."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from polyai_assets.report import amounts, day_charts
from polyai_assets.report.blocks import Cell, DataTable, Heading, Panel, Section, Swatch
from polyai_assets.report.data import Measured, ReportData
from polyai_assets.report.svg import draw

_MEANING = {
    "settled": "complete, and nothing more is expected to change",
    "complete": "all conversations are there; a few may still change",
    "provisional": "not over, or not proven complete",
    "not loaded": "no conversations of it are in the warehouse",
}


def trust(data: ReportData) -> Section:
    """Say which days are settled, complete, provisional or missing, and which drift."""
    if not data.states:
        return Section(
            "trust", "How far to trust this page", empty="Nothing is known of these days: none is loaded."
        )
    counted = Counter(row["state"] for row in data.states)
    summed = ", ".join(f"{amounts.count(counted[state])} {state}" for state in _MEANING if counted[state])
    drifting = [row for row in data.states if row.get("drift")]
    sentence = f"Days of projects, in UTC: {summed}."
    days = sorted({row["date"] for row in data.states})
    every_day = [days[0] + timedelta(days=number) for number in range((days[-1] - days[0]).days + 1)]
    return Section(
        "trust",
        "How far to trust this page",
        lead=_lead(data, drifting),
        panels=[
            Panel(
                title="State of each day",
                sentence=sentence,
                svg=draw(
                    day_charts.draw_states(
                        [(row["project"], row["date"], row["state"]) for row in data.states], every_day
                    ),
                    "states",
                    sentence,
                ),
                legend=[
                    Swatch("full", "settled"),
                    Swatch("pale", "complete"),
                    Swatch("hollow-box", "provisional"),
                    Swatch("cross", "not loaded"),
                ],
                table=_days(data.states),
            ),
            Panel(title="What the words mean", sentence="", table=_words(), width="two"),
        ],
    )


def _lead(data: ReportData, drifting: list[Measured]) -> str:
    final, calls = data.total.get("final"), data.total.get("conversations")
    sentences = []
    if calls:
        sentences.append(f"Of {amounts.count(calls)} calls, {amounts.count(final or 0)} are final.")
    provisional = data.provisional
    if provisional:
        listed = ", ".join(amounts.day(day) for day in provisional[-7:])
        sentences.append(
            f"Provisional are {'the last of these days: ' if len(provisional) > 7 else ''}{listed}."
        )
    sentences.append(
        f"Records have another shape than declared on {len(drifting)} of these days: polyai drift lists it."
        if drifting
        else "All records have the shape that is declared."
    )
    return " ".join(sentences)


def _days(states: Sequence[Measured]) -> DataTable:
    rows = [
        [
            Cell(amounts.day(row["date"])),
            Cell(amounts.name(row["project"])),
            Cell(row["state"]),
            Cell(amounts.count(row.get("drift") or 0)),
        ]
        for row in states
    ]
    headings = [
        Heading("Day (UTC)", is_text=True),
        Heading("Project", is_text=True),
        Heading("State", is_text=True),
        Heading("Drift findings"),
    ]
    return DataTable("State of each day", headings, rows)


def _words() -> DataTable:
    return DataTable(
        "What the words mean",
        [Heading("Word", is_text=True), Heading("Meaning", is_text=True)],
        [[Cell(word), Cell(meaning)] for word, meaning in _MEANING.items()],
    )
