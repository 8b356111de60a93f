"""What a backfill runs, and what it says of wishes that cannot be met."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.assets.step import FETCH, RETIRED_TAG
from polyai_assets.automation.jobs import DETAILS, INGEST, PARITY, RECORDINGS, REPLAY, RETRIEVAL
from polyai_assets.backfill.batches import Batch, NothingToRun, Wanted, plan_batches
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import RAW, RetentionDays
from polyai_assets.raw.retrieval.searches import SEARCH_FILES
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    HOTEL,
    configured,
    platform_in,
    project_of,
)
from polyai_assets_tests.status.keeping import complete

URL = "http://127.0.0.1:1"
EVERYTHING = {
    "details": True,
    "audio": AudioConfig(calls="all"),
    "searches": (SearchConfig(name="angry", type="semantic", query="upset"),),
    "compare_with": CompareConfig(api_version="v2"),
}


@pytest.fixture
def platform(tmp_path: Path) -> PlatformConfig:
    """A hotel with everything that can be fetched, and a bank with conversations only."""
    return platform_in(tmp_path, configured(HOTEL, URL, **EVERYTHING), configured(BANK, URL, details=False))


def plan(
    platform: PlatformConfig, configs: Sequence[ProjectConfig] | None = None, **wanted: object
) -> list[Batch]:
    chosen = [(platform, platform.projects if configs is None else configs)]
    return plan_batches(chosen, Wanted(**wanted), DAY4)  # type: ignore[arg-type]


def jobs(batches: Sequence[Batch]) -> list[tuple[str, str]]:
    return [(batch.config.project.key, batch.job) for batch in batches]


def test_all_projects_are_fetched_from_the_first_day_to_today(platform: PlatformConfig):
    batches = plan(platform)
    assert jobs(batches) == [(HOTEL.key, INGEST), (BANK.key, INGEST)]
    assert all(batch.days == (DAY1, DAY2, DAY3, DAY4) for batch in batches)


def test_what_is_wanted_beside_follows_where_a_project_has_it(platform: PlatformConfig):
    found = jobs(plan(platform, more={DETAILS, RECORDINGS, RETRIEVAL, PARITY}))
    after = [(HOTEL.key, job) for job in (DETAILS, RECORDINGS, RETRIEVAL, PARITY)]
    assert found == [(HOTEL.key, INGEST), *after, (BANK.key, INGEST)]


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (DETAILS, "--details: set details: true (or by_hand) for uk-1/acme/card-support in defs.yaml first"),
        (RECORDINGS, "--audio: set audio: {calls: all} (or handoffs) for uk-1/acme/card-support"),
        (RETRIEVAL, "--searches: set searches for uk-1/acme/card-support in defs.yaml first"),
        (PARITY, "--compare: set compare_with for uk-1/acme/card-support in defs.yaml first"),
    ],
)
def test_what_a_named_project_has_not_is_told_with_what_to_set(platform: PlatformConfig, job: str, told: str):
    with pytest.raises(NothingToRun) as error:
        plan(platform, platform.projects[1:], more={job}, named=True)
    assert told in str(error.value)


def test_what_no_project_has_is_told_too(tmp_path: Path):
    with pytest.raises(NothingToRun, match=r"--audio: set audio: .* for a project in defs.yaml first"):
        plan(platform_in(tmp_path, configured(BANK, URL)), more={RECORDINGS})


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"since": DAY3, "until": DAY2}, "--until 2025-03-02 is before --since 2025-03-03"),
        ({"since": DAY1 - timedelta(days=1)}, "--since 2025-02-28 is before the first day, 2025-03-01"),
        ({"until": DAY1 - timedelta(days=1)}, "--until 2025-02-28 is before the first day, 2025-03-01"),
        ({"until": DAY4 + timedelta(days=1)}, "these days are in the future; today is 2025-03-04 in UTC"),
        ({"replay": True, "missing": True}, "leave out --replay, or --missing"),
        ({"replay": True, "more": {RECORDINGS}}, "leave out --replay, or --audio"),
        ({"replay": True, "more": {PARITY}}, "leave out --replay, or --compare"),
    ],
)
def test_wishes_that_cannot_be_met_are_told_in_a_line(
    platform: PlatformConfig, wanted: dict[str, object], told: str
):
    with pytest.raises(NothingToRun) as error:
        plan(platform, **wanted)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture
def fetched(platform: PlatformConfig) -> PlatformConfig:
    """The hotel has two days, one of them with details."""
    store = RawStore(platform.raw_store)
    for day in (DAY1, DAY3):
        CONVERSATION_FILES.put(store, complete(platform.projects[0], day))
    store.write(DETAIL_FILES.name(Partition(project_of(HOTEL), DAY3)), b"{}")
    return platform


def test_missing_are_the_days_without_what_a_job_fetches(fetched: PlatformConfig):
    batches = plan(fetched, fetched.projects[:1], missing=True, more={DETAILS})
    assert [(batch.job, batch.days) for batch in batches] == [
        (INGEST, (DAY2, DAY4)),
        (DETAILS, (DAY1, DAY2, DAY4)),
    ]


def test_where_nothing_is_missing_nothing_is_run(fetched: PlatformConfig):
    assert plan(fetched, fetched.projects[:1], missing=True, since=DAY3, until=DAY3) == []


def test_replayed_are_the_days_that_were_fetched_and_the_tables_alone(fetched: PlatformConfig):
    batches = plan(fetched, replay=True, more={DETAILS})
    assert [(batch.job, batch.days) for batch in batches] == [(REPLAY, (DAY1, DAY3)), (DETAILS, (DAY3,))]
    assert [key.path[-1] for key in batches[1].assets or ()] == [
        "conversation_details",
        "function_events",
        "metric_events",
    ]


def batch_of(platform: PlatformConfig, days: Sequence[date]) -> Batch:
    return Batch(platform, platform.projects[0], INGEST, tuple(days))


def test_a_run_takes_a_calendar_month_so_that_the_next_backfill_cuts_the_same(tmp_path: Path):
    platform = platform_in(tmp_path, configured(HOTEL, URL))
    days = [date(2025, 1, 30) + timedelta(days=n) for n in range(40)]
    runs = list(batch_of(platform, days).runs())
    assert [(run[0], run[-1]) for run in runs] == [
        (date(2025, 1, 30), date(2025, 1, 31)),
        (date(2025, 2, 1), date(2025, 2, 28)),
        (date(2025, 3, 1), date(2025, 3, 10)),
    ]


@given(st.sets(st.dates(date(2024, 11, 1), date(2025, 4, 15))), st.none() | st.integers(1, 40))
def test_runs_take_just_these_days_each_once_and_no_more_than_is_said(days: set[date], size: int | None):
    platform = platform_in(Path(), configured(HOTEL, URL), backfill_days_per_run=size)
    runs = list(batch_of(platform, sorted(days)).runs())
    assert [day for run in runs for day in run] == sorted(days)
    assert all(0 < len(run) <= (size or 31) for run in runs)


def test_the_hits_of_searches_are_asked_for_or_listed_again_where_they_were(platform: PlatformConfig):
    store = RawStore(platform.raw_store)
    store.write(SEARCH_FILES.name(Partition(project_of(HOTEL), DAY2)), b"{}")
    asked = plan(platform, platform.projects[:1], more={RETRIEVAL})[-1]
    assert (asked.job, asked.days, asked.run_config) == (RETRIEVAL, (DAY1, DAY2, DAY3, DAY4), {})
    assert [key.path[-1] for key in asked.assets or ()] == ["search_hits"]
    again = plan(platform, platform.projects[:1], more={RETRIEVAL}, replay=True)[-1]
    assert (again.job, again.days) == (RETRIEVAL, (DAY2,))
    assert again.run_config == {"ops": {"search_hits": {"config": {"replay": True}}}}


def test_retired_days_are_left_out_unless_they_are_wanted(tmp_path: Path):
    hotel = configured(HOTEL, URL, **EVERYTHING)
    platform = platform_in(tmp_path, hotel)
    store = RawStore(platform.raw_store)
    CONVERSATION_FILES.put(store, complete(hotel, DAY2, retired={RAW: midnight(DAY4)}))
    (batch,) = plan(platform)
    assert (batch.days, batch.left_out, batch.tags) == ((DAY1, DAY3, DAY4), [DAY2], {})
    (wanted,) = plan(platform, retired=True)
    assert (wanted.days, wanted.left_out, wanted.tags) == ((DAY1, DAY2, DAY3, DAY4), [], {RETIRED_TAG: FETCH})
    with pytest.raises(NothingToRun, match="nothing is left to replay"):
        plan(platform, retired=True, replay=True)


def test_days_whose_rows_would_be_removed_again_are_left_out(tmp_path: Path):
    platform = platform_in(tmp_path, configured(HOTEL, URL, retention=RetentionDays(raw=1, facts=1)))
    (batch,) = plan(platform)
    assert (batch.days, batch.left_out) == ((DAY3, DAY4), [DAY1, DAY2])
