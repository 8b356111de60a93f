"""The columns of what the retrieval modes of the list bring: hits of saved searches, and samples for review."""

from polyai_assets.contract.fields import DATE, PROJECT, Field, Kind, derived

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
    derived("found_at", Kind.TIMESTAMP, "When PolyAI was asked"),
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
