"""The columns of requests to write something back to PolyAI, and of how each ended.

A person fills in what is wanted; all the rest may be NULL and is filled in when the request is looked at.
"""

from collections.abc import Iterator

from polyai_assets.contract.fields import Field, Kind, Pii, derived

ROLES = ("user", "agent")
ANNOTATION_TYPES = ("missing_topic", "wrong_transcript", "wrong_info")

_CONVERSATION = (
    derived(
        "project",
        Kind.TEXT,
        "Project key: region/account_id/project_id; to be given (NULL is refused)",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "conversation_id",
        Kind.TEXT,
        "The conversation it is about; to be given (NULL is refused)",
        nullable=True,
        pii=Pii.NONE,
    ),
)

_LEDGER = (
    derived(
        "request_id", Kind.TEXT, "Id of the request; made where it was left NULL", key=True, nullable=True
    ),
    derived(
        "requested_at",
        Kind.TIMESTAMP,
        "When it was requested; when it was first seen if left NULL",
        nullable=True,
    ),
    derived(
        "requested_by", Kind.TEXT, "Who requested it; NULL if it is not known", nullable=True, pii=Pii.STAFF
    ),
    derived(
        "source",
        Kind.TEXT,
        "Where it came from: sql (also if left NULL), polyai, or a file and its hash",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "state",
        Kind.TEXT,
        "pending (also NULL, until it is first seen), sending, then done, refused or unknown: sent, and it "
        "is not known whether PolyAI took it",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "result",
        Kind.TEXT,
        "What PolyAI answered last: status and correlation id; NULL if nothing yet",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "error",
        Kind.TEXT,
        "Why it is refused, unknown or still pending; NULL if nothing is wrong",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "attempts",
        Kind.INTEGER,
        "How often it was taken up to be sent; NULL until it is first seen",
        nullable=True,
    ),
    derived(
        "next_attempt_at",
        Kind.TIMESTAMP,
        "When a pending request is tried again by itself; NULL: at the next opportunity",
        nullable=True,
    ),
    derived(
        "paused",
        Kind.TEXT,
        "Of a pending request that waits: project if all of its project waits (the key was refused, or PolyAI is "
        "asked too often), else request; NULL if it does not wait",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "sending_by",
        Kind.TEXT,
        "The publisher that took it up last; NULL if none has",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "sending_until",
        Kind.TIMESTAMP,
        "Until when it is that publisher's; NULL if no publisher has it",
        nullable=True,
    ),
    derived("sent_at", Kind.TIMESTAMP, "When it was last taken up to be sent; NULL if never", nullable=True),
    derived(
        "finished_at", Kind.TIMESTAMP, "When it became done, refused or unknown; NULL before", nullable=True
    ),
)

ANNOTATION_REQUEST = (
    *_CONVERSATION,
    derived("turn_index", Kind.INTEGER, "The turn it is about, as in turns, from 0; to be given"),
    derived(
        "role",
        Kind.TEXT,
        f"Whose part of the turn: {' or '.join(ROLES)}; to be given (NULL is refused)",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "annotation_type",
        Kind.TEXT,
        f"What is wrong: {', '.join(ANNOTATION_TYPES)}; to be given (NULL is refused)",
        nullable=True,
        pii=Pii.NONE,
    ),
    *_LEDGER,
)
"""One row per annotation that a person wants published."""

NOTE_REQUEST = (
    *_CONVERSATION,
    derived(
        "note",
        Kind.TEXT,
        "The text, which replaces the note that the conversation has; to be given (NULL is refused)",
        nullable=True,
        pii=Pii.TEXT,
    ),
    *_LEDGER,
)
"""One row per note that a person wants published."""


def wanted(fields: tuple[Field, ...]) -> Iterator[str]:
    """Name the columns that whoever makes a request has to fill in."""
    ledger = {field.name for field in _LEDGER}
    return (field.name for field in fields if field.name not in ledger)
