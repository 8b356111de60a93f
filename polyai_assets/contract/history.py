"""The tables of what happened to conversations after they were first fetched, and of what was loaded of them."""

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

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
    derived("before", Kind.TEXT, "What it was; a long value as its hash, nothing as ''"),
    derived("after", Kind.TEXT, "What it is since"),
)
"""One row per field of a conversation that another fetch found changed."""

VANISHED = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation that the API no longer returns", key=True),
    derived("vanished_at", Kind.TIMESTAMP, "When the fetch began that did not find it"),
    derived("payload", Kind.TEXT, "The record as the API last sent it; bytes that are not text are escaped"),
)
"""One row per conversation that the API returned once and no longer does."""

LOAD = (
    PROJECT,
    DATE,
    derived("loaded_at", Kind.TIMESTAMP, "When it was loaded"),
    derived(
        "records_sha256", Kind.TEXT, "Identifies the records, and what changed in them, in the raw store"
    ),
    derived("contract_sha256", Kind.TEXT, "Identifies what the records were judged by"),
    derived("code_version", Kind.TEXT, "Version of polyai-assets that loaded it"),
    derived("summary", Kind.OBJECT, "Rows by table, figures and findings, as the run showed them"),
)
"""One row per partition that was loaded. A fetch that brings the same records again is not loaded again."""
