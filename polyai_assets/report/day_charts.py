"""Charts over days: bars, courses, and states. What is provisional is pale, or hollow."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from polyai_assets.report.amounts import Amount, day, name, quoted
from polyai_assets.report.svg import ACCENT, HEIGHT, INK, MUTED, PAPER, inline

if TYPE_CHECKING:
    import altair as alt

    from polyai_assets.report.svg import Drawable

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
) -> "Drawable":
    """Draw a bar for each day, the equal period before as a line, and marks where there were releases."""
    import altair as alt

    x = _x(days)
    bars = (
        alt.Chart(inline(_values(points, amount)))
        .mark_bar(stroke=ACCENT)
        .encode(
            x=x,
            y=_y(amount, zero=True),
            fillOpacity=alt.condition("datum.provisional", alt.value(_PALE), alt.value(1)),
            strokeOpacity=alt.condition("datum.provisional", alt.value(1), alt.value(0)),
            description="said:N",
        )
    )
    line = (
        alt.Chart(
            inline([{"day": str(shown), "value": then} for shown, then in zip(days, before, strict=True)])
        )
        .mark_line(color=MUTED, strokeWidth=1.2, strokeDash=[3, 2], aria=False)
        .encode(x=x, y=_y(amount, zero=True))
    )
    return alt.layer(bars, line, *_marks(days, releases)).properties(height=HEIGHT)


def draw_lines_by_day(
    days: Sequence[date],
    courses: Sequence[Points],
    amount: Amount,
    releases: Releases = MappingProxyType({}),
    *,
    zero: bool = False,
) -> "Drawable":
    """Draw courses: the first in the accent's colour, the second dark, the third dark and dashed; and releases."""
    import altair as alt

    x, y = _x(days), _y(amount, zero=zero)
    layers: list[Any] = [*_marks(days, releases)]
    for number, points in reversed(list(enumerate(courses))):
        data = inline(_values(points, amount))
        colour = ACCENT if number == 0 else INK
        line = alt.Chart(data).mark_line(
            color=colour,
            strokeWidth=2 if number == 0 else 1.2,
            strokeDash=[4, 3] if number == 2 else [1, 0],
            aria=False,
        )
        layers.append(line.encode(x=x, y=y))
        if len(days) <= _MOST_POINTS:
            dots = alt.Chart(data).mark_point(size=26 if number == 0 else 14, filled=True, stroke=colour)
            layers.append(
                dots.transform_filter("isValid(datum.value)").encode(
                    x=x,
                    y=y,
                    fill=alt.condition("datum.provisional", alt.value(PAPER), alt.value(colour)),
                    description="said:N",
                )
            )
    return alt.layer(*layers).properties(height=HEIGHT)


def _marks(days: Sequence[date], releases: Releases) -> "list[alt.Chart]":
    """Draw a line down from a small triangle at the top of each day with releases."""
    import altair as alt

    if not releases:
        return []
    values = [
        {"day": str(shown), "said": f"{day(shown)}: {_named(names)}"} for shown, names in releases.items()
    ]
    base, x = alt.Chart(inline(values)), _x(days)
    return [
        base.mark_rule(color=MUTED, strokeWidth=1, strokeDash=[1, 3], aria=False).encode(x=x),
        base.mark_point(shape="triangle-down", size=_MARK, filled=True, color=MUTED, opacity=1).encode(
            x=x, y=alt.value(0), description="said:N"
        ),
    ]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, names[:_MOST_NAMED]))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"released {shown}{more}"


def draw_states(rows: Sequence[tuple[str, date, str]], days: Sequence[date]) -> "Drawable":
    """Draw how final each day is: filled where settled, pale complete, hollow provisional, a cross not loaded."""
    import altair as alt

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
    y = alt.Y("project:N", sort=projects, axis=alt.Axis(title=None, labelLimit=_PROJECT, labelColor=INK))
    base = alt.Chart(inline(values))
    loaded = base.transform_filter("datum.state != 'not loaded'").mark_rect(stroke=ACCENT, strokeWidth=1)
    missing = base.transform_filter("datum.state == 'not loaded'").mark_text(color=MUTED)
    opacity = alt.Scale(domain=["settled", "complete", "provisional"], range=[1, _PALE, 0])
    return alt.layer(
        loaded.encode(
            x=_x(days),
            y=y,
            fill=alt.value(ACCENT),
            fillOpacity=alt.FillOpacity("state:N", scale=opacity, legend=None),
            description="said:N",
        ),
        missing.encode(x=_x(days), y=y, text=alt.value("\N{MULTIPLICATION SIGN}"), description="said:N"),
    ).properties(height=_STATE * len(projects) + 30)


def _x(days: Sequence[date]) -> "alt.X":
    import altair as alt

    step = max(1, -(-len(days) // _MOST_LABELS)) if len(days) > _WEEK else 1
    labelled = [str(shown) for shown in days[::step]]
    form = "%a %-d" if len(days) <= _WEEK else "%-d %b"
    return alt.X(
        "day:O",
        scale=alt.Scale(domain=[str(shown) for shown in days], paddingInner=0.25, paddingOuter=0.15),
        axis=alt.Axis(
            values=labelled,
            labelExpr=f"utcFormat(toDate(datum.value), '{form}')",
            title=None,
            labelAngle=0,
            labelOverlap=False,
        ),
    )


def _y(amount: Amount, *, zero: bool) -> "alt.Y":
    import altair as alt

    return alt.Y(
        "value:Q",
        scale=alt.Scale(zero=zero, nice=True),
        axis=alt.Axis(title=None, tickCount=4, format=amount.axis, gridDash=[1, 2]),
    )


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
