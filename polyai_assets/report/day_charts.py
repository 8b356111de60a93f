"""Charts over days: bars, courses, and states. What is provisional is pale, or hollow."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from polyai_assets.report.amounts import Amount, day, name, quoted
from polyai_assets.report.svg import ACCENT, HEIGHT, INK, MUTED, PAPER, SAID, Spec, field, layer, where

_PALE = 0.35
_WEEK = 7
_MOST_POINTS = 31
_MOST_LABELS = 5
_STATE = 22
_PROJECT = 110

_MARK = 40
_MOST_NAMED = 3

Points = Sequence[tuple[date, float | None, bool]]
"""A course: the day, its figure (None is unknown), and whether it is provisional."""

Releases = Mapping[date, Sequence[str]]
"""The names of what was released on a day, which is marked at the top of a chart."""


def draw_bars_by_day(
    days: Sequence[date],
    points: Points,
    before: Sequence[float | None],
    amount: Amount,
    releases: Releases = MappingProxyType({}),
) -> Spec:
    """Draw a bar for each day, the equal period before as a line, and marks where there were releases."""
    place = {"x": _x(days), "y": _y(amount, zero=True)}
    shown = {
        **place,
        "fillOpacity": where("datum.provisional", _PALE, 1),
        "strokeOpacity": where("datum.provisional", 1, 0),
        "description": SAID,
    }
    then = [{"day": str(shown), "value": value} for shown, value in zip(days, before, strict=True)]
    return {
        "layer": [
            layer(_values(points, amount), "bar", shown, stroke=ACCENT),
            layer(then, "line", place, color=MUTED, strokeWidth=1.2, strokeDash=[3, 2], aria=False),
            *_marks(days, releases),
        ],
        "height": HEIGHT,
    }


def draw_lines_by_day(
    days: Sequence[date],
    courses: Sequence[Points],
    amount: Amount,
    releases: Releases = MappingProxyType({}),
    *,
    zero: bool = False,
) -> Spec:
    """Draw courses: the first in the accent's colour, the second dark, the third dark and dashed; and releases."""
    place = {"x": _x(days), "y": _y(amount, zero=zero)}
    layers = _marks(days, releases)
    for number, points in reversed(list(enumerate(courses))):
        values = _values(points, amount)
        colour = ACCENT if number == 0 else INK
        width, dash = 2 if number == 0 else 1.2, [4, 3] if number == 2 else [1, 0]
        layers.append(
            layer(values, "line", place, color=colour, strokeWidth=width, strokeDash=dash, aria=False)
        )
        if len(days) <= _MOST_POINTS:
            dots = {**place, "fill": where("datum.provisional", PAPER, colour), "description": SAID}
            size = 26 if number == 0 else 14
            layers.append(
                layer(values, "point", dots, "isValid(datum.value)", size=size, filled=True, stroke=colour)
            )
    return {"layer": layers, "height": HEIGHT}


def _marks(days: Sequence[date], releases: Releases) -> list[Spec]:
    """Draw a line down from a small triangle at the top of each day with releases."""
    if not releases:
        return []
    values = [
        {"day": str(shown), "said": f"{day(shown)}: {_named(names)}"} for shown, names in releases.items()
    ]
    x = _x(days)
    top = {"x": x, "y": {"value": 0}, "description": SAID}
    return [
        layer(values, "rule", {"x": x}, color=MUTED, strokeWidth=1, strokeDash=[1, 3], aria=False),
        layer(values, "point", top, shape="triangle-down", size=_MARK, filled=True, color=MUTED, opacity=1),
    ]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, names[:_MOST_NAMED]))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"released {shown}{more}"


def draw_states(rows: Sequence[tuple[str, date, str]], days: Sequence[date]) -> Spec:
    """Draw how final each day is: filled where settled, pale complete, hollow provisional, a cross not loaded."""
    values = [
        {
            "project": name(project),
            "day": str(shown),
            "state": state,
            "said": f"{quoted(project)}, {day(shown)}: {state}",
        }
        for project, shown, state in rows
    ]
    projects = list(dict.fromkeys(value["project"] for value in values))
    axis = {"title": None, "labelLimit": _PROJECT, "labelColor": INK}
    place = {"x": _x(days), "y": field("project", "nominal", sort=projects, axis=axis)}
    opacity = {"domain": ["settled", "complete", "provisional"], "range": [1, _PALE, 0]}
    loaded = {
        **place,
        "fill": {"value": ACCENT},
        "fillOpacity": field("state", "nominal", scale=opacity, legend=None),
        "description": SAID,
    }
    missing = {**place, "text": {"value": "\N{MULTIPLICATION SIGN}"}, "description": SAID}
    return {
        "layer": [
            layer(values, "rect", loaded, "datum.state != 'not loaded'", stroke=ACCENT, strokeWidth=1),
            layer(values, "text", missing, "datum.state == 'not loaded'", color=MUTED),
        ],
        "height": _STATE * len(projects) + 30,
    }


def _x(days: Sequence[date]) -> Spec:
    step = max(1, -(-len(days) // _MOST_LABELS)) if len(days) > _WEEK else 1
    form = "%a %-d" if len(days) <= _WEEK else "%-d %b"
    return field(
        "day",
        "ordinal",
        scale={"domain": [str(shown) for shown in days], "paddingInner": 0.25, "paddingOuter": 0.15},
        axis={
            "values": [str(shown) for shown in days[::step]],
            "labelExpr": f"utcFormat(toDate(datum.value), '{form}')",
            "title": None,
            "labelAngle": 0,
            "labelOverlap": False,
        },
    )


def _y(amount: Amount, *, zero: bool) -> Spec:
    axis = {"title": None, "tickCount": 4, "format": amount.axis, "gridDash": [1, 2]}
    return field("value", "quantitative", scale={"zero": zero, "nice": True}, axis=axis)


def _values(points: Points, amount: Amount) -> list[dict[str, Any]]:
    return [
        {
            "day": str(shown),
            "value": value,
            "provisional": provisional,
            "said": f"{day(shown)}: {amount(value)}{', provisional' if provisional else ''}",
        }
        for shown, value, provisional in points
    ]
