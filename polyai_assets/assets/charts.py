"""Small charts in Markdown, for metadata.

Dagster's UI shows no SVG that stands in Markdown itself, and no HTML; it does show an image whose address is the
image. It plots numbers of partitions by itself, but all projects in one line: these are of one project.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

_LEVELS = "▁▂▃▄▅▆▇█"
_BAR, _GAP, _HEIGHT, _LINE = 10, 2, 48, 14
_BARS, _LAST, _TEXT = "#8b9cf6", "#4f43dd", "#808080"  # to be seen on white and on black


def sparkline(counts: Sequence[int]) -> str:
    """Draw counts as a line of blocks; nothing is a dot."""
    most = max(counts, default=0)
    return "".join(_LEVELS[(len(_LEVELS) - 1) * one // most] if one else "·" for one in counts)


def by_hour(counts: Sequence[int]) -> str:
    """Draw what happened in each hour of a day, as Markdown."""
    return f"`{sparkline(counts)}` 00 to 23 h UTC, at most {max(counts, default=0):,} an hour"


def last_days(counts: Mapping[date, int], last: date, days: int = 30) -> str:
    """Draw a bar a day up to the `last`, as Markdown; a day that is not in `counts` has none."""
    shown = [last - timedelta(days=back) for back in reversed(range(days))]
    most = max((counts.get(day, 0) for day in shown), default=0)
    title = f"{shown[0]} to {last}, at most {most:,} a day"
    return f"![{title}](data:image/svg+xml;base64,{b64encode(_svg(shown, counts, most).encode()).decode()})"


def _svg(days: Sequence[date], counts: Mapping[date, int], most: int) -> str:
    bars = [
        (place * (_BAR + _GAP), max(1, _HEIGHT * counts[day] // max(most, 1)))
        for place, day in enumerate(days)
        if day in counts
    ]
    width, bottom = len(days) * (_BAR + _GAP) - _GAP, _LINE + _HEIGHT
    before, last = (bars[:-1], bars[-1:]) if days[-1] in counts else (bars, [])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + _LINE}" '
        f'font-family="sans-serif" font-size="10" fill="{_TEXT}">'
        f'<path fill="{_BARS}" d="{_path(before, bottom)}"/><path fill="{_LAST}" d="{_path(last, bottom)}"/>'
        f'<text y="10">{most:,}</text><text y="{bottom + 11}">{days[0]:%d %b}</text>'
        f'<text x="{width}" y="{bottom + 11}" text-anchor="end">{days[-1]:%d %b}</text></svg>'
    )


def _path(bars: Sequence[tuple[int, int]], bottom: int) -> str:
    return "".join(f"M{x} {bottom}v-{height}h{_BAR}v{height}z" for x, height in bars)
