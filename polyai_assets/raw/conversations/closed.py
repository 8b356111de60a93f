"""A walk over a window that reached its end."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from polyai_assets.raw.conversations.certificate import WalkLog
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.windows import Window, spans


class Closed(NamedTuple):
    """A walk over a window that reached its end, with its records; `number` as in the certificate."""

    window: Window
    client_env: str
    walk: WalkSpool
    number: int = 1

    @property
    def log(self) -> WalkLog:
        """What the certificate says of it."""
        window, walk = self.window, self.walk
        return WalkLog(
            self.client_env,
            window.start,
            window.end,
            walk.pages,
            walk.closed_by,
            len(walk.outside),
            walk.duplicates,
            self.number,
            dict(walk.unknown),
        )


def as_walked(days: set[date], walked: Sequence[Closed]) -> list[Window]:
    """Join days into windows that reach over their ends if the walks did that fetched them."""
    narrow = {day for closed in walked if not closed.window.overlap for day in closed.window.dates}
    within = [Window(span.start, span.end, timedelta(0)) for span in spans(list(days & narrow))]
    return sorted(spans(list(days - narrow)) + within)


def left_out_of(walked: Iterable[Closed]) -> tuple[str, ...]:
    """Give the details that PolyAI refused, so that walks came without them, by name."""
    return tuple(sorted({name for closed in walked for name in closed.walk.left_out}))
