"""The moment to which the demo turns the simulator's clock back, so that conversations are in progress."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from polyai_assets.api.project import Project
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore

_STEP = timedelta(minutes=2)
_LEAST = timedelta(minutes=10)
_MOST = timedelta(days=1)
_WANTED = 2


def busy_moment(
    in_progress: Callable[[datetime], int], now: datetime, fetched_at: datetime | None
) -> datetime | None:
    """Find the latest moment of the last day, at least ten minutes ago, at which two conversations were in progress.

    None where there is none since something was last fetched: as of an earlier moment, what has been fetched would not
    have happened yet, and would seem to vanish. The moments are the same for every `now`, so that a later call never
    finds an earlier one.
    """
    latest = now - _LEAST
    moment = latest - (latest - datetime.min.replace(tzinfo=UTC)) % _STEP
    while moment >= now - _MOST and (fetched_at is None or moment > fetched_at):
        if in_progress(moment) >= _WANTED:
            return moment
        moment -= _STEP
    return None


def last_fetch(store: RawStore, projects: Iterable[Project]) -> datetime | None:
    """Find when the newest fetch ended that is kept of the newest days of projects."""
    newest = (
        store.certificate(Partition(project, day))
        for project in projects
        for day in store.days(project)[-_DAYS:]
    )
    return max(
        (certificate.fetch_finished_at for certificate in newest if certificate is not None), default=None
    )


_DAYS = 8
"""So many days of a project are looked at: the demo fetches no older ones."""
