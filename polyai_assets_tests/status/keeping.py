"""Two projects of which certificates are kept, and how they stand by these."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.assets.requests import query_of
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.raw.conversations.certificate import Certificate, WalkLog
from polyai_assets.raw.conversations.unsettled import note_fetched
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import SimulatedProject
from polyai_assets.status.standing import ProjectStatus, project_statuses
from polyai_assets_tests.deployment import BANK, HOTEL, configured, platform_in, project_of
from polyai_assets_tests.raw.conversations.test_certificate import PAGE, certificate

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YESTERDAY = date(2025, 3, 9)
PROJECT = project_of(HOTEL)

Keep = Callable[..., Certificate]


def complete(config: ProjectConfig, day: date, **changed: Any) -> Certificate:
    """The certificate of a day that is complete and settled, unless told otherwise."""
    start = midnight(day)
    given = {
        "project": config.project.key,
        "date": day,
        "query": query_of(config),
        "walks": [WalkLog("live", start, start + DAY, [PAGE], "null cursor", 0, [])],
        "fetch_started_at": start + 26 * HOUR,
        "fetch_finished_at": start + 26 * HOUR,
        "in_progress": {},
        "settled": True,
    }
    return certificate(**given | changed)


@pytest.fixture
def platform(tmp_path: Path) -> PlatformConfig:
    return platform_in(tmp_path, *(configured(one, "http://127.0.0.1:1") for one in (HOTEL, BANK)))


@pytest.fixture
def store(platform: PlatformConfig) -> RawStore:
    return RawStore(platform.raw_store)


@pytest.fixture
def keep(platform: PlatformConfig, store: RawStore) -> Keep:
    """Keep a complete and settled day, unless told otherwise."""

    def keep(day: date, project: SimulatedProject = HOTEL, **changed: Any) -> Certificate:
        (config,) = [one for one in platform.projects if one.project.key == project.key]
        written = complete(config, day, **changed)
        CONVERSATION_FILES.put(store, written)
        note_fetched(store, written, config.settle_after)
        return written

    return keep


def status(platform: PlatformConfig, now: datetime = NOW) -> ProjectStatus:
    return project_statuses(platform, now)[0]
