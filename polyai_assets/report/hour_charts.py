"""Charts over hours: of the week, and of a day."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polyai_assets.report.svg import ACCENT, HEIGHT, RULE, inline

if TYPE_CHECKING:
    from polyai_assets.report.svg import Drawable

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def draw_week(cells: Sequence[tuple[int, int, float]]) -> "Drawable":
    """Draw the hours of a week: weekday (1 is Monday), hour, and how many calls begin in it."""
    import altair as alt

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
    x = alt.X(
        "hour:O",
        scale=alt.Scale(domain=list(range(24)), padding=0.08),
        axis=alt.Axis(title=None, values=[0, 6, 12, 18, 23], labelAngle=0, domain=False),
    )
    y = alt.Y("weekday:O", scale=alt.Scale(domain=list(WEEKDAYS), padding=0.08), axis=alt.Axis(title=None))
    grid = alt.Chart(
        inline([{"weekday": weekday, "hour": hour} for weekday in WEEKDAYS for hour in range(24)])
    ).mark_rect(fill=RULE, fillOpacity=0.45, aria=False)
    filled = alt.Chart(inline(values)).mark_rect(fill=ACCENT)
    return alt.layer(
        grid.encode(x=x, y=y),
        filled.encode(
            x=x,
            y=y,
            fillOpacity=alt.FillOpacity(
                "strength:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None
            ),
            description="said:N",
        ),
    ).properties(height=7 * 20 + 30)


def draw_hours(hours: Sequence[tuple[int, float]]) -> "Drawable":
    """Draw a bar for each hour of a day."""
    import altair as alt

    values = [{"hour": hour, "value": value, "said": f"{hour:02}:00: {value:,.0f}"} for hour, value in hours]
    bars = (
        alt.Chart(inline(values))
        .mark_bar(color=ACCENT)
        .encode(
            x=alt.X(
                "hour:O",
                scale=alt.Scale(domain=list(range(24)), paddingInner=0.2),
                axis=alt.Axis(title=None, values=[0, 6, 12, 18, 23], labelAngle=0),
            ),
            y=alt.Y("value:Q", axis=alt.Axis(title=None, tickCount=4, format="~s", gridDash=[1, 2])),
            description="said:N",
        )
    )
    return alt.layer(bars).properties(height=HEIGHT)
