"""Looking again by age: where the list of the Agents API is cheaper than a call each, it says who has changed."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.listing import plan_walk
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets import detailing
from polyai_assets_tests.assets.detailing import fetch_details
from polyai_assets_tests.assets.ingesting import ingest_raw
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, partitions_of, project_of
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.processes import PROCESSES

pytestmark = pytest.mark.usefixtures("no_facts")

OVER = midnight(DAY1) + timedelta(days=1)
QUIET = {f"quiet {number}" for number in range(20)}
"""Conversations in which nobody says anything: they get no score."""
TALKS = {f"talk {number}" for number in range(6)}
EVERYBODY = len(QUIET) + len(TALKS) + 3


class Calls(NamedTuple):
    """What a run has asked the Agents API."""

    pages: int
    details: list[str]


CallsAt = Callable[..., Calls]


def calls_of(polyai: Simulator) -> Calls:
    ends = [one.path.partition("/conversations")[2].lstrip("/") for one in polyai.requests]
    return Calls(ends.count(""), sorted(filter(None, ends)))


def quiet(name: str, **changed: Any) -> dict[str, Any]:
    return {"id": name, "started_at": f"{DAY1}T12:00:00Z", "environment": "live", **changed}


def ask(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with looking_into(folder / "polyai.duckdb") as connection:
        return connection.execute(statement).fetchall()


def certificate(folder: Path) -> DetailsCertificate:
    found = DETAIL_FILES.read(RawStore(str(folder / "raw")), Partition(project_of(HOTEL), DAY1))
    assert found is not None
    return found


def put_many(polyai: Simulator) -> None:
    """Let the first day have many conversations, and be over."""
    polyai.clock.stop_at(OVER)
    steady = polyai.conversations(HOTEL.key, midnight(DAY1), OVER)
    for name in TALKS:
        polyai.put(HOTEL.key, steady[0] | {"id": name})
    for name in QUIET:
        polyai.put(HOTEL.key, quiet(name))


def calls_in(folder: Path, polyai: Simulator, polyai_url: str) -> CallsAt:
    def calls_at(age: float, *days: Any, loads: bool = False) -> Calls:
        moment = OVER + timedelta(days=age)
        polyai.clock.stop_at(moment)
        polyai.requests.clear()
        outcomes = fetch_details(polyai_url, folder, days or (DAY1,), moment, loads=loads)
        assert [one.error for one in outcomes] == [None] * len(outcomes)
        return calls_of(polyai)

    return calls_at


@pytest.fixture
def calls_at(tmp_path: Path, polyai: Simulator, polyai_url: str) -> CallsAt:
    """Fetches the details of a day of many conversations when it has been over for so many days, or loads them too."""
    put_many(polyai)
    ingest_raw(polyai_url, tmp_path, [DAY1])
    return calls_in(tmp_path, polyai, polyai_url)


@pytest.fixture
def calls_later(tmp_path: Path, polyai: Simulator, polyai_url: str, prepared: Prepare) -> CallsAt:
    """As `calls_at`, of a day that was looked at when it was over, and a day later."""
    put_many(polyai)

    def look_twice(folder: Path) -> None:
        ingest_raw(polyai_url, folder, [DAY1])
        for age in (0, 1):
            calls_in(folder, polyai, polyai_url)(age)

    prepared("many conversations, looked at twice", tmp_path, look_twice)
    return calls_in(tmp_path, polyai, polyai_url)


def test_only_those_that_have_changed_in_the_list_are_asked_for(calls_at: CallsAt, tmp_path: Path) -> None:
    calls = {age: calls_at(age) for age in (0, 1)}
    assert [(calls[age].pages, len(calls[age].details)) for age in (0, 1)] == [(0, EVERYBODY), (2, EVERYBODY)]
    scored_at_8 = calls_at(8, loads=True)
    scored = ask(tmp_path, "SELECT conversation_id FROM conversation_details WHERE poly_score IS NOT NULL")
    assert scored_at_8.pages == 2
    assert set(scored_at_8.details).isdisjoint(QUIET)
    assert {name for (name,) in scored} >= {"talk 0"}
    assert len(scored_at_8.details) == len(scored)
    assert calls_at(15).details == []
    assert calls_at(16) == (0, [])


def test_who_has_not_changed_counts_as_looked_at_and_keeps_the_detail(
    calls_later: CallsAt, tmp_path: Path
) -> None:
    def rows() -> list[tuple[Any, ...]]:
        return ask(tmp_path, "SELECT * EXCLUDE (asked_at) FROM conversation_details ORDER BY conversation_id")

    calls_later(8, loads=True)
    before = rows()
    calls_later(15, loads=True)
    made = certificate(tmp_path)
    assert (made.calls, made.unchanged, made.found, made.next_due_at) == (0, EVERYBODY, EVERYBODY, None)
    assert rows() == before
    assert ask(tmp_path, "SELECT DISTINCT epoch(asked_at) FROM conversation_details") == [
        ((OVER + timedelta(days=15)).timestamp(),)
    ]


def test_one_that_changed_in_the_list_alone_is_asked_for(calls_later: CallsAt, polyai: Simulator) -> None:
    calls_later(8)
    polyai.put(HOTEL.key, quiet("quiet 7", handoff=True))
    assert calls_later(15).details == ["quiet 7"]


def test_one_that_is_in_the_list_no_more_is_asked_for(calls_later: CallsAt, polyai: Simulator) -> None:
    calls_later(8)
    polyai.remove(HOTEL.key, "quiet 7")
    assert calls_later(15).details == ["quiet 7"]


def test_one_whose_record_has_changed_is_asked_for_whatever_the_list_says(
    calls_later: CallsAt, polyai: Simulator, tmp_path: Path, polyai_url: str
) -> None:
    calls_later(8)
    # the list of the Agents API knows nothing of this field
    polyai.put(HOTEL.key, quiet("quiet 7", num_turns=0))
    ingest_raw(polyai_url, tmp_path, [DAY1])
    store, moment = RawStore(str(tmp_path / "raw")), OVER + timedelta(days=15)
    plan = plan_walk(store, partitions_of(project_of(HOTEL), [DAY1]), moment)
    assert plan is not None
    assert len(plan.due) == EVERYBODY - 1
    assert "quiet 7" not in plan.due
    assert calls_later(15).details == ["quiet 7"]


def test_one_walk_serves_all_days_of_a_run(
    calls_at: CallsAt, polyai: Simulator, tmp_path: Path, polyai_url: str
) -> None:
    calls_at(0)
    polyai.clock.stop_at(OVER + timedelta(days=1))
    ingest_raw(polyai_url, tmp_path, [DAY2])
    assert [calls_at(age, DAY1, DAY2).pages for age in (1, 9)] == [2, 2]
    store, moment = RawStore(str(tmp_path / "raw")), OVER + timedelta(days=16)
    plans = [
        plan_walk(store, partitions_of(project_of(HOTEL), days), moment)
        for days in ([DAY1, DAY2], [DAY2, DAY1])
    ]
    assert [plan and (plan.since, len(plan.due)) for plan in plans] == [(midnight(DAY1), EVERYBODY + 3)] * 2
    assert calls_at(16, DAY1, DAY2).details == []


def test_a_day_that_lies_behind_many_conversations_is_asked_for_one_by_one(
    calls_later: CallsAt, polyai: Simulator, tmp_path: Path, polyai_url: str
) -> None:
    for number in range(600):
        polyai.put(HOTEL.key, quiet(f"later {number}", started_at=f"{DAY2}T12:00:00Z"))
    ingest_raw(polyai_url, tmp_path, [DAY2])
    calls = calls_later(8)
    assert (calls.pages, len(calls.details)) == (0, EVERYBODY)


def test_a_list_that_is_longer_than_the_raw_store_knows_is_left_when_it_does_not_pay(
    calls_later: CallsAt, polyai: Simulator
) -> None:
    for number in range(800):
        polyai.put(HOTEL.key, quiet(f"later {number}", started_at=f"{DAY2}T12:00:00Z"))
    calls = calls_later(8)
    assert (calls.pages, len(calls.details)) == (EVERYBODY // 4, EVERYBODY)


def test_the_last_age_is_no_occasion_for_a_first_walk(calls_at: CallsAt) -> None:
    calls_at(0)
    calls = calls_at(15)
    assert (calls.pages, len(calls.details)) == (0, EVERYBODY)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("error", {"status": 403}, call="agent_list", times=None),
        Fault("error", {"status": 503}, call="agent_list", times=None),
        Fault("error", {"status": 403}, call="agent_list", times=None, page=2),
    ],
)
def test_a_list_that_fails_costs_a_line_in_the_log_and_a_call_each(
    calls_later: CallsAt, polyai: Simulator, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    polyai.faults.add(fault)
    with caplog.at_level(logging.WARNING, logger="polyai_assets.raw.details"):
        assert len(calls_later(8).details) == EVERYBODY
    (told,) = [one for one in caplog.messages if "the list fails" in one]
    assert told.startswith(f"{HOTEL.key}: the list fails, so every conversation is asked for: ")


def test_a_day_that_cannot_be_read_is_red_alone_and_nobody_is_looked_up(
    calls_at: CallsAt, polyai: Simulator, tmp_path: Path, polyai_url: str
) -> None:
    ingest_raw(polyai_url, tmp_path, [DAY2])
    for age in (0, 1):
        calls_at(age, DAY1, DAY2)
    store = RawStore(str(tmp_path / "raw"))
    store.write(DETAIL_FILES.name(Partition(project_of(HOTEL), DAY2)), b"{}")
    polyai.requests.clear()
    outcomes = fetch_details(polyai_url, tmp_path, [DAY1, DAY2], OVER + timedelta(days=8))
    assert [type(one.error) for one in outcomes] == [type(None), CertificateUnreadable]
    calls = calls_of(polyai)
    assert (calls.pages, len(calls.details)) == (0, EVERYBODY)


def test_the_log_says_what_the_list_has_brought(calls_at: CallsAt, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="polyai_assets.raw.details")
    for age in (0, 1):
        calls_at(age)
    changed = len(calls_at(8).details)
    assert [one for one in caplog.messages if "by age" in one] == [
        f"{HOTEL.key}: {EVERYBODY} due by age: 2 pages of the list, 0 had changed, {EVERYBODY} not compared before",
        f"{HOTEL.key}: {EVERYBODY} due by age: 2 pages of the list, {changed} had changed",
    ]


def test_a_run_that_is_killed_while_it_asks_is_resumed(
    calls_later: CallsAt, polyai: Simulator, tmp_path: Path, polyai_url: str
) -> None:
    calls_later(8)
    changed = {f"quiet {number}" for number in range(20)}
    for name in changed:
        polyai.put(HOTEL.key, quiet(name, handoff=True))
    moment = OVER + timedelta(days=15)
    polyai.clock.stop_at(moment)
    polyai.requests.clear()
    target, arguments = detailing.fetch_until_spooled, (polyai_url, tmp_path, [DAY1], 8, moment)
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -9
    first = calls_of(polyai).details
    rest = calls_later(15, loads=True).details
    assert 0 < len(rest) <= len(changed) - 8
    assert {*first, *rest} == changed
    assert ask(tmp_path, "SELECT count(*) FROM conversation_details WHERE handoff") == [
        (len(changed) + handed_off_before(polyai),)
    ]


def handed_off_before(polyai: Simulator) -> int:
    found = polyai.conversations(HOTEL.key, midnight(DAY1), OVER)
    return sum(bool(one.get("handoff")) for one in found if not one["id"].startswith("quiet"))


def test_a_file_from_before_the_list_was_used_is_read_and_its_conversations_asked_for(
    calls_later: CallsAt, tmp_path: Path
) -> None:
    store, made = RawStore(str(tmp_path / "raw")), certificate(tmp_path)
    old = tmp_path / "old.parquet"
    with DETAIL_FILES.open_file(store, made, made.file) as path:
        pq.write_table(pq.read_table(path).drop_columns(["listed_sha256"]), old)
    file = DETAIL_FILES.put_file(store, made.partition, f"{made.id}.parquet", old)
    DETAIL_FILES.put(store, DetailsCertificate(**{**fields_of(made), "file": file}))
    assert (len(calls_later(8).details), calls_later(15).details) == (EVERYBODY, [])


def fields_of(made: DetailsCertificate) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__struct_fields__}
