"""What the copy takes from the warehouse: which tables, and which of their columns it leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from polyai_assets.contract.tables import FUNCTION_EVENTS, KPI_SETTINGS, quote

FACTS = "conversation_facts"

ASSET = "read_only_copy"
"""What the copy is called in Dagster."""


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is copied; without transcripts, its columns of `spoken` are NULL, or it is not there at all.

    `left_out` are columns that no copy has. `needed` are those of a table that is there, empty, where the warehouse has
    none.
    """

    name: str
    spoken: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    is_spoken: bool = False
    needed: Mapping[str, str] = field(default_factory=dict)

    def is_copied(self, *, transcripts: bool) -> bool:
        """Whether a copy has the table."""
        return transcripts or not self.is_spoken

    def columns(self, kinds: Mapping[str, str], *, transcripts: bool) -> str:
        """Give what is selected of the table, whose columns have these types."""
        hidden = () if transcripts else self.spoken
        return ", ".join(
            f"CAST(NULL AS {kind}) AS {quote(name)}" if name in hidden else quote(name)
            for name, kind in kinds.items()
            if name not in self.left_out
        )


COPIED_FACTS = CopiedTable(FACTS, spoken=("handoff_utterance", "csat_feedback"))

_TEXT, _INTEGER, _NUMBER, _BOOLEAN = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"

FACTS_READ: Mapping[str, str] = {
    "loaded_at": "TIMESTAMPTZ",
    "is_default_variant": _BOOLEAN,
    "deployment_id": _TEXT,
    "deployment_message": _TEXT,
    "deployed_at": "TIMESTAMPTZ",
    "ab_test_id": _TEXT,
    "ab_arm": _TEXT,
    "ab_share": _NUMBER,
    "topics": "VARCHAR[]",
    "function_calls": _INTEGER,
    "function_errors": _INTEGER,
    "is_safety_flagged": _BOOLEAN,
    "poly_score": _NUMBER,
    "poly_score_scale": _TEXT,
    "poly_score_state": _TEXT,
}
"""Columns of facts that a warehouse of before may lack, with their types: they are NULL then."""

COPIED = (
    CopiedTable(
        "turn_topics",
        needed={
            "project": "VARCHAR",
            "date": "DATE",
            "conversation_id": "VARCHAR",
            "turn_index": "BIGINT",
            "position": "BIGINT",
            "topic": "VARCHAR",
        },
    ),
    CopiedTable("turn_safety"),
    CopiedTable("turn_reviews", spoken=("comment", "review")),
    CopiedTable("metric_catalog", spoken=("examples",)),
    CopiedTable(
        "kpi_settings",
        left_out=("test_numbers",),
        needed={
            field.name: field.kind.sql_type for field in KPI_SETTINGS.fields if field.name != "test_numbers"
        },
    ),
    CopiedTable("schema_drift", left_out=("example",)),
    CopiedTable("variants", left_out=("extra",)),
    CopiedTable("deployments", left_out=("created_by", "metadata", "extra")),
    CopiedTable(
        "function_events",
        spoken=("arguments", "handoff"),
        left_out=("extra",),
        needed={
            field.name: field.kind.sql_type
            for field in FUNCTION_EVENTS.fields
            if field.name not in ("arguments", "handoff", "extra")
        },
    ),
    CopiedTable("turns", is_spoken=True),
    CopiedTable("metrics", is_spoken=True),
    CopiedTable("metric_events", is_spoken=True),
    CopiedTable("detail_turns", is_spoken=True),
    CopiedTable("turn_entities", is_spoken=True),
    CopiedTable("asr_alternatives", is_spoken=True),
    CopiedTable("function_logs", is_spoken=True),
    CopiedTable("state_changes", is_spoken=True),
    CopiedTable("llm_requests", is_spoken=True),
)
"""The tables that are copied as they are, where the warehouse has them. What is not named here is not in the copy."""
