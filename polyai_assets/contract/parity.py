"""The columns of `migration_parity`: how two versions of the API describe the conversations of a day.

A row names a path (`handoff_reason`, `turns[].latency`, `metrics.CSAT`) and never a value that a caller may have
said: examples show the form of a value only.
"""

from polyai_assets.contract.fields import DATE, PROJECT, Kind, Pii, derived

WHOLE_RECORD = "(record)"
"""The path of what concerns conversations as such."""

PARITY = (
    PROJECT,
    DATE,
    derived(
        "path",
        Kind.TEXT,
        f"The field, as in handoff_reason or turns[].user_input; {WHOLE_RECORD} for conversations as such",
        key=True,
    ),
    derived(
        "verdict",
        Kind.TEXT,
        "How the two versions compare: "
        'equal, timestamp format, null became "", only in v3, only in v1, differs, in flight; '
        'a null list or object that became an empty one is null became "", and in flight was not judged',
        key=True,
    ),
    derived(
        "count",
        Kind.INTEGER,
        "Values with this verdict: of conversations, or of turns where the path says so",
    ),
    derived("total", Kind.INTEGER, "Values of the path that were judged that day, in either version"),
    derived(
        "example_conversation_id",
        Kind.TEXT,
        "A conversation in which it is so; '' where they are equal",
        pii=Pii.NONE,
    ),
    derived("example", Kind.TEXT, "The form of the values there, without their content", pii=Pii.NONE),
    derived("old_version", Kind.TEXT, "The older of the two versions of the API", pii=Pii.NONE),
    derived("new_version", Kind.TEXT, "The newer of them", pii=Pii.NONE),
    derived("compared_at", Kind.TIMESTAMP, "When the fetches from both versions began"),
)
"""One row per path and verdict of a day, also where the day has no conversations: then `total` is 0."""
