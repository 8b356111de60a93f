"""A backfill at work: what it leaves in Dagster, what it says, and how it stops."""

import io
import os
import signal
import threading
import time

import pytest
from rich.console import Console

from polyai_assets.automation.jobs import DETAILS, RETRIEVAL
from polyai_assets.backfill.batches import Wanted, plan_batches
from polyai_assets.backfill.run import Backfill
from polyai_assets.backfill.screen import Screen
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.simulator import Fault
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, HOTEL, INGEST, Deployment, broken
from polyai_assets_tests.steps import steps_of
from polyai_assets_tests.tiers import LONG

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = (DAY1, DAY2)
WITHIN = 10.0  # seconds; a fault that stalls would take 60


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure) -> Deployment:
    return deploy(configure(HOTEL, max_attempts=1), configure(BANK, max_attempts=1, details=False))


def backfill(deployment: Deployment, **wanted: object) -> tuple[Backfill, io.StringIO]:
    """Prepare a backfill of two days of both projects; gives where its lines go, too."""
    platform = deployment.platform
    given = {"until": DAY2, **wanted}
    batches = plan_batches([(platform, platform.projects)], Wanted(**given), DAY2)  # type: ignore[arg-type]
    lines = io.StringIO()
    work = Backfill(deployment.root, deployment.instance, batches, Screen(Console(file=lines), 6))
    return work, lines


def runs(deployment: Deployment) -> list[tuple[str, str, str]]:
    """What the list of runs shows, oldest first: job, project, status."""
    found = deployment.instance.get_runs()
    return [(run.job_name, run.tags.get("polyai/project", ""), run.status.value) for run in reversed(found)]


def test_each_project_has_a_run_of_a_named_job_and_its_partitions_are_there(deployment: Deployment):
    work, lines = backfill(deployment, more={DETAILS}, until=DAY1)
    work.run()
    assert runs(deployment) == [
        ("ingest", HOTEL.key, "SUCCESS"),
        ("details", HOTEL.key, "SUCCESS"),
        ("ingest", BANK.key, "SUCCESS"),
    ]
    assert lines.getvalue().splitlines() == [
        f"{HOTEL.key}: 1 day fetched, checked and loaded, details of 1 day",
        f"{BANK.key}: 1 day fetched, checked and loaded",
    ]
    for asset in INGEST:
        assert deployment.statuses(asset, DAYS, BANK) == ["MATERIALIZED", "-"]
    assert deployment.verdicts("raw_conversations", "complete", DAYS) == ["SUCCEEDED", "-"]
    assert (work.done.count, work.total, work.done.is_red) == (3, 3, False)
    # a person has asked: no run of it is started again behind their back
    assert {run.tags["dagster/max_retries"] for run in deployment.instance.get_runs()} == {"0"}


def test_a_person_asks_again_for_details_that_were_missing(deployment: Deployment):
    deployment.simulator.faults.add(Fault("no_conversation", times=None))
    backfill(deployment, more={DETAILS}, until=DAY1)[0].run()
    status = "SELECT DISTINCT status FROM conversation_details"
    assert deployment.ask(status) == [("missing",)]
    deployment.simulator.faults.clear()
    backfill(deployment, more={DETAILS}, until=DAY1)[0].run()
    assert deployment.ask(status) == [("found",)]


def test_a_red_day_is_told_with_its_cause_and_the_command_and_the_others_are_loaded(
    deploy: Deploy, configure: Configure
):
    deployment = deploy(configure(HOTEL, max_attempts=1))
    deployment.simulator.faults.add(broken(DAY2, HOTEL))
    work, lines = backfill(deployment, more={DETAILS})
    work.run()
    assert lines.getvalue().splitlines() == [
        f"{HOTEL.key}: 1 of 2 days fetched, checked and loaded, details of 1 of 2 days; 1 red"
    ]
    told, command = work.done.lines()
    assert told.startswith(f"red: {HOTEL.key} 2025-03-02: ")
    assert "418" in told
    assert command == f"    polyai backfill {HOTEL.key} --since 2025-03-02 --until 2025-03-02"
    assert work.done.count == work.total
    assert deployment.statuses("turns", DAYS) == ["MATERIALIZED", "FAILED"]


def test_a_failed_check_is_told_with_its_next_step(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(BANK))
    deployment.simulator.faults.add(Fault("set_field", {"field": "mood", "value": "good"}, times=None))
    work, _ = backfill(deployment, until=DAY1)
    work.run()
    assert not work.done.is_red
    told = work.done.lines()
    assert told[0].startswith(f"look at: {BANK.key} 2025-03-01: mood: added")
    assert told[1].startswith(f"    polyai drift {BANK.key}  #")


def test_a_replay_asks_for_nothing(deployment: Deployment):
    assert steps_of(deployment).run(DAY1, DAY2, ["raw_conversations"]).success
    deployment.simulator.requests.clear()
    work, lines = backfill(deployment, replay=True)
    work.run()
    assert lines.getvalue() == f"{HOTEL.key}: 2 days replayed\n"
    assert deployment.simulator.requests == []
    assert runs(deployment) == [("replay", HOTEL.key, "SUCCESS")]


@LONG
def test_the_hits_of_searches_are_asked_for_and_listed_again_without_a_call(
    deploy: Deploy, configure: Configure
):
    search = SearchConfig(name="parking", type="transcript", query="parking")
    deployment = deploy(configure(HOTEL, details=False, searches=(search,)))
    for again in (False, True):
        deployment.simulator.requests.clear()
        work, lines = backfill(deployment, more={RETRIEVAL}, replay=again, until=DAY1)
        work.run()
        done = "replayed" if again else "fetched, checked and loaded"
        assert lines.getvalue() == f"{HOTEL.key}: 1 day {done}, search hits of 1 day\n"
        assert bool(deployment.simulator.requests) is not again


def test_a_run_that_fails_before_it_comes_to_its_days_makes_all_of_them_red(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
):
    def nowhere(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polyai_assets.assets.step.show_alive", nowhere)
    work, lines = backfill(deployment)
    work.run()
    assert lines.getvalue().count("0 of 2 days fetched, checked and loaded; 2 red") == 2
    assert "No space left on device" in work.done.lines()[0]


def test_when_it_is_stopped_its_run_is_canceled_and_no_other_begins(deployment: Deployment):
    deployment.simulator.faults.add(Fault("stall", {"seconds": 60}, times=None))

    def stop() -> None:
        while not deployment.simulator.requests:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    work, _ = backfill(deployment)
    stopper = threading.Thread(target=stop)
    began = time.monotonic()
    stopper.start()
    with pytest.raises(KeyboardInterrupt):
        work.run()
    stopper.join()
    assert time.monotonic() - began < WITHIN
    assert runs(deployment) == [("ingest", HOTEL.key, "CANCELED")]
    assert deployment.statuses("turns", DAYS) == ["-"] * 2
    assert not work.done.is_red
    deployment.simulator.faults.clear()
    again, _ = backfill(deployment, until=DAY1)
    again.run()
    assert not again.done.is_red
