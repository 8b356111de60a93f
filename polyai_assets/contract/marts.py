"""The tables that only the read-only copy has: KPIs, and what calls of the same contact have to do with each other."""

from dataclasses import replace

from polyai_assets.contract.fields import DATE, PROJECT, Field, Kind, Pii, derived
from polyai_assets.contract.kpi import measure
from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.tables import Table

TEXT, INTEGER, NUMBER = Kind.TEXT, Kind.INTEGER, Kind.NUMBER

LEVELS = ("part", "site", "channel", "project")
"""What a row of `daily_kpis` is about. Rows of one level may be added up; those of two hold the same calls twice."""

BUSINESS_DATE = derived("business_date", Kind.DATE, "Local date on which the calls began", key=True)
_CONVERSATION = derived("conversation_id", TEXT, "The conversation", key=True)


def _slice(name: str, description: str) -> Field:
    return derived(name, TEXT, description, key=True, nullable=True)


_SITE = _slice("site", "Site; NULL where none is known")
_OF_THE_DAY = (
    derived(
        "provisional",
        Kind.BOOLEAN,
        "Whether figures may still change: a UTC day that the local day touches is not loaded, or not settled",
    ),
    derived(
        "restated_at",
        Kind.TIMESTAMP,
        "When a fetch last changed a call after its day was over",
        nullable=True,
    ),
)

DAILY_KPIS = Table(
    "daily_kpis",
    "One row per project, local day and level: the day's calls of a part of the project (part), of a site, of a kind "
    "of channel, or of all of it (project).",
    (
        PROJECT,
        BUSINESS_DATE,
        derived(
            "level",
            TEXT,
            "What the row is about: part (channel_group, direction and site), site, channel or project. Choose one: "
            "rows of two levels hold the same calls twice",
            key=True,
        ),
        _slice("channel_group", "Kind of channel; NULL where the level has none"),
        _slice("direction", "inbound or outbound; NULL where the level has none"),
        _slice("site", "Site; NULL where the level has none, and where none is known"),
        *MEASURES,
        measure(
            "peak_concurrent",
            "Most calls at the same time; for the levels site and project",
            addable=False,
            caveat="Needs the length of calls",
        ),
        *_OF_THE_DAY,
    ),
)

HOURLY_LOAD = Table(
    "hourly_load",
    "One row per project, local day, local hour and level in which a call began or was going on.",
    (
        PROJECT,
        BUSINESS_DATE,
        derived("local_hour", INTEGER, "Local hour, 0 to 23", key=True),
        derived("level", TEXT, "What the row is about: site, or all of the project", key=True),
        _slice("site", "Site; NULL for the level project, and where none is known"),
        measure("started", "Calls that began in it"),
        measure("peak_concurrent", "Most calls at the same time", addable=False),
        measure(
            "minutes",
            "How long the hour is: 120 where clocks are put back, 60 else",
            addable=False,
            unit="minutes",
            caveat="Divide by it to compare hours",
        ),
    ),
)

TOPIC_DAILY = Table(
    "topic_daily",
    "One row per project, local day and topic that the agent looked up.",
    (
        PROJECT,
        BUSINESS_DATE,
        derived("topic", TEXT, "The topic", key=True),
        measure("conversations", "Calls with it", caveat="A call counts in each of its topics"),
        measure("lookups", "How often it was looked up"),
        measure("handoffs", "Calls with it that were handed off"),
        measure("handoff_known", "Calls with it of which it is known whether they were handed off"),
        measure("csat_answers", "Calls with it that have a CSAT score"),
        measure("csat_sum", "Sum of these scores", kind=NUMBER),
    ),
)

HANDOFF_DAILY = Table(
    "handoff_daily",
    "One row per project, local day, channel, site, reason and destination of calls that were handed off.",
    (
        PROJECT,
        BUSINESS_DATE,
        _slice("channel_group", "Kind of channel"),
        _SITE,
        derived("reason", TEXT, "Why; (none given) where nothing is said", key=True),
        derived("destination", TEXT, "Where to; (none given) where nothing is said", key=True),
        measure("handoffs", "Calls"),
        measure("user_turns", "Turns of the user before"),
        measure("asked_at_once", "Calls that were handed off after one user turn, or none"),
    ),
)

FUNCTION_DAILY = Table(
    "function_daily",
    "One row per project, local day and function that the agent called.",
    (
        PROJECT,
        BUSINESS_DATE,
        derived("name", TEXT, "The function", key=True),
        measure("calls", "How often it was called"),
        measure("conversations", "Calls in which it was called"),
        measure("errors", "How often it failed"),
        measure("timed", "How often it is known how long it took"),
        measure("seconds", "How long it took in all", kind=NUMBER, unit="seconds"),
        measure("seconds_p50", "Median of how long it took", kind=NUMBER, unit="seconds", addable=False),
        measure("seconds_p95", "95th percentile of it", kind=NUMBER, unit="seconds", addable=False),
    ),
)

METRIC_DAILY = Table(
    "metric_daily",
    "One row per project, local day and metric of its calls. The view metric_catalog has the metrics of all days.",
    (
        PROJECT,
        BUSINESS_DATE,
        derived("name", TEXT, "The metric", key=True),
        measure("conversations", "Calls that have it"),
        measure("value_count", "Values of it; a call may have several"),
        measure("numbers", "Values that are numbers"),
        measure("booleans", "Values that are true or false"),
        measure("texts", "Values that are other texts"),
        measure("distinct_values", "Different values", addable=False),
    ),
)

PARTITIONS = Table(
    "partitions",
    "One row per partition that was loaded when the copy was made.",
    (
        PROJECT,
        DATE,
        derived("loaded_at", Kind.TIMESTAMP, "When it was loaded", nullable=True),
        derived("is_settled", Kind.BOOLEAN, "Whether nothing is expected to change any more"),
    ),
)

COPY_INFO = Table(
    "copy_info",
    "One row: what the copy is.",
    (
        derived("made_at", Kind.TIMESTAMP, "When it was made", key=True),
        derived("code_version", TEXT, "Version of polyai-assets that made it", pii=Pii.NONE),
        derived("has_transcripts", Kind.BOOLEAN, "Whether it has what people said: option copy_transcripts"),
        derived(
            "layout",
            TEXT,
            "Identifies what it looks like; a copy of another layout is made whole",
            pii=Pii.NONE,
        ),
    ),
)

COPIED_MONTHS = Table(
    "copied_months",
    "One row per month of the copy.",
    (
        derived("first", Kind.DATE, "Its first day", key=True),
        derived(
            "fingerprint",
            TEXT,
            "Identifies what it was made from; it is made anew once that changes",
            pii=Pii.NONE,
        ),
    ),
)

KPI_TABLES = (HOURLY_LOAD, DAILY_KPIS, TOPIC_DAILY, HANDOFF_DAILY, FUNCTION_DAILY, METRIC_DAILY)
"""The tables of KPIs, in the order in which they are made: the second reads the first."""

KEPT_KPI_TABLES = {
    table.name: replace(
        table,
        name=f"kept_{table.name}",
        grain=f"{table.grain} Of days whose rows may be gone: kept as counted.",
    )
    for table in KPI_TABLES
}
"""The tables of the warehouse, each by the KPIs that it keeps, from which copies take days whose rows are retired."""

MARTS = (*KPI_TABLES, PARTITIONS, COPIED_MONTHS, COPY_INFO)
"""All tables that only the copy has."""

BETWEEN_CALLS = (
    derived(
        "is_contact_known",
        Kind.BOOLEAN,
        "Whether the contact is a person: a phone number or an e-mail address that is no switchboard's",
    ),
    derived(
        "repeat_id",
        TEXT,
        "The next inbound call of the contact in the account, within 7 days of the end",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived("repeat_project", TEXT, "Its project", nullable=True, pii=Pii.NONE),
    derived("repeat_at", Kind.TIMESTAMP, "When it began", nullable=True),
    derived("gap_seconds", NUMBER, "From the end to it (seconds); 0 where it began before", nullable=True),
    derived(
        "contained_24h",
        Kind.BOOLEAN,
        "Not handed off, and no such call within 24 hours; NULL where the contact is not "
        "known, or 24 hours have not been loaded yet",
        nullable=True,
    ),
    derived("contained_7d", Kind.BOOLEAN, "The same within 7 days", nullable=True),
)
"""The columns that `conversation_facts` has in the copy beside its own."""
