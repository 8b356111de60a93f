"""The columns of tables that hold no part of a record: what the pipeline found, did, or was answered beside."""

from polyai_assets.contract.fields import DATE, PROJECT, Field, Kind, Pii, derived

CHANGE = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation that changed", key=True),
    derived("changed_at", Kind.TIMESTAMP, "When the fetch began that found the change", key=True),
    derived(
        "field",
        Kind.TEXT,
        "The field, as in turns[3].user_input; (conversation) for its coming and going",
        key=True,
    ),
    derived("before", Kind.TEXT, "What it was; a long value as its hash, nothing as ''", pii=Pii.FREE),
    derived("after", Kind.TEXT, "What it is since", pii=Pii.FREE),
)
"""One row per field of a conversation that another fetch found changed."""

VANISHED = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation that the API no longer returns", key=True),
    derived("vanished_at", Kind.TIMESTAMP, "When the fetch began that did not find it"),
    derived(
        "payload",
        Kind.TEXT,
        "The record as the API last sent it; bytes that are not text are escaped",
        pii=Pii.FREE,
    ),
)
"""One row per conversation that the API returned once and no longer does."""

LOAD = (
    PROJECT,
    DATE,
    derived(
        "dataset",
        Kind.TEXT,
        "What of the partition was loaded: conversations, details, recordings, searches or samples; NULL is "
        "conversations, loaded by an earlier version",
        key=True,
        nullable=True,
        pii=Pii.NONE,
    ),
    derived("loaded_at", Kind.TIMESTAMP, "When it was loaded"),
    derived(
        "records_sha256",
        Kind.TEXT,
        "Identifies what was loaded: of conversations the records, and what changed in them, in the raw store",
        pii=Pii.NONE,
    ),
    derived("contract_sha256", Kind.TEXT, "Identifies what the records were judged by", pii=Pii.NONE),
    derived("code_version", Kind.TEXT, "Version of polyai-assets that loaded it", pii=Pii.NONE),
    derived(
        "policy",
        Kind.TEXT,
        "Identifies the policy on personal data that made its rows; '' where all is kept",
        pii=Pii.NONE,
    ),
    derived(
        "summary", Kind.OBJECT, "Rows by table, figures and findings, as the run showed them", pii=Pii.NONE
    ),
)
"""One row per dataset of a partition that was loaded. A fetch of the same again is not loaded again."""


SEARCH_HIT = (
    PROJECT,
    DATE,
    derived("search", Kind.TEXT, "Name of the search, as in the configuration", key=True),
    derived("conversation_id", Kind.TEXT, "The conversation that it found", key=True),
    Field(
        name="rank",
        kind=Kind.INTEGER,
        description="Place among what the search found on that day, in PolyAI's order; 1 is the first",
        wire=None,
        minimum=1,
    ),
    derived("found_at", Kind.TIMESTAMP, "When PolyAI first gave the answer that it still gives"),
)
"""One row per conversation that a saved search finds on its day."""

QA_SAMPLE = (
    PROJECT,
    DATE,
    derived(
        "conversation_id", Kind.TEXT, "The conversation that was drawn; it may have vanished since", key=True
    ),
    Field(
        name="position",
        kind=Kind.INTEGER,
        description="Place in the sample of the day, from 0",
        wire=None,
        minimum=0,
    ),
    derived("drawn_at", Kind.TIMESTAMP, "When it was drawn"),
)
"""One row per conversation that was drawn for review."""


FINDING = (
    PROJECT,
    derived("check", Kind.TEXT, "The check that found it; run for a run that failed", key=True),
    derived("kind", Kind.TEXT, "What is wrong, or the rule that was broken", key=True),
    derived("path", Kind.TEXT, "Where: a field, a day, a reason", key=True),
    derived("opened_at", Kind.TIMESTAMP, "When it was first found", key=True),
    derived("resolved_at", Kind.TIMESTAMP, "When it was found no more; NULL while it is open", nullable=True),
    derived("severity", Kind.TEXT, "ERROR or WARN", pii=Pii.NONE),
    derived("first_seen", Kind.DATE, "First UTC date that shows it; of a red day, since when it is red"),
    derived("last_seen", Kind.DATE, "Last UTC date that shows it; of a red day, when it last failed"),
    derived("began", Kind.DATE, "First UTC date of its last stretch; it may have been gone before that"),
    derived("days", Kind.INTEGER, "Dates that show it"),
    derived("count", Kind.INTEGER, "Records that show it; of a red day, how often in a row it failed"),
    derived(
        "share",
        Kind.NUMBER,
        "Share of records in the last week that has it, 0 to 1; NULL for days",
        nullable=True,
    ),
    derived("example", Kind.TEXT, "An example, without its content, or the problem", pii=Pii.NONE),
    derived("next_step", Kind.TEXT, "What to do about it, with the commands to type", pii=Pii.NONE),
    derived("run_id", Kind.TEXT, "The run that failed; NULL for all else", nullable=True, pii=Pii.NONE),
    derived(
        "told_severity",
        Kind.TEXT,
        "The severity that was last reported; NULL if it was not reported",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived("told_share", Kind.NUMBER, "The share that was last reported"),
    derived("told_count", Kind.INTEGER, "The count that was last reported"),
    derived("told_until", Kind.DATE, "The last UTC date that showed it when it was last reported"),
)
"""One row per finding; one that comes back after it was resolved has a row of its own."""

MESSAGE = (
    derived("id", Kind.TEXT, "Id of the message to this target", key=True),
    derived("target", Kind.TEXT, "The target, as a hash of its URL", pii=Pii.NONE),
    PROJECT,
    derived("title", Kind.TEXT, "The message's title", pii=Pii.NONE),
    derived("body", Kind.TEXT, "The message", pii=Pii.NONE),
    derived(
        "gravity",
        Kind.TEXT,
        "failure, warning or success; NULL in messages of earlier versions",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "destination",
        Kind.TEXT,
        "The target's kind and host; NULL in messages of earlier versions",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived(
        "attachment",
        Kind.TEXT,
        "The file that goes with it; NULL where none does",
        nullable=True,
        pii=Pii.NONE,
    ),
    derived("created_at", Kind.TIMESTAMP, "When it was written"),
    derived("attempts", Kind.INTEGER, "How often it was tried in vain"),
    derived(
        "next_attempt_at", Kind.TIMESTAMP, "When it is due; NULL if it is not tried any more", nullable=True
    ),
    derived(
        "sending_since", Kind.TIMESTAMP, "Since when a process is sending it; NULL if none is", nullable=True
    ),
    derived("delivered_at", Kind.TIMESTAMP, "When the target took it; NULL if it has not", nullable=True),
    derived("last_error", Kind.TEXT, "Why the last attempt failed; '' if none has", pii=Pii.NONE),
)
"""One row per message and target."""
