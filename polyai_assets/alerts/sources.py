"""The tables of the warehouse from which findings come."""

from dataclasses import dataclass

from polyai_assets.alerts.finding import DRIFT, GUARANTEES, KPI, PROJECT, RECORDINGS, WRITE_BACK
from polyai_assets.contract.lasting_tables import ANNOTATION_REQUESTS
from polyai_assets.contract.tables import (
    AUDIO,
    CONTRACT_VIOLATIONS,
    CONVERSATION_DETAILS,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    DAY_PROFILES,
    DETAIL_DRIFT,
    FUNCTION_EVENTS,
    LOADS,
    QUARANTINED,
    SCHEMA_DRIFT,
)


@dataclass(frozen=True, slots=True)
class FindingSource:
    """A table of the warehouse from which findings come: their check, and what to do about them, '' for commands.

    `next_step` may name the project, as a shell and as SQL has it, and the first and the last day that show it. The
    rows of `loaded` say which days were loaded with it; its query may read them as `loaded_partitions`.
    With fewer rows than `least` it says nothing.
    """

    table: str
    sql: str
    check: str
    next_step: str = ""
    loaded: str = DAY_PROFILES.name
    least: int = 1


_WHERE = "project = {literal} AND date BETWEEN '{first}' AND '{last}'"
_BACKFILL = "polyai backfill {project} --since {first} --until {last}"

SOURCES = (
    FindingSource(SCHEMA_DRIFT.name, "drift", DRIFT),
    FindingSource(DETAIL_DRIFT.name, "detail_drift", DRIFT, loaded=CONVERSATION_DETAILS.name),
    FindingSource(
        CONTRACT_VIOLATIONS.name,
        "violations",
        GUARANTEES,
        f"SELECT * FROM contract_violations WHERE {_WHERE} lists every one; when PolyAI has mended it: {_BACKFILL}",
    ),
    FindingSource(
        QUARANTINED.name,
        "quarantine",
        GUARANTEES,
        f"SELECT conversation_id, reasons FROM quarantine WHERE {_WHERE} lists every one; when PolyAI has mended it: "
        f"{_BACKFILL}",
    ),
    FindingSource(
        CONVERSATIONS.name,
        "same_project",
        PROJECT,
        "keep one of the two in defs.yaml, and delete the rows of the other: DELETE FROM conversations WHERE project = "
        "'…', and so in every table that has them",
    ),
    FindingSource(AUDIO.name, "recordings", RECORDINGS, f"{_BACKFILL} --audio"),
    FindingSource(
        ANNOTATION_REQUESTS.name,
        "unknown",
        WRITE_BACK,
        "look in Agent Studio whether they are there, then polyai write-back --retry-unknown REQUEST_ID for each that "
        "is not; SELECT request_id, conversation_id, turn_index FROM annotation_requests WHERE project = {literal} "
        "AND state = 'unknown' lists them",
    ),
)


_JUDGED = 50
"""Calls, or calls of functions, by which figures are judged at the least."""

_ASK = "polyai ask {question} --project {{project}} --since {{first}} --until {{last}}"

KPI_SOURCES = (
    FindingSource(CONVERSATION_FACTS.name, "kpis", KPI, _ASK.format(question="by-site"), LOADS.name, _JUDGED),
    FindingSource(
        FUNCTION_EVENTS.name,
        "function_errors",
        KPI,
        _ASK.format(question="functions"),
        CONVERSATION_FACTS.name,
        _JUDGED,
    ),
    FindingSource(
        CONVERSATION_DETAILS.name,
        "releases",
        KPI,
        "polyai ask release --project {project} --until today",
        CONVERSATION_FACTS.name,
    ),
)
