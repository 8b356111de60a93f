"""Tables that belong to no partition, and that no run replaces: what people request, and what alerts have found."""

from polyai_assets.contract.pipeline_tables import FINDING, MESSAGE
from polyai_assets.contract.tables import Table
from polyai_assets.contract.write_back import ANNOTATION_REQUEST, NOTE_REQUEST

ANNOTATION_REQUESTS = Table(
    "annotation_requests",
    "One row per annotation of a turn that a person wants published to PolyAI.",
    ANNOTATION_REQUEST,
)
NOTE_REQUESTS = Table(
    "note_requests",
    "One row per note on a conversation that a person wants published to PolyAI.",
    NOTE_REQUEST,
)

REQUEST_TABLES = (ANNOTATION_REQUESTS, NOTE_REQUESTS)
"""Tables that people fill. They belong to no partition, and nothing can restore them."""


FINDINGS = Table(
    "findings",
    "One row per finding; one that comes back after it was resolved has a row of its own.",
    FINDING,
)
OUTBOX = Table("alert_outbox", "One row per message and target.", MESSAGE)

ALERT_TABLES = (FINDINGS, OUTBOX)
"""The tables in which alerts keep their state. They belong to no partition."""
