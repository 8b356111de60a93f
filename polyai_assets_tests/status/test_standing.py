"""How projects stand, as it is said by what lies in the raw store."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.raw.conversations.proof import SWITCHED_OFF, Proof, ProofState
from polyai_assets.raw.conversations.unsettled import note_failed
from polyai_assets.raw.kept_from import note_kept_from
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import RAW, RetentionDays
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import SimulatedProject
from polyai_assets.status.standing import project_statuses
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, HOTEL, configured, platform_in, project_of
from polyai_assets_tests.status.keeping import (
    DAY,
    HOUR,
    NOW,
    PROJECT,
    YESTERDAY,
    Keep,
    keep,
    platform,
    status,
    store,
)

__all__ = ["keep", "platform", "store"]


def test_a_current_project_has_no_problems(platform: PlatformConfig, keep: Keep):
    for back in range(1, 5):
        keep(NOW.date() - back * DAY)
    found = status(platform)
    assert (found.project, found.last_complete, found.problems) == (HOTEL.key, YESTERDAY, [])
    assert found.last_fetch == midnight(YESTERDAY) + 26 * HOUR
    assert (found.unsettled, found.oldest_open, found.next_look) == (0, None, None)


def test_days_that_could_not_be_proven_are_told_by_cause_and_are_not_complete(
    platform: PlatformConfig, keep: Keep
):
    lacking = Proof(
        state=ProofState.UNPROVEN, explanation="two walks differ", remedy="Set verify: off", looks=2
    )
    keep(YESTERDAY - 3 * DAY)
    for back in (0, 1, 2):
        keep(YESTERDAY - back * DAY, proof=lacking, settled=False)
    found = status(platform)
    assert found.last_complete == YESTERDAY - 3 * DAY
    assert (found.proof, len(found.unproven), found.unsettled) == ("unproven", 3, 3)
    assert (
        "2025-03-07 to 2025-03-09 (3 days) are unproven: two walks differ. Set verify: off" in found.problems
    )
    assert found.next_look == midnight(YESTERDAY - 2 * DAY) + 30 * HOUR


def test_a_project_without_verification_is_current_and_says_so(platform: PlatformConfig, keep: Keep):
    keep(YESTERDAY, proof=SWITCHED_OFF)
    found = status(platform)
    assert (found.proof, found.problems) == ("unproven (verification is switched off)", [])


def test_a_project_that_was_never_fetched_says_so(platform: PlatformConfig):
    found = status(platform)
    assert (found.last_complete, found.last_fetch) == (None, None)
    assert found.problems == ["no day that is over is complete"]


def test_every_project_is_told_by_itself(platform: PlatformConfig, keep: Keep):
    keep(YESTERDAY, BANK)
    hotel, bank = project_statuses(platform, NOW)
    assert (hotel.problems, bank.problems) == (["no day that is over is complete"], [])


@pytest.mark.parametrize(("hour", "behind"), [(5, False), (6, True)])
def test_yesterday_is_missed_some_hours_into_today(
    platform: PlatformConfig, keep: Keep, hour: int, behind: bool
):
    keep(YESTERDAY - DAY)
    problems = status(platform, midnight(NOW.date()) + hour * HOUR).problems
    assert problems == (["the last complete day is 2025-03-08, 1 days behind"] if behind else [])


def test_a_day_that_was_fetched_before_it_was_over_is_not_complete(platform: PlatformConfig, keep: Keep):
    keep(YESTERDAY - DAY)
    keep(YESTERDAY, fetch_started_at=midnight(YESTERDAY) + HOUR, settled=False)
    found = status(platform)
    assert found.last_complete == YESTERDAY - DAY
    assert found.next_look == midnight(YESTERDAY) + HOUR + timedelta(minutes=15)


def test_open_conversations_are_told_since_when(platform: PlatformConfig, keep: Keep):
    running = {"CA1": NOW - 20 * HOUR, "CA2": NOW - 13 * HOUR}
    keep(YESTERDAY, in_progress=running, settled=False)
    found = status(platform)
    assert (found.unsettled, found.oldest_open, found.next_look) == (1, NOW - 20 * HOUR, NOW)
    assert found.problems == []


def test_one_that_is_open_for_too_long_is_a_problem(platform: PlatformConfig, keep: Keep):
    keep(YESTERDAY, in_progress={"CA1": NOW - 25 * HOUR}, settled=False)
    assert status(platform).problems == ["1 conversations have been in progress since 2025-03-09 11:00 UTC"]


def test_a_red_day_is_told_with_its_reason_and_the_next_attempt(
    platform: PlatformConfig, keep: Keep, store: RawStore
):
    keep(YESTERDAY)
    for hours in (3, 2):
        note_failed(store, Partition(PROJECT, YESTERDAY), "the key was refused", NOW - hours * HOUR)
    found = status(platform)
    assert found.problems == ["2025-03-09 is red since 2025-03-10 09:00 UTC: the key was refused"]
    assert [day.date for day in found.red] == [YESTERDAY]
    assert found.next_look == NOW - 2 * HOUR + timedelta(minutes=60)


def test_a_red_day_that_was_given_up_says_so(platform: PlatformConfig, keep: Keep, store: RawStore):
    keep(YESTERDAY)
    for _ in range(12):
        note_failed(store, Partition(PROJECT, YESTERDAY), "gone", NOW - HOUR)
    found = status(platform)
    (cause,) = found.causes
    assert cause.says.endswith("UTC: gone")
    assert cause.remedy == "no longer tried by itself; at once, when the cause is gone"
    assert cause.commands == [f"polyai backfill {HOTEL.key} --since 2025-03-09 --until 2025-03-09"]
    assert found.next_look is None


def test_a_day_whose_turns_never_came_is_told_wherever_it_lies(platform: PlatformConfig, keep: Keep):
    keep(YESTERDAY)
    keep(YESTERDAY - DAY, turns=TurnCount(9, 3, "on", 1, {"CA1": (9, 3)}))
    (problem,) = status(platform).problems
    assert problem.startswith("2025-03-08 is not complete: 1 conversation came with fewer turns")
    assert status(platform).causes[0].commands == [
        f'polyai accept {HOTEL.key} 2025-03-08 --why "…"',
        f"polyai backfill {HOTEL.key} --since 2025-03-08 --until 2025-03-08",
    ]


def test_days_that_nobody_asked_for_are_told_and_are_no_problem(platform: PlatformConfig, keep: Keep):
    for back in (1, 2, 5):
        keep(NOW.date() - back * DAY)
    found = status(platform)
    assert found.problems == []
    assert [str(day) for day in found.never_fetched] == ["2025-03-06", "2025-03-07"]


def test_days_with_other_filters_than_now_are_stale(platform: PlatformConfig, keep: Keep, tmp_path: Path):
    for back in (1, 2):
        keep(NOW.date() - back * DAY)
    changed = platform_in(tmp_path, configured(HOTEL, "http://127.0.0.1:1", channels=("voice",)))
    found = status(changed)
    assert list(found.stale) == [date(2025, 3, 8), YESTERDAY]
    assert found.problems == [
        "2 days since 2025-03-08 were fetched with other filters than are configured now"
    ]
    assert found.causes[0].commands == [f"polyai backfill {HOTEL.key} --since 2025-03-08 --until 2025-03-09"]


@pytest.mark.parametrize(("refused_now", "stale"), [([], True), (["include_context_state"], False)])
def test_days_without_details_that_polyai_gives_by_now_are_stale(
    platform: PlatformConfig, keep: Keep, refused_now: list[str], stale: bool
):
    keep(YESTERDAY - DAY, left_out=["include_context_state"], fetch_started_at=NOW - 2 * DAY)
    keep(YESTERDAY, left_out=refused_now, fetch_started_at=NOW)
    assert list(status(platform).stale) == ([YESTERDAY - DAY] if stale else [])


def test_a_damaged_certificate_is_told_and_hides_nothing_else(
    platform: PlatformConfig, keep: Keep, store: RawStore
):
    keep(YESTERDAY - DAY)
    keep(YESTERDAY)
    store.write(f"{Partition(project_of(HOTEL), YESTERDAY - DAY).folder}/certificate.json", b"{")
    found = status(platform)
    assert found.last_complete == YESTERDAY
    (problem,) = found.problems
    assert "is no certificate that we can read" in problem


def test_only_so_many_days_back_are_looked_at(platform: PlatformConfig, keep: Keep):
    keep(NOW.date() - 40 * DAY)
    assert status(platform).last_complete is None
    assert project_statuses(platform, NOW, look_back=60)[0].last_complete is None  # before start_date
    keep(platform.start_date)
    assert status(platform).last_complete == platform.start_date


def test_where_only_older_days_were_fetched_the_days_that_are_looked_at_are_named(
    platform: PlatformConfig, keep: Keep
):
    for back in (40, 41, 42):
        keep(NOW.date() - back * DAY)
    keep(NOW.date() - 39 * DAY, fetch_started_at=midnight(NOW.date() - 39 * DAY))  # while it went on
    found = status(platform)
    assert found.last_fetch == midnight(NOW.date() - 39 * DAY) + 26 * HOUR
    days = (NOW.date() - max(platform.start_date, NOW.date() - 31 * DAY)).days
    assert found.problems == [
        f"no day of the last {days} days was fetched; "
        "last fetch 2025-01-31 02:00 UTC, newest complete day 2025-01-29"
    ]


def freshness(deploy: Deploy, configure: Configure, *projects: SimulatedProject) -> dict[str, bool]:
    """Evaluate the checks, as their schedule does."""
    deployment = deploy(*(configure(one) for one in projects))
    (checks,) = deployment.definitions.asset_checks or []
    job = dg.Definitions(
        assets=deployment.definitions.assets,
        asset_checks=[checks],
        jobs=[dg.define_asset_job("fresh", selection=dg.AssetSelection.checks(checks))],
        resources=deployment.definitions.resources,
    ).resolve_job_def("fresh")
    result = job.execute_in_process(instance=deployment.instance)
    return {one.check_name: one.passed for one in result.get_asset_check_evaluations()}


def test_a_dead_project_does_not_hide_behind_a_live_one(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(HOTEL), configure(BANK))
    yesterday = datetime.now(UTC).date() - DAY
    deployment.simulator.clock.follow_the_machine()
    assert deployment.run(yesterday - DAY, yesterday, assets=["raw_conversations"]).success
    assert freshness(deploy, configure, HOTEL, BANK) == {
        "freshness_us_1_acme_hotel_bot": True,
        "freshness_uk_1_acme_card_support": False,
    }


def test_a_retired_day_needs_no_one_and_is_shown(platform: PlatformConfig, keep: Keep, store: RawStore):
    keep(YESTERDAY)
    lacking = TurnCount(12, 10, "on", 2, {})
    keep(date(2025, 3, 8), retired={RAW: NOW}, query={"client_env": ["sandbox"]}, turns=lacking)
    note_kept_from(store, PROJECT, {RAW: YESTERDAY})
    found = status(platform)
    assert (found.problems, found.stale, found.kept_from) == ([], [], {RAW: YESTERDAY})


def test_what_should_have_been_removed_is_a_problem(tmp_path: Path, keep: Keep, store: RawStore):
    kept = configured(HOTEL, "http://127.0.0.1:1", retention=RetentionDays(raw=5, audio=30))
    platform = platform_in(tmp_path, kept)
    for back in range(9, 0, -1):
        keep(NOW.date() - back * DAY)
    (cause,) = status(platform).causes
    assert cause.says == "raw of days before 2025-03-03 should have been removed by now"
    assert cause.commands == ["polyai retention"]
    note_kept_from(store, PROJECT, {RAW: date(2025, 3, 4)})
    assert status(platform).problems == []
