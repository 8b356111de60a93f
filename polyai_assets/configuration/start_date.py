"""The first day to have, where nobody has said: stable enough to be the first partition.

"90 days ago" moves every day, and a partition that leaves at the front takes what is known of its day out of Dagster's
sight and breaks backfills that name it. So the default moves in whole months only, and never past a day that is in the
raw store: what was fetched stays a partition.

    today      in the raw store   first partition
    15 March   nothing            1 December
    2 April    from 1 December    1 December        (without anything fetched: 1 January)
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from polyai_assets.api.project import Project

BACK = timedelta(days=90)


def default_start(raw_store: Path, projects: Iterable[Project], today: date) -> date:
    """Give the first day of the month of 90 days ago, or the first day in the raw store if that is earlier."""
    first = (today - BACK).replace(day=1)
    if not raw_store.is_dir():
        return first
    # Only where something was fetched and no start_date is configured does loading pay for this import.
    from polyai_assets.raw.store import RawStore

    store = RawStore(str(raw_store))
    return min([first, *(day for project in projects for day in store.days(project)[:1])])
