"""Small charts in Markdown, for the metadata of partitions.

Dagster's UI shows no SVG that stands in Markdown itself, and no HTML; it does show an image whose address is the image,
at once if the Markdown has less than 1,000 characters. It plots numbers of partitions by itself, but all projects in
one line: these are of one project.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote

from polyai_assets.machine.markdown import code, grid

_LEVELS = "▁▂▃▄▅▆▇█"
_PARTS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_WIDE, _LONGEST = 16, 28
"""Characters of the longest bar, and of the longest name."""
_STEP, _HEIGHT, _LINE = 12, 48, 14
_BARS, _LAST, _TEXT = "#89f", "#43d", "#888"  # to be seen on white and on black
_SAFE = "/:=',;"
"""What may stand in an address within Markdown as it is; the more of it, the shorter."""


def sparkline(counts: Sequence[int]) -> str:
    """Draw counts as a line of blocks; nothing is a dot."""
    most = max(counts, default=0)
    return "".join(_LEVELS[(len(_LEVELS) - 1) * count // most] if count else "·" for count in counts)


def by_hour(counts: Sequence[int], time: str = "UTC") -> str:
    """Draw what happened in each hour of a day, as Markdown; `time` says whose hours."""
    return f"`{sparkline(counts)}` 00 to 23 h {time}, at most {max(counts, default=0):,} an hour"


def last_days(counts: Mapping[date, int], last: date, days: int = 30) -> str:
    """Draw a bar a day up to the `last`, as Markdown; a day that is not in `counts` has none."""
    shown = [last - timedelta(days=back) for back in reversed(range(days))]
    most = max((counts.get(day, 0) for day in shown), default=0)
    title = f"{shown[0]} to {last}, at most {most:,} a day"
    return f"![{title}](data:image/svg+xml,{quote(_svg(shown, counts, most), safe=_SAFE)})"


def _svg(days: Sequence[date], counts: Mapping[date, int], most: int) -> str:
    bars = [
        f"M{place},0v{max(1, _HEIGHT * counts[day] // max(most, 1))}" if day in counts else ""
        for place, day in enumerate(days)
    ]
    width, bottom = len(days) * _STEP, _LINE + _HEIGHT
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{bottom + _LINE}' font-size='10' "
        f"font-family='Arial' fill='{_TEXT}'>"
        f"<g transform='matrix({_STEP},0,0,-1,{_STEP // 2},{bottom})' stroke-width='.8'>"
        f"<path stroke='{_BARS}' d='{''.join(bars[:-1])}'/><path stroke='{_LAST}' d='{bars[-1]}'/></g>"
        f"<text y='10'>{most:,}</text><text y='{bottom + 11}'>{days[0]:%d %b}</text>"
        f"<text x='{width}' y='{bottom + 11}' text-anchor='end'>{days[-1]:%d %b}</text></svg>"
    )


def shares(counts: Mapping[str, int], noun: str, of: int) -> str:
    """Draw the share of each of some counts in `of`, as a table in Markdown; names that are long are cut."""
    rows = [
        (code(_cut(name)), f"{count:,}", f"{count / of:.1%}" if of else "", _bar(count, of))
        for name, count in counts.items()
    ]
    return grid((noun, "calls", "share", ""), rows)


def _bar(count: int, of: int) -> str:
    """Draw a share as full blocks, and one that is cut to an eighth."""
    eighths = round(_WIDE * 8 * min(count / of, 1.0)) if of else 0
    return "█" * (eighths // 8) + _PARTS[eighths % 8]


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
