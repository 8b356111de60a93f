"""How each figure is written, and on how many cases it rests."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyai_assets.report import amounts
from polyai_assets.report.amounts import Amount
from polyai_assets.report.blocks import Cell, DataTable, Heading
from polyai_assets.report.data import MINIMUM, Measured


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A declared figure on a page: the name of its column, how it is written, and what it rests on.

    `cases` is the sum of these measures; with none it is a count, and never weak.
    """

    name: str
    heading: str
    amount: Amount
    cases: tuple[str, ...] = ()

    def resting_on(self, row: Measured) -> int:
        """Give the number of cases that it rests on in a row."""
        return int(sum(row.get(measure) or 0 for measure in self.cases))

    def weakness(self, row: Measured) -> str:
        """Say why it is to be read with care in a row, "" where it is not."""
        if not self.cases or row.get(self.name) is None:
            return ""
        cases = self.resting_on(row)
        return f"of {cases:,} cases only" if cases < MINIMUM else ""

    def cell(self, row: Measured) -> Cell:
        """Give its cell of a row."""
        return Cell(self.amount(row.get(self.name)), self.weakness(row))

    @property
    def column(self) -> Heading:
        """Give the head of its column."""
        return Heading(self.heading, self.name)


CALLS = ShownFigure("conversations", "Calls", amounts.count)
CONTAINMENT = ShownFigure("containment", "Containment", amounts.share, ("handoff_known",))
ENGAGED = ShownFigure("containment_engaged", "Engaged", amounts.share, ("self_served", "handoffs"))
RETURN = ShownFigure("containment_24h", "24 hours", amounts.share, ("judged_24h",))
HANDOFF = ShownFigure("handoff_rate", "Handoff rate", amounts.share, ("handoff_known",))
AHT = ShownFigure("aht", "AHT", amounts.seconds, ("timed",))
AHT_AGENT = ShownFigure("aht_agent", "AHT, agent", amounts.seconds, ("agent_timed",))
POLY_SCORE = ShownFigure("poly_score_mean", "PolyScore", amounts.score, ("scored",))
SCORED = ShownFigure("scored", "Scored", amounts.count)
CSAT = ShownFigure("csat_mean", "CSAT", amounts.score, ("csat_answers",))
ANSWERS = ShownFigure("csat_answers", "Answers", amounts.count)
RESPONSE = ShownFigure("csat_response_rate", "Response", amounts.share, ("csat_offered",))
LATENCY = ShownFigure("latency_mean", "Latency", amounts.short_seconds, ("measured_turns",))
LATENCY_P50 = ShownFigure("latency_p50", "Median", amounts.short_seconds)
LATENCY_P95 = ShownFigure("latency_p95", "95th percentile", amounts.short_seconds)
SLOW = ShownFigure("slow_share", "Slow turns", amounts.share, ("measured_turns",))
FUNCTION_ERRORS = ShownFigure("function_error_rate", "Function errors", amounts.share, ("function_calls",))

MOST_DRAWN = 12
"""Names that a chart has; the table beside it has more."""

MOST_LISTED = 60
"""Rows that a table of names has."""


def listed(caption: str, headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]) -> DataTable:
    """Make a table of names; of very many, the first."""
    if len(rows) > MOST_LISTED:
        caption = f"{caption}: the first {MOST_LISTED} of {len(rows):,}"
    return DataTable(caption, headings, rows[:MOST_LISTED])


def divided(above: float | None, below: float | None) -> float | None:
    """Divide what is known by what is not nothing."""
    return above / below if above is not None and below else None
