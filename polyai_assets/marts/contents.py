"""What the copy takes from the warehouse: which tables, and which of their columns it leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass

from polyai_assets.contract.tables import (
    CONVERSATION_FACTS,
    FUNCTION_EVENTS,
    KPI_SETTINGS,
    METRIC_EVENTS,
    METRICS,
    RECORDED_TABLES,
    REFERENCE_TABLES,
    SCHEMA_DRIFT,
    TURN_TOPICS,
    TURNS,
    Table,
    quote,
)

ASSET = "read_only_copy"
"""What the copy is called in Dagster."""


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is copied; without transcripts, its columns of `spoken` are NULL, or it is not there at all.

    `left_out` are columns that no copy has. With `is_needed` it is there, empty, where the warehouse has none.
    """

    table: Table
    spoken: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    is_spoken: bool = False
    is_needed: bool = False

    @property
    def name(self) -> str:
        """The name of the table."""
        return self.table.name

    @property
    def declared(self) -> Mapping[str, str]:
        """The types of its declared columns, by their names."""
        return {field.name: field.kind.sql_type for field in self.table.fields}

    def is_copied(self, *, transcripts: bool) -> bool:
        """Whether a copy has the table."""
        return transcripts or not self.is_spoken

    def columns(self, kinds: Mapping[str, str], *, transcripts: bool) -> str:
        """Give what is selected of the table, whose columns have these types."""
        hidden = () if transcripts else self.spoken
        return ", ".join(
            null_column(name, kind) if name in hidden else quote(name)
            for name, kind in kinds.items()
            if name not in self.left_out
        )


def null_column(name: str, kind: str) -> str:
    """Give a column of a type that has no values."""
    return f"CAST(NULL AS {kind}) AS {quote(name)}"


_RECORDED = {table.name: table for table in RECORDED_TABLES}

COPIED_FACTS = CopiedTable(CONVERSATION_FACTS, spoken=("handoff_utterance", "csat_feedback"))

COPIED = (
    CopiedTable(TURN_TOPICS, is_needed=True),
    CopiedTable(_RECORDED["turn_safety"]),
    CopiedTable(_RECORDED["turn_reviews"], spoken=("comment", "review")),
    CopiedTable(KPI_SETTINGS, left_out=("test_numbers",), is_needed=True),
    CopiedTable(SCHEMA_DRIFT, left_out=("example",)),
    CopiedTable(REFERENCE_TABLES["variants"], left_out=("extra",)),
    CopiedTable(REFERENCE_TABLES["deployments"], left_out=("created_by", "metadata", "extra")),
    CopiedTable(FUNCTION_EVENTS, spoken=("arguments", "handoff"), left_out=("extra",), is_needed=True),
    *(
        CopiedTable(table, is_spoken=True)
        for table in (
            TURNS,
            METRICS,
            METRIC_EVENTS,
            _RECORDED["detail_turns"],
            _RECORDED["turn_entities"],
            _RECORDED["asr_alternatives"],
            _RECORDED["function_logs"],
            _RECORDED["state_changes"],
            _RECORDED["llm_requests"],
        )
    ),
)
"""The tables that are copied as they are, where the warehouse has them. What is not named here is not in the copy."""
