"""Fetches and commits a day of the hotel in a process of its own, page by page, to be killed at it.

python -m polyai_assets_tests.raw.fetching <url of the simulator> <folder> <date>…
"""

import sys
from datetime import date
from pathlib import Path

from polyai_assets.raw.conversations.commit import CommitRules, commit_day
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import FetchRequest
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import HOTEL, NOW, configured


def main(url: str, folder: str, *days: str) -> None:
    connection = configured(HOTEL, url, max_attempts=1).connection()
    request = FetchRequest(
        connection=connection, days=tuple(date.fromisoformat(day) for day in days), page_size=1
    )
    store = RawStore(str(Path(folder) / "raw"))
    with spool(Path(folder) / "spool", NOW, store.frames(HOTEL.key)) as records:
        fetched = fetch(request, records, now=lambda: NOW)
        for day in request.days:
            commit_day(store, fetched, day, CommitRules())


if __name__ == "__main__":
    main(*sys.argv[1:])
