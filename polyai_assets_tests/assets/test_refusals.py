"""Fetches that are not believed: what was kept stays, until a better one comes or somebody decides."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from polyai_assets.assets.outcome import Outcome
from polyai_assets.raw.conversations import decisions
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.settle import State
from polyai_assets.raw.conversations.suspicion import Doubt, FetchRefused
from polyai_assets.raw.conversations.unsettled import read_one
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.conftest import LATER as NOW
from polyai_assets_tests.assets.conftest import Run
from polyai_assets_tests.assets.ingesting import ingest_in
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, RAW, project_of
from polyai_assets_tests.looking import looking_into

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = (DAY1, DAY2, DAY3)
PROJECT = project_of(HOTEL)
FULL = 24
DAY = timedelta(days=1)


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    """A PolyAI whose days hold enough conversations to be missed."""
    for day in DAYS:
        first, *_ = known = on(polyai, day)
        for number in range(FULL - len(known)):
            start = midnight(day) + timedelta(minutes=number)
            polyai.put(HOTEL.key, first | {"id": f"KA-{day}-{number:02}", "started_at": start.isoformat()})
    return polyai


def on(polyai: Simulator, day: date) -> list[dict[str, Any]]:
    return polyai.conversations(HOTEL.key, midnight(day), midnight(day) + DAY)


def tables_in(folder: Path) -> dict[date, int]:
    with looking_into(folder / "polyai.duckdb") as connection:
        return dict(connection.execute("SELECT date, count(*) FROM conversations GROUP BY ALL").fetchall())


def certificate(folder: Path, day: date = DAY2) -> Certificate:
    found = ingest_in(folder).store.certificate(Partition(PROJECT, day))
    assert found is not None
    return found


def emptied(day: date) -> Fault:
    """Answer every request that touches the day with an empty list."""
    return Fault("empty_page", times=None, since=midnight(day), until=midnight(day) + DAY)


def red(outcomes: dict[date, Outcome]) -> dict[date, str]:
    return {day: str(outcome.error) for day, outcome in outcomes.items() if outcome.is_red}


def test_an_empty_answer_over_a_full_day_changes_nothing_and_is_red(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    before = certificate(tmp_path)
    polyai.faults.add(emptied(DAY2))
    (told,) = red(run_again(DAY2)).values()
    assert "the fetch was not believed, and what was kept stays" in told
    assert "it returned 0 conversations where 24 are kept" in told
    assert "`polyai accept`" in told
    assert certificate(tmp_path) == before
    assert tables_in(tmp_path) == dict.fromkeys(DAYS, FULL)
    refusal = decisions.read_refusal(ingest_in(tmp_path).store, Partition(PROJECT, DAY2))
    assert refusal is not None
    assert (refusal.doubt, refusal.extent) == (Doubt.FEWER, FULL)
    note = read_one(ingest_in(tmp_path).store, Partition(PROJECT, DAY2))
    assert note is not None
    assert (note.state, note.failures, note.problem) == (State.RED, 1, told)


def test_its_neighbours_in_the_same_run_are_believed(fetch: Run, polyai: Simulator):
    fetch()
    for conversation in on(polyai, DAY2):
        polyai.remove(HOTEL.key, conversation["id"])
    outcomes = fetch()
    assert set(red(outcomes)) == {DAY2}
    assert isinstance(outcomes[DAY2].error, FetchRefused)


def test_the_next_good_fetch_is_believed_and_forgets_the_refusal(
    fetch: Run, polyai: Simulator, tmp_path: Path
):
    fetch()
    polyai.faults.add(emptied(DAY2))
    fetch(DAY2)
    polyai.faults.clear()
    assert red(fetch(DAY2)) == {}
    store = ingest_in(tmp_path).store
    assert decisions.read_refusal(store, Partition(PROJECT, DAY2)) is None
    assert read_one(store, Partition(PROJECT, DAY2)) is None
    with pytest.raises(decisions.NothingToDecide):
        decisions.accept(store, Partition(PROJECT, DAY2), "ada", "too late", NOW)


@pytest.mark.parametrize(("left", "believed"), [(12, True), (11, False)])
def test_half_of_a_day_may_go_and_no_more(fetch: Run, polyai: Simulator, left: int, believed: bool):
    fetch(DAY2)
    for conversation in on(polyai, DAY2)[left:]:
        polyai.remove(HOTEL.key, conversation["id"])
    assert (red(fetch(DAY2)) == {}) is believed


def test_a_small_day_may_become_empty(run: Run, polyai: Simulator, tmp_path: Path):
    for conversation in on(polyai, DAY2)[19:]:
        polyai.remove(HOTEL.key, conversation["id"])
    run(DAY2)
    for conversation in on(polyai, DAY2):
        polyai.remove(HOTEL.key, conversation["id"])
    assert red(run(DAY2)) == {}
    assert tables_in(tmp_path) == {}


def test_a_first_fetch_that_is_empty_is_believed(fetch: Run, polyai: Simulator, tmp_path: Path):
    for conversation in on(polyai, DAY2):
        polyai.remove(HOTEL.key, conversation["id"])
    assert red(fetch()) == {}
    assert (certificate(tmp_path).rows, certificate(tmp_path).settled) == (0, True)


def test_what_somebody_accepted_is_believed_by_the_next_fetch_and_told_in_the_certificate(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    for conversation in on(polyai, DAY2)[5:]:
        polyai.remove(HOTEL.key, conversation["id"])
    assert set(red(run_again(DAY2))) == {DAY2}
    decisions.accept(
        ingest_in(tmp_path).store, Partition(PROJECT, DAY2), "ada", "the bot was taken off the line", NOW
    )
    assert red(run_again(DAY2)) == {}
    assert tables_in(tmp_path)[DAY2] == 5
    (decision,) = certificate(tmp_path).accepted
    assert (decision.doubt, decision.extent) == (Doubt.FEWER, 19)
    assert (decision.who, decision.when, decision.why) == ("ada", NOW, "the bot was taken off the line")
    assert len(certificate(tmp_path).vanished) == 19


def test_what_was_accepted_does_not_cover_what_is_worse(run_again: Run, polyai: Simulator, tmp_path: Path):
    for conversation in on(polyai, DAY2)[5:]:
        polyai.remove(HOTEL.key, conversation["id"])
    run_again(DAY2)
    decisions.accept(ingest_in(tmp_path).store, Partition(PROJECT, DAY2), "ada", "so be it", NOW)
    polyai.faults.add(emptied(DAY2))
    assert set(red(run_again(DAY2))) == {DAY2}
    assert tables_in(tmp_path)[DAY2] == FULL


def test_a_dropped_conversation_makes_its_day_red_and_no_other(run: Run, polyai: Simulator, tmp_path: Path):
    (lost, *_) = on(polyai, DAY2)
    polyai.faults.add(Fault("drop_conversations", {"ids": [lost["id"]]}, page=1))
    outcomes = run()
    assert set(red(outcomes)) == {DAY2}
    assert "23 conversations were fetched, but the API counts another number" in red(outcomes)[DAY2]
    assert tables_in(tmp_path) == {DAY1: FULL, DAY3: FULL}
    assert len(polyai.requests) <= 20
    assert red(run(DAY2)) == {}


def test_a_dropped_page_makes_its_day_red_and_no_other(fetch: Run, polyai: Simulator):
    polyai.faults.add(Fault("drop_page", page=5))  # the first six of the second day
    outcomes = fetch(page_size=6)
    assert set(red(outcomes)) == {DAY2}
    assert "18 conversations were fetched" in red(outcomes)[DAY2]


def test_a_count_that_stays_wrong_can_be_accepted(fetch: Run, polyai: Simulator, tmp_path: Path):
    (lost, *_) = on(polyai, DAY2)
    polyai.faults.add(Fault("drop_conversations", {"ids": [lost["id"]]}, times=None, page=1))
    fetch()
    fetch(DAY2)
    decisions.accept(ingest_in(tmp_path).store, Partition(PROJECT, DAY2), "ada", "known to support", NOW)
    assert red(fetch(DAY2)) == {}
    assert certificate(tmp_path).accepted[0].doubt is Doubt.COUNT


def test_turns_that_were_there_and_are_gone_are_refused(fetch: Run, polyai: Simulator, tmp_path: Path):
    fetch()
    (short, *_) = on(polyai, DAY2)
    polyai.faults.add(Fault("drop_turns", {"ids": [short["id"]]}, times=None))
    told = red(fetch())
    assert set(told) == {DAY2}
    assert "1 conversation came with fewer turns than are kept" in told[DAY2]
    decisions.accept(ingest_in(tmp_path).store, Partition(PROJECT, DAY2), "ada", "redacted", NOW)
    assert red(fetch(DAY2)) == {}
    assert certificate(tmp_path).problems() == []


def test_turns_that_never_came_leave_the_day_incomplete_until_somebody_accepts_it(
    run: Run, polyai: Simulator, tmp_path: Path
):
    (short, *_) = on(polyai, DAY2)
    polyai.faults.add(Fault("drop_turns", {"ids": [short["id"]], "keep": 1}, times=None))
    run()
    (problem,) = certificate(tmp_path).problems()
    assert problem.startswith("1 conversation came with fewer turns than announced (")
    assert list(certificate(tmp_path).turns.lost) == [short["id"]]
    assert [certificate(tmp_path, day).problems() for day in (DAY1, DAY3)] == [[], []]
    assert tables_in(tmp_path)[DAY2] == FULL
    decisions.accept(ingest_in(tmp_path).store, Partition(PROJECT, DAY2), "ada", "redacted", NOW)
    run(DAY2)
    assert certificate(tmp_path).problems() == []


def test_transcripts_that_are_off_for_the_whole_project_are_recognised(
    fetch: Run, polyai: Simulator, tmp_path: Path
):
    polyai.faults.add(Fault("drop_turns", times=None))
    assert red(fetch()) == {}
    for day in DAYS:
        assert certificate(tmp_path, day).turns.transcripts == "off"
        assert certificate(tmp_path, day).problems() == []


def test_transcripts_that_are_off_on_a_day_are_recognised_beside_days_that_have_theirs(
    fetch: Run, polyai: Simulator, tmp_path: Path
):
    polyai.faults.add(Fault("drop_turns", times=None, since=midnight(DAY2), until=midnight(DAY3)))
    fetch()
    told = [certificate(tmp_path, day).turns.transcripts for day in DAYS]
    assert told == ["on", "off", "on"]
    assert [certificate(tmp_path, day).problems() for day in DAYS] == [[], [], []]


def test_nobody_minds_turns_where_they_are_not_checked(fetch: Run, polyai: Simulator, tmp_path: Path):
    polyai.faults.add(Fault("drop_turns", {"count": 1}, times=None))
    fetch(check_turns=False)
    assert certificate(tmp_path, DAY1).turns.conversations_short == 1
    assert certificate(tmp_path, DAY1).problems() == []


@pytest.mark.usefixtures("run_again")
def test_in_dagster_the_day_is_red_and_its_neighbours_are_green(
    deploy: Deploy, configure: Configure, polyai: Simulator
):
    deployment = deploy(configure(parallel_windows=1))
    for conversation in on(polyai, DAY2)[5:]:
        polyai.remove(HOTEL.key, conversation["id"])
    run = deployment.run(DAY1, DAY3, RAW)
    assert "it returned 5 conversations where 24 are kept" in run.failure
    assert deployment.verdicts("raw_conversations", "complete", DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert deployment.statuses("raw_conversations", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    accept = deployment.definitions.resolve_job_def("accept_partition")
    for wrong in ({"project": "hotel-bot"}, {"date": "9999-99-99"}, {"date": "9999-12-31"}):
        config = {"project": HOTEL.key, "date": str(DAY2), "who": "ada", "why": "it is right"} | wrong
        with pytest.raises(dg.Failure):
            accept.execute_in_process(
                instance=deployment.instance, run_config={"ops": {"accept": {"config": config}}}
            )
    config = {"project": HOTEL.key, "date": str(DAY2), "who": "ada", "why": "it is right"}
    decided = accept.execute_in_process(
        instance=deployment.instance, run_config={"ops": {"accept": {"config": config}}}
    )
    assert decided.success
    assert deployment.run(DAY1, DAY3, RAW).success
    assert deployment.verdicts("raw_conversations", "complete", DAYS) == ["SUCCEEDED"] * 3
