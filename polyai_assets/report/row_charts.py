"""Charts that have a row for each name: how long a bar is, or where a share lies. Names stand above what is drawn."""

from collections.abc import Sequence
from typing import Any

from polyai_assets.report.amounts import Amount, name, quoted
from polyai_assets.report.svg import ACCENT, MUTED, PAPER, RULE, SAID, Spec, field, layer, where

_ROW = 34
_ABOVE, _BELOW = -6, 9
_LABEL = 205

_PLACE = field("place", "ordinal", axis=None)


def draw_lengths(rows: Sequence[tuple[str, float, str]]) -> Spec:
    """Draw a bar for each name, in the order given: the name above it, and at the right what is written of it."""
    most = max((value for _, value, _ in rows), default=0) or 1
    values = [
        {
            "place": place,
            "label": name(label),
            "value": value / most,
            "text": text,
            "said": f"{quoted(label)}: {text}",
        }
        for place, (label, value, text) in enumerate(rows)
    ]
    shown = {"x": _length("value"), "y": _PLACE, "description": SAID}
    bars = layer(values, "bar", shown, height=6, yOffset=_BELOW)
    return {"layer": [bars, *_labels(values)], "height": _ROW * len(values)}


def draw_shares(rows: Sequence[tuple[str, float, float, float, bool]], amount: Amount) -> Spec:
    """Draw a share for each name as a dot, with its bounds as a line; one that rests on few cases is hollow."""
    low, high = min(row[2] for row in rows), max(row[3] for row in rows)
    across = (high - low) or 1
    values = [
        {
            "place": place,
            "first": 0,
            "last": 1,
            "label": name(label),
            "value": (value - low) / across,
            "low": (least - low) / across,
            "high": (most - low) / across,
            "weak": weak,
            "text": amount(value),
            "said": f"{quoted(label)}: {amount(value)}, from {amount(least)} to {amount(most)}",
        }
        for place, (label, value, least, most, weak) in enumerate(rows)
    ]
    track = {"x": _length("first"), "x2": {"field": "last"}, "y": _PLACE}
    bounds = {"x": _length("low"), "x2": {"field": "high"}, "y": _PLACE}
    dots = {
        "x": _length("value"),
        "y": _PLACE,
        "fill": where("datum.weak", PAPER, ACCENT),
        "description": SAID,
    }
    return {
        "layer": [
            layer(values, "rule", track, color=RULE, strokeWidth=1, yOffset=_BELOW, aria=False),
            layer(values, "rule", bounds, color=MUTED, strokeWidth=1.5, yOffset=_BELOW, aria=False),
            layer(values, "point", dots, size=46, filled=True, stroke=ACCENT, yOffset=_BELOW),
            *_labels(values),
        ],
        "height": _ROW * len(values),
    }


def _length(name: str) -> Spec:
    return field(name, "quantitative", scale={"domain": [0, 1], "nice": False}, axis=None)


def _labels(values: Sequence[dict[str, Any]]) -> list[Spec]:
    """Write the name of each row at its left, and its figure at the right."""
    names = {"x": {"value": 1}, "y": _PLACE, "text": field("label", "nominal")}
    figures = {"x": {"value": "width"}, "y": _PLACE, "text": field("text", "nominal")}
    return [
        layer(values, "text", names, align="left", yOffset=_ABOVE, limit=_LABEL, aria=False),
        layer(values, "text", figures, align="right", yOffset=_ABOVE, color=MUTED, aria=False),
    ]
