"""A partition of the tables, and what it turned out to hold."""

from dataclasses import dataclass, field
from datetime import date

from polyai_assets.contract.violation import Quarantined, Violation


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of the tables: a project's key, its region, and a UTC date."""

    project: str
    region: str
    date: date


@dataclass(slots=True)
class Staged:
    """What a partition turned out to hold: rows by table, and what was wrong with them.

    `elsewhere` are other days on which conversations of this partition were found: they have moved.
    """

    rows: dict[str, int] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    elsewhere: list[date] = field(default_factory=list)
