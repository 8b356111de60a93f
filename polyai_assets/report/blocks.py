"""The parts of a page, from which the template writes HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    `weak` says why the figure is to be read with care: it is shown in grey with that as its title. `share` (0 to 1) is
    drawn as a bar behind it.
    """

    text: str
    weak: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column; `note` is the declared name of its figure, "" where it is none."""

    text: str
    note: str = ""
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table; the first column names the row."""

    caption: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Swatch:
    """An entry of a legend: how it is drawn (a class of the style sheet) and what it is."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its title, the sentence that says what it shows, its legend, and its table.

    `notes` names figures whose definitions stand at the end. The table is folded away unless it is `open`. A panel
    without a chart is a table; `width` is that of two charts, or of all of the page.
    """

    title: str
    sentence: str
    svg: Markup | None = None
    table: DataTable | None = None
    legend: Sequence[Swatch] = ()
    notes: Sequence[str] = ()
    open: bool = False
    width: Literal["", "two", "wide"] = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """By how much a figure changed, against what; `then` is what it was, "" where that is not known."""

    change: str
    against: str
    then: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the first figures: its value, what it rests on, how it changed, and its course over the days."""

    title: str
    note: str
    value: str
    details: Sequence[str] = ()
    comparisons: Sequence[Comparison] = ()
    weak: str = ""
    spark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page, under a heading of its own; `empty` is said where there is nothing to show."""

    anchor: str
    title: str
    lead: str = ""
    tiles: Sequence[Tile] = ()
    panels: Sequence[Panel] = ()
    empty: str = ""
