"""The plan of a project, held against what is true of it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.assets.requests import commit_rules, fetch_request
from polyai_assets.configuration import ProjectConfig
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.plan.estimate import Estimate
from polyai_assets.plan.facts import Span
from polyai_assets.plan.layers import AUDIO, DETAILS, RAW_STORE, SEARCHES, TABLES, Layer
from polyai_assets.plan.project_plan import ProjectPlan
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.replace import LoadRecords, replace_partitions
from polyai_assets_tests.deployment import NOW
from polyai_assets_tests.plan.conftest import UNTIL, Plan
from polyai_assets_tests.tiers import LONG, long

Truth = Callable[..., list[dict[str, Any]]]
WEEK = Span(UNTIL - timedelta(days=6), UNTIL, NOW)


def layer(plan: ProjectPlan, name: str) -> Layer:
    (found,) = [one for one in plan.layers if one.name == name]
    return found


def holds(estimate: Estimate, value: float, within: float) -> bool:
    """Whether the truth is in the interval, and the likely value that near to it."""
    return estimate.low <= value <= estimate.high and abs(estimate.likely - value) <= within * value


def test_conversations_are_counted_within_two_percent(plan: Plan, truth: Truth):
    found = plan()
    assert holds(found.conversations, len(truth()), within=0.02)
    assert found.counted == "counted by offset"


def test_every_environment_is_counted(plan: Plan, truth: Truth):
    environments = ("live", "sandbox", "pre-release")
    found = plan(client_env=environments)
    assert holds(found.conversations, len(truth(*environments)), within=0.05)


def test_calls_are_told_and_few(plan: Plan, busy: Simulator):
    found = plan(client_env=("live", "sandbox", "pre-release"))
    assert found.calls_used == len(busy.requests) <= 25


@LONG
def test_a_conversation_weighs_what_it_weighs(plan: Plan, truth: Truth):
    sizes = [len(str(one)) for one in truth()]  # Python's writing is about as long as JSON
    assert plan().bytes_each.likely == pytest.approx(sum(sizes) / len(sizes), rel=0.1)


@LONG
def test_talk_is_that_of_the_calls(plan: Plan, truth: Truth):
    seconds = sum(one["total_duration"] for one in truth() if one["channel"] == "VOICE-SIP")
    assert holds(plan().talk_seconds, seconds, within=0.25)


@LONG
def test_the_raw_store_and_the_tables_become_as_big_as_planned(
    plan: Plan, configure_busy: Callable[..., ProjectConfig], busy: Simulator, tmp_path: Path
):
    planned = plan(WEEK)
    busy.requests.clear()
    stored, loaded = backfill(configure_busy(), WEEK, tmp_path)
    assert holds(layer(planned, RAW_STORE).stored_bytes, stored, within=0.2)
    assert layer(planned, RAW_STORE).calls.low <= len(busy.requests) <= layer(planned, RAW_STORE).calls.high
    assert holds(layer(planned, TABLES).stored_bytes, loaded, within=0.4)


def backfill(config: ProjectConfig, span: Span, folder: Path) -> tuple[int, int]:
    """Fetch, commit and load days; gives the bytes of the raw store and of the tables."""
    days = [span.since + timedelta(days=n) for n in range(span.days)]
    store, warehouse = RawStore(str(folder / "raw")), Warehouse(str(folder / "polyai.duckdb"))
    with spool(folder / "spool", NOW) as opened, closing(duckdb.connect()) as connection:
        fetched = fetch(fetch_request(config, days), opened, now=lambda: NOW)
        committed = {day: commit_day(store, fetched, day, commit_rules(config)) for day in days}

        @contextmanager
        def read(load: Load) -> Iterator[LoadRecords]:
            with store.records(committed[load.date]) as batches:
                yield LoadRecords(batches)

        loads = [Load(Partition(config.project, day)) for day in days]
        replace_partitions(connection, warehouse, loads, read)
    raw = sum(file.stat().st_size for file in (folder / "raw").rglob("*") if file.is_file())
    return raw, (folder / "polyai.duckdb").stat().st_size


def test_audio_is_planned_by_a_recording(
    plan: Plan, configure_busy: Callable[..., ProjectConfig], truth: Truth
):
    planned = layer(plan(WEEK, audio=AudioConfig(calls="all")), AUDIO)
    calls = [one for one in truth(since=WEEK.since) if one["channel"] == "VOICE-SIP"]
    with (
        AgentsClient(configure_busy().agents_connection()) as client,
        client.audio(calls[0]["id"]) as recording,
    ):
        assert recording.length is not None
        a_second = recording.length / calls[0]["total_duration"]
    assert planned.switched_on
    assert holds(planned.items, len(calls), within=0.15)
    assert holds(planned.stored_bytes, a_second * sum(one["total_duration"] for one in calls), within=0.3)


def test_only_calls_that_were_handed_off_are_planned_if_so_configured(plan: Plan, truth: Truth):
    planned = layer(plan(audio=AudioConfig(calls="handoffs")), AUDIO)
    handed_off = [one for one in truth() if one["channel"] == "VOICE-SIP" and one["handoff"]]
    assert planned.items.low <= len(handed_off) <= planned.items.high


@LONG
def test_every_direction_is_a_recording(plan: Plan):
    one, two = (
        layer(plan(WEEK, audio=AudioConfig(calls="all", direction=heard)), AUDIO).calls.likely
        for heard in (("user",), ("user", "agent"))
    )
    assert two == pytest.approx(2 * one, rel=0.01)


def test_audio_that_is_off_is_shown_all_the_same_and_no_agent_is_asked(plan: Plan, busy: Simulator):
    found = layer(plan(WEEK, details=False), AUDIO)
    assert not found.switched_on
    assert found.stored_bytes.likely > 0
    assert not [one for one in busy.requests if "/agents/" in one.path]


def test_details_are_a_call_each_as_fast_as_the_project_may_be_asked(plan: Plan, truth: Truth):
    found = layer(plan(WEEK, details=True, requests_per_second=5), DETAILS)
    assert found.switched_on
    assert holds(found.calls, len(truth(since=WEEK.since)), within=0.02)
    assert found.seconds.likely >= found.calls.likely / 5


def test_an_agents_api_that_cannot_be_asked_is_told_and_the_rest_stands(plan: Plan, busy: Simulator):
    busy.faults.add(Fault("error", {"status": 403}, times=None, call="detail"))
    found = plan(WEEK, audio=AudioConfig(calls="all"))
    assert not found.problem
    assert "assumed, not measured" in found.notes[0]
    assert layer(found, AUDIO).stored_bytes.likely > 0


@LONG
def test_where_no_offset_is_taken_a_few_days_stand_for_all(plan: Plan, busy: Simulator, truth: Truth):
    busy.faults.add(Fault("error", {"status": 400}, times=1, after=1))
    found = plan()
    assert found.counted.startswith("extrapolated from 7 days")
    assert holds(found.conversations, len(truth()), within=0.15)
    assert found.calls_used <= 25


@LONG
def test_pages_that_are_too_heavy_are_asked_for_smaller(plan: Plan, busy: Simulator, truth: Truth):
    busy.faults.add(Fault("error", {"status": 413}, times=1))
    assert holds(plan().conversations, len(truth()), within=0.02)


@LONG
@pytest.mark.parametrize("version", [long("v1"), "v2"])
def test_older_versions_are_planned_too(plan: Plan, truth: Truth, version: str):
    found = plan(api_version=version)
    assert holds(found.conversations, len(truth()), within=0.02)


def test_v1_is_warned_of(plan: Plan):
    assert "unsupported" in plan(WEEK, api_version="v1").notes[0]


def test_runs_over_fewer_days_take_more_calls(plan: Plan):
    one, many = (layer(plan(days_per_run=days), RAW_STORE).calls for days in (None, 2))
    assert many.low > one.high


@LONG
def test_searches_and_samples_are_asked_for_every_day(plan: Plan):
    search = SearchConfig(name="refunds", type="transcript", query="refund")
    found = layer(plan(WEEK, searches=(search, search), samples=5), SEARCHES)
    assert found.calls.low == 7 * 2 + 7


def test_a_project_without_conversations_is_planned_as_empty(plan: Plan):
    found = plan(Span(date(2024, 5, 1), date(2024, 5, 2), datetime(2024, 6, 1, tzinfo=UTC)))
    assert (found.conversations, found.layers, found.calls_used) == (Estimate.exactly(0), [], 1)


def test_today_is_planned_as_far_as_it_has_come(plan: Plan, busy: Simulator):
    plan(Span(NOW.date(), NOW.date(), NOW))
    assert busy.requests[0].query["end_time"] == ["2025-03-10T12:00:00Z"]


def test_a_refused_key_is_told_without_the_key(plan: Plan):
    found = plan(key="wrong-key-1")
    assert "environment variable KEY_OF_BUSY_BOT was refused" in found.problem
    assert "wrong-key-1" not in str(found)
    assert found.calls_used == 1


def test_a_missing_key_is_told_without_a_call(plan: Plan, busy: Simulator):
    found = plan(key=None)
    assert "is not set" in found.problem
    assert busy.requests == []
