"""The columns of `kpi_settings`: what the facts of a project are made with."""

from polyai_assets.contract.fields import PROJECT, Kind, Pii, derived

KPI_SETTING = (
    PROJECT,
    derived(
        "variant",
        Kind.TEXT,
        "Variant (its id or name) that has settings of its own; '' for all others",
        key=True,
    ),
    derived(
        "settings_hash",
        Kind.TEXT,
        "Identifies the settings of the project, and the formulas of the facts",
        pii=Pii.NONE,
    ),
    derived("timezone", Kind.TEXT, "Time zone, by its IANA name", pii=Pii.NONE),
    derived(
        "opening_hours",
        Kind.OBJECT,
        "Opening hours by weekday, in local time; NULL where none are configured",
        pii=Pii.NONE,
    ),
    derived("test_numbers", Kind.TEXT_LIST, "Numbers whose conversations are tests", pii=Pii.CONTACT),
    derived("abandon_seconds", Kind.NUMBER, "Voice conversations that are shorter may count as abandoned"),
    derived("human_per_minute", Kind.NUMBER, "What a minute of a human costs"),
    derived("agent_per_minute", Kind.NUMBER, "What a minute of the agent costs"),
    derived("currency", Kind.TEXT, "Currency of the two; '' where none is configured", pii=Pii.NONE),
    derived(
        "channel_groups",
        Kind.OBJECT,
        "From channel to channel_group, where that is not the usual one",
        pii=Pii.NONE,
    ),
    derived("site_names", Kind.OBJECT, "From variant or number to the name of the site", pii=Pii.NONE),
    derived(
        "success_metrics",
        Kind.TEXT_LIST,
        "Metrics that say that a conversation did what it was for",
        pii=Pii.NONE,
    ),
)
"""One row per project, and per variant that has settings of its own: those of the rows that were made last."""
