"""Charts over hours: of the week, and of a day."""

from collections.abc import Sequence

from polyai_assets.report.svg import ACCENT, HEIGHT, RULE, SAID, Spec, field, layer

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_HOURS = list(range(24))
_AXIS = {"title": None, "values": [0, 6, 12, 18, 23], "labelAngle": 0}


def draw_week(cells: Sequence[tuple[int, int, float]]) -> Spec:
    """Draw the hours of a week: weekday (1 is Monday), hour, and how many calls begin in it."""
    most = max((value for _, _, value in cells), default=0) or 1
    values = [
        {
            "weekday": WEEKDAYS[weekday - 1],
            "hour": hour,
            "strength": value / most,
            "said": f"{WEEKDAYS[weekday - 1]} {hour:02}:00: {value:,.1f}",
        }
        for weekday, hour, value in cells
    ]
    place = {
        "x": field(
            "hour", "ordinal", scale={"domain": _HOURS, "padding": 0.08}, axis={**_AXIS, "domain": False}
        ),
        "y": field(
            "weekday", "ordinal", scale={"domain": list(WEEKDAYS), "padding": 0.08}, axis={"title": None}
        ),
    }
    strength = field("strength", "quantitative", scale={"domain": [0, 1], "range": [0, 1]}, legend=None)
    grid = [{"weekday": weekday, "hour": hour} for weekday in WEEKDAYS for hour in _HOURS]
    return {
        "layer": [
            layer(grid, "rect", place, fill=RULE, fillOpacity=0.45, aria=False),
            layer(values, "rect", {**place, "fillOpacity": strength, "description": SAID}, fill=ACCENT),
        ],
        "height": 7 * 20 + 30,
    }


def draw_hours(hours: Sequence[tuple[int, float]]) -> Spec:
    """Draw a bar for each hour of a day."""
    values = [{"hour": hour, "value": value, "said": f"{hour:02}:00: {value:,.0f}"} for hour, value in hours]
    height = {"title": None, "tickCount": 4, "format": "~s", "gridDash": [1, 2]}
    shown = {
        "x": field("hour", "ordinal", scale={"domain": _HOURS, "paddingInner": 0.2}, axis=_AXIS),
        "y": field("value", "quantitative", axis=height),
        "description": SAID,
    }
    return {"layer": [layer(values, "bar", shown, color=ACCENT)], "height": HEIGHT}
