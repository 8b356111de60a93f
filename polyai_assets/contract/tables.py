"""The tables: which fields each has, and its DDL."""

from collections.abc import Iterator
from dataclasses import dataclass

from polyai_assets.contract.conversation import CONVERSATION, METRIC, TURN
from polyai_assets.contract.conversation_fact import CONVERSATION_FACT
from polyai_assets.contract.deployment import DEPLOYMENTS
from polyai_assets.contract.detail import DETAIL, FUNCTION_EVENT, METRIC_EVENT
from polyai_assets.contract.drift import DRIFT
from polyai_assets.contract.fields import DATE, PROJECT, Field, Pii
from polyai_assets.contract.kpi_setting import KPI_SETTING
from polyai_assets.contract.masked import MASKED_VALUE
from polyai_assets.contract.parity import PARITY
from polyai_assets.contract.pipeline_tables import (
    CHANGE,
    LOAD,
    QA_SAMPLE,
    SEARCH_HIT,
    VANISHED,
)
from polyai_assets.contract.profile import PROFILE
from polyai_assets.contract.recorded import (
    ASR_ALTERNATIVE,
    DETAIL_TURN,
    FUNCTION_LOG,
    LLM_REQUEST,
    STATE_CHANGE,
    TURN_ENTITY,
    TURN_REVIEW,
    TURN_SAFETY,
    TURN_TOPIC,
)
from polyai_assets.contract.recording import RECORDING
from polyai_assets.contract.variant import VARIANTS
from polyai_assets.contract.violation import QUARANTINE, VIOLATION


def quote(identifier: str) -> str:
    """Quote an SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the warehouse: its name, what a row is, its columns, and those of them that a platform configures."""

    name: str
    grain: str
    fields: tuple[Field, ...]
    configured: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"the table {self.name} declares {', '.join(twice)} twice: choose another column name"
            )

    @property
    def row_fields(self) -> tuple[Field, ...]:
        """The fields but those of the partition, `project` and `date`, which all its rows share."""
        return tuple(field for field in self.fields if field not in (PROJECT, DATE))

    @property
    def personal(self) -> list[str]:
        """The classes of the personal data that its columns may hold."""
        found = {field.personal for field in self.fields}
        return [pii.value for pii in Pii if pii.value in found]

    def create(self, schema: str) -> str:
        """Give the statement that makes the table in `schema` (already quoted) where it is missing."""
        columns = ", ".join(f"{quote(field.name)} {field.kind.sql_type}" for field in self.fields)
        return f"CREATE TABLE IF NOT EXISTS {schema}.{quote(self.name)} ({columns})"

    def add_columns(self, schema: str, existing: set[str]) -> Iterator[str]:
        """Give the statements that add the declared columns that `existing` lacks."""
        for field in self.fields:
            if field.name not in existing:
                yield (
                    f"ALTER TABLE {schema}.{quote(self.name)} "
                    f"ADD COLUMN IF NOT EXISTS {quote(field.name)} {field.kind.sql_type}"
                )

    def comments(self, schema: str) -> Iterator[str]:
        """Give the statements that describe the table and its columns to whoever opens the database."""
        yield f"COMMENT ON TABLE {schema}.{quote(self.name)} IS {literal(self.grain)}"
        for field in self.fields:
            yield self.comment(schema, field)

    def comment(self, schema: str, field: Field) -> str:
        """Give the statement that describes a column."""
        return (
            f"COMMENT ON COLUMN {schema}.{quote(self.name)}.{quote(field.name)} IS {literal(field.comment)}"
        )

    def drop_column(self, schema: str, field: Field) -> str:
        """Give the statement that removes a column."""
        return f"ALTER TABLE {schema}.{quote(self.name)} DROP COLUMN {quote(field.name)}"


def literal(text: str) -> str:
    """Quote a text, for statements that take no bound values, such as COMMENT and ATTACH."""
    return "'" + text.replace("'", "''") + "'"


CONVERSATIONS = Table("conversations", "One row per conversation.", CONVERSATION)
TURNS = Table("turns", "One row per turn of a conversation.", TURN)
METRICS = Table("metrics", "One row per value of a metric of a conversation.", METRIC)
CONTRACT_VIOLATIONS = Table(
    "contract_violations", "One row per breach of the contract in a record that was loaded.", VIOLATION
)
QUARANTINED = Table(
    "quarantine", "One row per record that could not be loaded, with its reasons.", QUARANTINE
)
CONVERSATION_CHANGES = Table(
    "conversation_changes", "One row per field of a conversation that another fetch found changed.", CHANGE
)
VANISHED_CONVERSATIONS = Table(
    "vanished_conversations",
    "One row per conversation that the API returned once and no longer does.",
    VANISHED,
)
SCHEMA_DRIFT = Table(
    "schema_drift", "One row per way in which a day's records differ from the declared shape.", DRIFT
)
DAY_PROFILES = Table(
    "day_profiles", "One row per fact about a day that later days are compared with.", PROFILE
)

MASKED_VALUES = Table(
    "masked_values",
    "One row per column of a day's tables and kind of what the project's policy on personal data masked in it.",
    MASKED_VALUE,
)

TABLES = (
    CONVERSATIONS,
    TURNS,
    METRICS,
    CONTRACT_VIOLATIONS,
    QUARANTINED,
    SCHEMA_DRIFT,
    DAY_PROFILES,
    CONVERSATION_CHANGES,
    VANISHED_CONVERSATIONS,
    MASKED_VALUES,
)
"""Every table that a partition of conversations fills; they are replaced together."""

LOADS = Table("loads", "One row per dataset of a partition that was loaded, with what it held.", LOAD)

CONVERSATION_FACTS = Table(
    "conversation_facts",
    "One row per conversation, with what a contact centre is run by; made from the other tables of its day.",
    CONVERSATION_FACT,
)
KPI_SETTINGS = Table(
    "kpi_settings",
    "One row per project, and per variant that has settings of its own, of those that its facts are made with.",
    KPI_SETTING,
)

CONVERSATION_DETAILS = Table(
    "conversation_details", "One row per conversation that the Agents API was asked for.", DETAIL
)
FUNCTION_EVENTS = Table(
    "function_events", "One row per function that the agent called in a conversation.", FUNCTION_EVENT
)
METRIC_EVENTS = Table(
    "metric_events", "One row per value of a metric in a conversation's detail, with its time.", METRIC_EVENT
)

DETAIL_DRIFT = Table(
    "detail_drift",
    "One row per way in which a day's details, or their events, differ from the declared shape.",
    DRIFT,
)

DETAIL_MASKED_VALUES = Table(
    "detail_masked_values", "The same as masked_values, of the tables of details.", MASKED_VALUE
)

DETAIL_TURNS = Table(
    "detail_turns", "One row per turn in a detail, with what is recorded of it.", DETAIL_TURN
)
TURN_TOPICS = Table("turn_topics", "One row per topic that the agent looked up in a turn.", TURN_TOPIC)
TURN_SAFETY_FINDINGS = Table(
    "turn_safety", "One row per category that a safety filter found in a turn.", TURN_SAFETY
)
RECORDED_TABLES = (
    DETAIL_TURNS,
    TURN_TOPICS,
    TURN_SAFETY_FINDINGS,
    Table("turn_entities", "One row per value of an entity that was found in a turn.", TURN_ENTITY),
    Table("turn_reviews", "One row per review that a person made of a turn in Agent Studio.", TURN_REVIEW),
    Table(
        "asr_alternatives", "One row per reading of what the user may have said in a turn.", ASR_ALTERNATIVE
    ),
    Table("llm_requests", "One row per request to a language model in a turn.", LLM_REQUEST),
    Table("function_logs", "One row per line that a function logged.", FUNCTION_LOG),
    Table("state_changes", "One row per member of the agent's state that a function changed.", STATE_CHANGE),
)
"""What details record of turns and functions, a row for each item."""

DETAIL_TABLES = (
    CONVERSATION_DETAILS,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    *RECORDED_TABLES,
    DETAIL_DRIFT,
    DETAIL_MASKED_VALUES,
)
"""The tables that a partition of details fills; they are replaced together."""

AUDIO = Table("audio", "One row per recording of a call that was asked for, there or not.", RECORDING)

SEARCH_HITS = Table(
    "search_hits", "One row per conversation that a saved search finds on its day.", SEARCH_HIT
)
QA_SAMPLES = Table("qa_samples", "One row per conversation that was drawn at random for review.", QA_SAMPLE)

SINGLE_TABLES = (AUDIO, SEARCH_HITS, QA_SAMPLES)
"""Tables of days that are each the whole of a dataset, and an asset. What takes all of them follows from this list."""

REFERENCE_DATASETS = (DEPLOYMENTS, VARIANTS)
"""What is kept of a project beside its conversations. Asset, check and schedule follow from this list."""

REFERENCE_TABLES = {
    dataset.name: Table(dataset.name, dataset.grain, dataset.fields) for dataset in REFERENCE_DATASETS
}
"""Their tables. A project's rows are replaced together, whatever days they are of."""

MIGRATION_PARITY = Table(
    "migration_parity",
    "One row per path and verdict on how two versions of the API describe the conversations of a day.",
    PARITY,
)
