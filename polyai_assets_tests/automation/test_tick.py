"""A look at many projects: what is asked, what is wished for, and what one's trouble means to the others."""

import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.errors import PolyAIError, ServerError, Unauthorized
from polyai_assets.automation.tick import MOST_REQUESTS, ProjectMemory, Tick, look
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.raw.conversations.unsettled import read_unsettled
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import SimulatedProject
from polyai_assets_tests.deployment import DAY1, NOW, configured, definitions_of, platform_in

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def project(number: int, **options: Any) -> ProjectConfig:
    simulated = SimulatedProject("us-1", "acme", f"bot-{number:02}", f"key-{number}", "hotel", 3)
    return configured(simulated, "http://127.0.0.1:1", max_open_hours=720, **options)


PROJECTS = [project(number) for number in range(5)]


def open_day(config: ProjectConfig, day: date = DAY1, *running: str) -> Unsettled:
    return Unsettled(
        project=config.project.key,
        date=day,
        state=State.OPEN,
        since=NOW,
        fetched_at=NOW - MINUTE,
        running=dict.fromkeys(running or ["CA1"], NOW - 5 * MINUTE),
    )


class PolyAI:
    """Answers what is running; projects may fail."""

    def __init__(self, *running: str, failing: Mapping[str, PolyAIError] | None = None) -> None:
        self.asked: list[tuple[str, datetime, datetime]] = []
        self._running = set(running)
        self._failing = failing or {}

    def __call__(self, config: ProjectConfig, first: datetime, last: datetime) -> set[str]:
        self.asked.append((config.project.key, first, last))
        if config.project.key in self._failing:
            raise self._failing[config.project.key]
        return self._running

    @property
    def projects(self) -> list[str]:
        return sorted(key for key, _, _ in self.asked)


def tick(
    days: list[Unsettled],
    polyai: PolyAI,
    memory: Mapping[str, ProjectMemory] | None = None,
    now: datetime = NOW,
) -> Tick:
    return look(PROJECTS, days, memory or {}, {}, polyai, now)


def test_each_project_is_asked_once_about_all_its_days():
    first, second, *_ = PROJECTS
    days = [open_day(first), open_day(first, DAY1 + DAY, "CA2", "CA3"), open_day(second)]
    polyai = PolyAI("CA1", "CA2", "CA3")
    found = tick(days, polyai)
    assert polyai.projects == [first.project.key, second.project.key]
    assert (found.calls, found.following, found.requests) == (2, 3, [])


@given(
    st.lists(
        st.tuples(st.sampled_from(PROJECTS), st.integers(0, 9), st.sampled_from(State), st.booleans()),
        unique_by=lambda one: (one[0].project.key, one[1]),
    )
)
def test_projects_are_asked_at_most_once_and_only_about_something_running(
    chosen: list[tuple[ProjectConfig, int, State, bool]],
):
    days = [
        Unsettled(
            project=config.project.key,
            date=DAY1 + number * DAY,
            state=state,
            since=NOW,
            running={"CA1": NOW} if runs else {},
        )
        for config, number, state, runs in chosen
    ]
    polyai = PolyAI()
    found = tick(days, polyai)
    waiting = {day.project for day in days if day.running and day.state is State.OPEN}
    assert polyai.projects == sorted(waiting)
    assert found.calls == len(waiting)
    assert {(config.project.key, request.day) for config, request in found.requests} <= {
        (day.project, day.date) for day in days
    }


def test_the_index_may_know_projects_that_are_configured_no_more():
    gone = project(99)
    polyai = PolyAI()
    found = tick([open_day(gone)], polyai)
    assert (polyai.asked, found.requests, found.following) == ([], [], 0)


def test_one_that_fails_does_not_stop_the_others():
    bad, good, *_ = PROJECTS
    polyai = PolyAI(failing={bad.project.key: Unauthorized("The key was refused.")})
    found = tick([open_day(bad), open_day(good)], polyai)
    assert [config.project.key for config, _ in found.requests] == [good.project.key]
    assert found.warnings == ["The key was refused. It is asked again at 12:01:00 UTC."]


def test_one_that_fails_is_left_alone_longer_each_time_and_the_others_are_not():
    bad, good, *_ = PROJECTS
    days = [open_day(bad), open_day(good)]
    memory: Mapping[str, ProjectMemory] = {}
    asked_at = []
    for minute in range(200):
        polyai = PolyAI("CA1", failing={bad.project.key: ServerError("down")})
        memory = tick(days, polyai, memory, NOW + minute * MINUTE).memory
        assert good.project.key in polyai.projects
        if bad.project.key in polyai.projects:
            asked_at.append(minute)
    assert asked_at == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_one_that_answers_again_is_asked_in_every_tick():
    bad, *_ = PROJECTS
    memory = {bad.project.key: ProjectMemory(failures=7, pause_until=NOW)}
    memory = tick([open_day(bad)], PolyAI("CA1"), memory).memory
    assert memory == {bad.project.key: ProjectMemory()}


def test_days_without_anything_running_are_seen_to_while_a_project_cannot_be_asked():
    bad, *_ = PROJECTS
    interrupted = Unsettled(project=bad.project.key, date=DAY1 + DAY, state=State.FETCHING, since=NOW)
    polyai = PolyAI(failing={bad.project.key: ServerError("down")})
    found = tick([open_day(bad), interrupted], polyai)
    assert [request.day for _, request in found.requests] == [DAY1 + DAY]


def test_a_tick_wishes_for_a_bounded_number_of_days_the_oldest_first_and_the_next_goes_on():
    days = [
        Unsettled(project=PROJECTS[0].project.key, date=DAY1 + n * DAY, state=State.FETCHING, since=NOW)
        for n in range(MOST_REQUESTS + 10)
    ]
    first = tick(days, PolyAI())
    assert [request.day for _, request in first.requests] == [DAY1 + n * DAY for n in range(MOST_REQUESTS)]
    second = tick(days, PolyAI(), first.memory, NOW + MINUTE)
    assert [request.day for _, request in second.requests] == [
        DAY1 + n * DAY for n in range(MOST_REQUESTS, len(days))
    ]


def test_what_is_settled_is_forgotten():
    memory = {config.project.key: ProjectMemory({DAY1: NOW}) for config in PROJECTS}
    assert tick([open_day(PROJECTS[0], DAY1 + DAY)], PolyAI("CA1"), memory).memory == {
        PROJECTS[0].project.key: ProjectMemory()
    }


def test_a_project_that_does_not_answer_in_time_does_not_hold_up_the_tick():
    slow, quick, *_ = PROJECTS
    over = threading.Event()

    def ask(config: ProjectConfig, _first: datetime, _last: datetime) -> set[str]:
        if config is slow:
            over.wait(30)
        return set()

    found = look(PROJECTS, [open_day(slow), open_day(quick)], {}, {}, ask, NOW, budget=0.2)
    over.set()
    assert [config.project.key for config, _ in found.requests] == [quick.project.key]


def test_what_nobody_foresaw_is_not_hidden():
    def ask(_config: ProjectConfig, _first: datetime, _last: datetime) -> set[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look(PROJECTS, [open_day(PROJECTS[0])], {}, {}, ask, NOW)


@pytest.fixture
def platform(tmp_path: Path) -> PlatformConfig:
    """Ninety projects and three years."""
    start_date = datetime.now(UTC).date() - timedelta(days=3 * 365)
    return platform_in(tmp_path, *(project(number) for number in range(90)), start_date=start_date)


def test_a_tick_over_a_hundred_settled_projects_makes_no_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    store = RawStore(str(tmp_path / "raw"))
    projects = [project(number) for number in range(100)]
    polyai = PolyAI()
    began = time.perf_counter()
    found = look(projects, read_unsettled(store), {}, {}, polyai, NOW)
    seconds = time.perf_counter() - began
    assert (found.calls, found.requests, polyai.asked) == (0, [], [])
    with capsys.disabled():
        sys.stdout.write(f"\na tick over 100 settled projects took {1000 * seconds:.1f} ms\n")


def test_ninety_projects_over_three_years_load(
    platform: PlatformConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    definitions = definitions_of(platform, tmp_path)
    dg.Definitions.validate_loadable(definitions)
    partitions = definitions.resolve_asset_graph().get(dg.AssetKey("turns")).partitions_def
    assert partitions is not None
    assert partitions.get_num_partitions() > 90 * 3 * 365
    assert caplog.text == ""


def test_more_partitions_than_dagster_is_made_for_are_warned_of(
    platform: PlatformConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    definitions_of(replace(platform, start_date=date(2020, 1, 1)), tmp_path)
    assert "more than the 100000 that Dagster is made for: choose a later start_date" in caplog.text


def test_the_sensor_skips_a_tick_over_many_settled_projects_without_a_call(
    platform: PlatformConfig, tmp_path: Path, instance: dg.DagsterInstance
):
    # their host refuses every connection: a call would be told as a warning, and remembered
    definitions = definitions_of(platform, tmp_path)
    sensor = definitions.resolve_sensor_def("finished_conversations")
    with dg.build_sensor_context(instance=instance, definitions=definitions) as context:
        found = sensor.evaluate_tick(context)
    assert (found.skip_message, found.cursor) == ("every partition that was fetched is settled", "{}")
