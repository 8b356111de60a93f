"""Fetches that die and are tried again."""

from datetime import date, datetime
from pathlib import Path

import pytest

from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import Fetch, FetchRequest
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import HOTEL, NOW
from polyai_assets_tests.raw.conversations.resuming import Attempt


@pytest.fixture
def attempt(tmp_path: Path, configure: Configure) -> Attempt:
    """Fetch days of the hotel, one conversation a page; every attempt finds the spool as the last one left it."""

    def attempt(*days: date, now: datetime = NOW, **options: object) -> Fetch:
        config = configure(**{"max_attempts": 1, "page_size": 1, **options})
        request = FetchRequest(connection=config.connection(), days=days, page_size=config.page_size)
        frames = RawStore(str(tmp_path / "raw")).frames(HOTEL.key)
        with spool(tmp_path / "spool", now, frames) as records:
            return fetch(request, records, now=lambda: now)

    return attempt
