"""A finding: one thing that is wrong with a project, however many days and records show it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from polyai_assets.contract.detail import IN_DETAILS
from polyai_assets.contract.drift import IN_PAGES, DriftKind
from polyai_assets.machine.secrets import masked

Severity = Literal["WARN", "ERROR"]

DRIFT, GUARANTEES, COMPLETE, RUN = "no_schema_drift", "v3_guarantees", "complete", "run"
"""What a finding comes from: the checks, by their names in Dagster, and runs that said nothing of their end."""

RECORDINGS, WRITE_BACK = "recordings", "write_back"
"""Recordings that could not be fetched, and annotations that may have been published or not."""

KPI = "kpi"
"""A figure of calls that is out of bounds: nothing is wrong with the data."""

KEY, PROJECT = "api_key", "project"
"""A key that ends soon, and two configured projects that are one."""

DELIVERED = "delivered"
"""The check of a target that is behind; the path of the finding is the delivery."""

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


def asset_of(finding: Finding) -> str:
    """Name the asset whose check found it."""
    if finding.check == COMPLETE:
        return "raw_conversations"
    if finding.check == RECORDINGS:
        return "audio"
    if finding.check == DELIVERED:
        return f"delivered_{finding.path}"
    if finding.check == KPI:
        return "read_only_copy"
    if finding.check == DRIFT and finding.path.startswith(IN_DETAILS):
        return "conversation_details"
    return "turns" if finding.check == GUARANTEES and finding.path.startswith("turns[") else "conversations"


def effect_of(finding: Finding) -> str:
    """Say what stands in the tables, and what does not, because of a finding."""
    if finding.check == COMPLETE:
        return _RED if finding.is_red_day else _INCOMPLETE if finding.severity == "ERROR" else _UNPROVEN
    if finding.check == DRIFT:
        return _BESIDE if finding.path.startswith(IN_PAGES) else _DRIFT[DriftKind(finding.kind)]
    return _QUARANTINED if finding.kind == QUARANTINED else _OTHERS[finding.check]


_RED = "they keep what they had of these days, nothing where none was loaded; other days are not touched"
_INCOMPLETE = "these days are loaded without what is missing; figures over them may be wrong"
_UNPROVEN = "these days are loaded; whether anything is missing from them is not known"
_BESIDE = "none; it stands beside the conversations of a page, and no table has it"
_QUARANTINED = "these records are in quarantine and in no other table"
_DRIFT = {
    DriftKind.ADDED: "every record is loaded; the new field is in the column extra until it is declared",
    DriftKind.MISSING: "every record is loaded; the column is empty where the field is missing, queries may break",
    DriftKind.TYPE_CHANGED: "every record is loaded; a value that cannot be converted without loss is in the column "
    "extra and its own column empty, queries may break",
    DriftKind.NEW_VALUE: "every record is loaded with the new value; queries that list the known ones miss it",
    DriftKind.NEW_METRIC: "every record is loaded; the new metric is in the table metrics",
    DriftKind.GONE: "every record is loaded; the columns of it are empty since then",
}
_OTHERS = {
    GUARANTEES: "the records are loaded all the same; contract_violations lists what they break",
    RECORDINGS: "the rows of these calls in audio have the status failed; other tables are not touched",
    WRITE_BACK: "the rows in annotation_requests stay unknown, and are not sent again by themselves",
    KEY: "none yet; once the key has ended no conversation comes in, and PolyAI keeps them for a time only",
    PROJECT: "every conversation of both is there twice; figures over several projects count it twice",
    DELIVERED: "none here; those of the target have these days as they were before, or not at all",
    KPI: "none; the data are as they are, and calls were not as usual",
    RUN: "what the run was to load may be missing; what was loaded before stays",
}
