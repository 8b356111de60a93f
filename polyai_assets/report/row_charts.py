"""Charts that have a row for each name: how long a bar is, or where a share lies. Names stand above what is drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from polyai_assets.report.amounts import Amount, name, quoted
from polyai_assets.report.svg import ACCENT, MUTED, PAPER, RULE, inline

if TYPE_CHECKING:
    import altair as alt

    from polyai_assets.report.svg import Drawable

_ROW = 34
_ABOVE, _BELOW = -6, 9
_LABEL = 205


def draw_lengths(rows: Sequence[tuple[str, float, str]]) -> "Drawable":
    """Draw a bar for each name, in the order given: the name above it, and at the right what is written of it."""
    import altair as alt

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
    bars = alt.Chart(inline(values)).mark_bar(height=6, yOffset=_BELOW)
    return alt.layer(
        bars.encode(x=_length("value"), y=_place(), description="said:N"), *_labels(values)
    ).properties(height=_ROW * len(values))


def draw_shares(rows: Sequence[tuple[str, float, float, float, bool]], amount: Amount) -> "Drawable":
    """Draw a share for each name as a dot, with its bounds as a line; one that rests on few cases is hollow."""
    import altair as alt

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
    base = alt.Chart(inline(values))
    track = base.mark_rule(color=RULE, strokeWidth=1, yOffset=_BELOW, aria=False)
    bounds = base.mark_rule(color=MUTED, strokeWidth=1.5, yOffset=_BELOW, aria=False)
    dots = base.mark_point(size=46, filled=True, stroke=ACCENT, yOffset=_BELOW)
    return alt.layer(
        track.encode(x=_length("first"), x2="last:Q", y=_place()),
        bounds.encode(x=_length("low"), x2="high:Q", y=_place()),
        dots.encode(
            x=_length("value"),
            y=_place(),
            fill=alt.condition("datum.weak", alt.value(PAPER), alt.value(ACCENT)),
            description="said:N",
        ),
        *_labels(values),
    ).properties(height=_ROW * len(values))


def _length(name: str) -> "alt.X":
    import altair as alt

    return alt.X(f"{name}:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=None)


def _place() -> "alt.Y":
    import altair as alt

    return alt.Y("place:O", axis=None)


def _labels(values: Sequence[dict[str, Any]]) -> "list[alt.Chart]":
    """Write the name of each row at its left, and its figure at the right."""
    import altair as alt

    base = alt.Chart(inline(values))
    names = base.mark_text(align="left", yOffset=_ABOVE, limit=_LABEL, aria=False)
    figures = base.mark_text(align="right", yOffset=_ABOVE, color=MUTED, aria=False)
    return [
        names.encode(x=alt.value(1), y=_place(), text="label:N"),
        figures.encode(x=alt.value("width"), y=_place(), text="text:N"),
    ]
