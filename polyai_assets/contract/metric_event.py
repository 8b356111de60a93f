"""The fields of a metric event: a value of a metric and when it was set, as a conversation's detail brings them."""

from polyai_assets.contract.detail import IN_DETAILS
from polyai_assets.contract.fields import DATE, EXTRA, PROJECT, Kind, derived, field

METRICS_FIELD = "metrics"
"""A map from the name of a metric to a list of its values, each with its time."""

IN_METRICS = f"{IN_DETAILS}{METRICS_FIELD}[]"
"""The path of a metric event, where drift is told."""

METRIC_EVENT = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived("name", Kind.TEXT, "Name of the metric", key=True),
    derived("position", Kind.INTEGER, "Position among the values of this metric, from 0", key=True),
    field("value", Kind.TEXT, "The value as sent"),
    field(
        "recorded_at",
        Kind.TIMESTAMP,
        "When the metric got the value; sent without a zone, in UTC",
        wire="timestamp",
    ),
    EXTRA,
)
"""One row per value of a metric in a detail."""
