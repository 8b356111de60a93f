"""The columns of a metric value. On the wire, metrics are a map from name to one value or several."""

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

KNOWN_METRICS: tuple[str, ...] = ()
"""Names that are told of no project as new; which metrics there are is the customer's choice."""

METRIC = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived("name", Kind.TEXT, "Name of the metric", key=True),
    derived("position", Kind.INTEGER, "Position among the values of this metric, from 0", key=True),
    derived("value", Kind.TEXT, "The value as sent"),
    derived("value_double", Kind.NUMBER, "The value as a number, where it is one"),
)
"""One row per value of a metric of a conversation."""
