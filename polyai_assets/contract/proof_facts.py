"""Facts of a conversation: what proves its row, and what the row was made with."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

TEXT, INTEGER, BOOLEAN, TIMESTAMP = Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.TIMESTAMP

proof = FactGroup("proof", Pii.NONE)

PROOF_FACTS = (
    proof(
        "misfits",
        INTEGER,
        "Values that did not fit: a CSAT_SCORE that is none, or a value of a configured column",
        "CASE WHEN csat_sent AND NOT coalesce(csat_score BETWEEN 1 AND 5, false) THEN 1 ELSE 0 END",
        addable=True,
    ),
    proof(
        "partition_state",
        TEXT,
        "What the certificate says of the day: provisional (not over, or not complete), complete or settled",
        "partition_state",
    ),
    proof(
        "is_final",
        BOOLEAN,
        "Whether nothing more is expected: the day is settled, it is not in progress, and its detail was found where "
        "details are fetched",
        "partition_state = 'settled' AND NOT in_progress AND (detail_found OR NOT $has_details)",
    ),
    proof(
        "certificate_sha256",
        TEXT,
        "Identifies the records that the day was loaded from",
        "certificate_sha256",
    ),
    proof(
        "restated_at",
        TIMESTAMP,
        "When a fetch last found it changed after its day was over; see conversation_changes",
        "restated_at",
        caveat="The end of a conversation that ran past midnight counts as a change",
    ),
    proof("loaded_at", TIMESTAMP, "When the row was made", "$now"),
    proof(
        "settings_hash",
        TEXT,
        "Identifies the settings and formulas that made the row; see kpi_settings",
        "settings_hash",
        filled=True,
    ),
    proof(
        "studio_url",
        TEXT,
        "The conversation in Agent Studio",
        "$studio || url_encode(conversation_id)",
        filled=True,
    ),
)
"""The last columns of `conversation_facts`, each with its formula."""
