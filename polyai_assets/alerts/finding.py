"""A finding: one thing that is wrong with a project, however many days and records show it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from polyai_assets.machine.secrets import masked

Severity = Literal["WARN", "ERROR"]

DRIFT, GUARANTEES, COMPLETE, RUN = "no_schema_drift", "v3_guarantees", "complete", "run"
"""What a finding comes from: the checks, by their names in Dagster, and runs that said nothing of their end."""

RECORDINGS, WRITE_BACK = "recordings", "write_back"
"""Recordings that could not be fetched, and annotations that may have been published or not."""

RED = "red"
"""The kind of finding that is a red day; its path is the day."""

INCOMPLETE = "incomplete"
"""The kind of finding that is a day which was loaded and is not complete; its path is the day."""

QUARANTINED = "quarantined"
"""The kind of finding that is a record which could not be loaded; its path is the reason."""

Identity = tuple[str, str, str, str]
"""Project, check, kind and path: what makes a finding the same one at a later look."""

LONGEST_EXAMPLE = 300

_ADDRESS = re.compile(r"\S+@\S+")
_LONG_NUMBER = re.compile(r"\+?\d{7,}")
_QUOTES_DATA = re.compile(r"(Conversion|Invalid Input|Constraint) Error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    `first_seen` and `last_seen` are the first and the last UTC date that show it (of a red day: since when it is red,
    and when it last failed), `began` is the first date of its last stretch, `days` are how many dates show it, and
    `count` how many records (of a red day: how often in a row it failed; of runs: how many). `share` is the share of
    records that show it in the last week that has it, 0 to 1, None where that has no meaning. `example` and
    `next_step` hold nothing personal and no secret; `next_step` gives whole commands. `run_id` is the run that failed,
    None for all else and where it was not kept.
    """

    project: str
    check: str
    kind: str
    path: str
    severity: Severity
    first_seen: date
    last_seen: date
    began: date
    days: int
    count: int
    share: float | None
    example: str
    next_step: str
    run_id: str | None = None

    @property
    def identity(self) -> Identity:
        """What makes it the same finding at a later look."""
        return (self.project, self.check, self.kind, self.path)

    @property
    def is_day(self) -> bool:
        """Whether it is a day that is red or not complete; then its path is the day."""
        return self.check == COMPLETE

    @property
    def is_red_day(self) -> bool:
        """Whether it is a day that could not be fetched or loaded."""
        return (self.check, self.kind) == (COMPLETE, RED)


def without_people(text: str) -> str:
    """Make an error's text fit to be sent: its first line, without secrets, addresses, long numbers or data."""
    line = " ".join(masked(text).split("\n", 1)[0].split())
    if _QUOTES_DATA.search(line):
        line = line.partition("'")[0].partition('"')[0].rstrip()
    line = _LONG_NUMBER.sub("…", _ADDRESS.sub("…@…", line))
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
    return shown if len(shown) <= LONGEST_EXAMPLE else shown[: LONGEST_EXAMPLE - 1] + "…"
