"""A red day beside good ones, and what becomes of it in later runs."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.assets import report
from polyai_assets.privacy.master_key import VARIABLE
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    RAW,
    TABLES,
    Deployed,
    Deployment,
    Run,
    broken,
    partition,
)
from polyai_assets_tests.raw.damaging import flipped
from polyai_assets_tests.raw.test_store import full_disk
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = (DAY1, DAY2, DAY3)
ASSETS = ("raw_conversations", *TABLES)
COMPLETE = ("raw_conversations", "complete")


def rows(deployed: Deployed) -> list[tuple[str, int]]:
    statement = "SELECT CAST(date AS VARCHAR), count(*) FROM conversations GROUP BY ALL ORDER BY ALL"
    return [(day, count) for day, count in deployed.ask(statement)]


@pytest.fixture(scope="module")
def with_red(deploy_once: Deploy) -> tuple[Deployment, Run]:
    """A run of three days of which the second is red, to be looked at."""
    deployment = deploy_once()
    deployment.simulator.faults.add(broken(DAY2))
    return deployment, deployment.run(DAY1, DAY3)


def test_good_days_are_materialized_and_the_red_one_is_not(with_red: tuple[Deployment, Run]):
    deployment, run = with_red
    assert not run.success
    for asset in ASSETS:
        assert deployment.statuses(asset, DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert rows(deployment) == [(str(DAY1), 3), (str(DAY3), 3)]


def test_only_the_red_day_has_failed_its_check(with_red: tuple[Deployment, Run]):
    deployment, _ = with_red
    assert deployment.verdicts(*COMPLETE, DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert deployment.verdicts("turns", "v3_guarantees", DAYS)[::2] == ["SUCCEEDED", "SUCCEEDED"]
    assert deployment.verdicts("turns", "v3_guarantees", DAYS)[1] != "SUCCEEDED"


def test_the_failure_names_the_red_day_the_cause_and_what_to_do(with_red: tuple[Deployment, Run]):
    failure = with_red[1].failure
    assert failure.startswith(
        "1 of 3 partitions are red; what was there before stays; the others are loaded.\n"
    )
    assert f"- {partition(DAY2)}: PolyAI answered for {HOTEL.key} in a way" in failure
    assert "418" in failure
    assert failure.endswith(
        "materialize the red partitions again, or type:\n"
        f"polyai backfill {HOTEL.key} --since {DAY2} --until {DAY2}"
    )
    assert str(DAY1) not in failure


def test_the_check_says_why_the_day_is_red(with_red: tuple[Deployment, Run]):
    deployment, run = with_red
    evaluation = deployment.evaluations(run, *COMPLETE)[partition(DAY2)]
    assert not evaluation.passed
    assert evaluation.description is not None
    assert "418" in evaluation.description


def test_the_list_of_checks_shows_that_some_day_is_red(with_red: tuple[Deployment, Run]):
    newest = with_red[0].newest(*COMPLETE)
    assert newest is not None
    assert (newest.passed, newest.partition) == (False, None)
    assert (newest.description or "").startswith(
        f"1 of 3 partitions failed, first {partition(DAY2)}: PolyAI answered"
    )


def test_a_day_that_stays_red_stays_red_and_becomes_good_in_a_range(deployment: Deployment):
    deployment.simulator.faults.add(broken(DAY2))
    for _ in range(2):
        assert not deployment.run(DAY1, DAY3, RAW).success
    assert deployment.statuses("raw_conversations", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert deployment.verdicts(*COMPLETE, DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert deployment.history(*COMPLETE, DAY2) == ["FAILED"] * 2
    deployment.simulator.faults.clear()
    assert deployment.run(DAY1, DAY3, RAW).success
    assert deployment.verdicts(*COMPLETE, DAYS) == ["SUCCEEDED"] * 3
    assert deployment.history(*COMPLETE, DAY2) == ["SUCCEEDED", "FAILED", "FAILED"]
    newest = deployment.newest(*COMPLETE)
    assert newest is not None
    assert (newest.passed, newest.description) == (True, "all 3 partitions passed")


def test_a_red_day_that_is_materialized_alone_becomes_good(deployment: Deployment):
    deployment.simulator.faults.add(broken(DAY2))
    deployment.run(DAY1, DAY2, RAW)
    deployment.simulator.faults.clear()
    assert deployment.run_day(DAY2).success
    assert deployment.statuses("raw_conversations", DAYS) == ["MATERIALIZED", "MATERIALIZED", "-"]
    assert deployment.statuses("turns", DAYS) == ["-", "MATERIALIZED", "-"]
    assert deployment.verdicts(*COMPLETE, DAYS) == ["SUCCEEDED", "SUCCEEDED", "-"]
    assert rows(deployment) == [(str(DAY2), 3)]


def test_a_good_day_that_becomes_red_keeps_its_rows_and_their_verdict_and_shows_the_failed_check(
    deployment: Deployment,
):
    deployment.run(DAY1, DAY2)
    before = deployment.certificate(DAY2)
    deployment.simulator.faults.add(broken(DAY2))
    assert not deployment.run(DAY1, DAY2).success
    assert deployment.certificate(DAY2) == before
    assert rows(deployment) == [(str(DAY1), 3), (str(DAY2), 3)]
    assert deployment.verdicts(*COMPLETE, DAYS) == ["SUCCEEDED", "FAILED", "-"]
    assert deployment.verdicts("turns", "v3_guarantees", DAYS) == ["SUCCEEDED", "SUCCEEDED", "-"]
    assert deployment.statuses("conversations", DAYS) == ["MATERIALIZED", "FAILED", "-"]


def test_a_single_red_day_fails_its_run_and_its_check(deployment: Deployment):
    deployment.simulator.faults.add(broken(DAY2))
    run = deployment.run_day(DAY2)
    assert "1 of 1 partition is red; what was there before stays.\n" in run.failure
    assert deployment.verdicts(*COMPLETE, DAYS) == ["-", "FAILED", "-"]
    assert deployment.statuses("turns", DAYS) == ["-", "FAILED", "-"]


def test_a_red_day_of_one_project_does_not_hold_back_the_other(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(HOTEL), configure(BANK))
    deployment.simulator.faults.add(broken(DAY2, HOTEL))
    assert not deployment.run(DAY1, DAY3, RAW, (HOTEL, BANK)).success
    assert deployment.statuses("raw_conversations", DAYS, BANK) == ["MATERIALIZED"] * 3
    assert deployment.statuses("raw_conversations", DAYS, HOTEL) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]


def test_records_that_cannot_be_loaded_are_kept_in_the_raw_store(deploy: Deploy, tmp_path: Path):
    (tmp_path / "a folder").mkdir()
    deployment = deploy(warehouse=str(tmp_path / "a folder"))
    run = deployment.run(DAY1, DAY2)
    assert "2 of 2 partitions are red" in run.failure
    assert deployment.statuses("raw_conversations", [DAY1, DAY2]) == ["MATERIALIZED"] * 2
    assert deployment.verdicts(*COMPLETE, [DAY1, DAY2]) == ["SUCCEEDED"] * 2
    assert deployment.statuses("conversations", [DAY1, DAY2]) == ["FAILED"] * 2


def test_a_damaged_certificate_makes_its_day_red_alone(steps: Steps):
    steps.run(DAY1, DAY3, RAW)
    file = steps.raw_file(DAY2, "certificate.json")
    file.write_bytes(file.read_bytes()[:100])
    run = steps.run(DAY1, DAY3, RAW)
    assert f"- {partition(DAY2)}: {file} is no certificate that we can read" in run.failure
    assert steps.statuses("raw_conversations", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    file.unlink()
    assert steps.run(DAY1, DAY3, RAW).success


def test_a_day_that_cannot_be_written_is_red_alone(steps: Steps):
    # in place of the day's folder there is a file
    folder = steps.raw_file(DAY2, "certificate.json").parent
    folder.parent.mkdir(parents=True)
    folder.touch()
    assert not steps.run(DAY1, DAY3, RAW).success
    assert steps.statuses("raw_conversations", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]


def test_a_damaged_raw_file_makes_its_day_red_alone_until_it_is_fetched_again(fetched: Steps):
    steps = fetched
    certificate = steps.certificate(DAY2)
    assert certificate is not None
    file = steps.raw_file(DAY2, certificate.file.name)
    file.write_bytes(flipped(file.read_bytes()))
    run = steps.run(DAY1, DAY3, assets=TABLES)
    assert f"- {partition(DAY2)}: {file} is damaged" in run.failure
    assert f"`polyai backfill {HOTEL.key} --since {DAY2} --until {DAY2}`" in run.failure
    assert steps.statuses("turns", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert rows(steps) == [(str(day), 3) for day in DAYS]
    assert steps.run(DAY1, DAY3).success
    assert not file.exists()
    assert steps.run(DAY2, assets=TABLES).success


def test_a_full_disk_makes_the_days_red_and_says_so(deployment: Deployment):
    with full_disk(10_000):
        run = deployment.run(DAY1, DAY2, assets=["raw_conversations"])
    assert "2 of 2 partitions are red" in run.failure
    assert run.retries == 0
    assert re.search(r": /\S+/walks/\S+ cannot be written: File too large\. Free space", run.failure)
    assert deployment.verdicts(*COMPLETE, [DAY1, DAY2]) == ["FAILED"] * 2


@pytest.fixture
def few_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a failure name two days and causes: a run over many days takes as long as all other tests of it."""
    monkeypatch.setattr(report, "_MOST_NAMED", 2)


@pytest.mark.usefixtures("few_are_named")
def test_a_failure_with_many_days_of_one_cause_stays_short(deployment: Deployment):
    days = [DAY1 + timedelta(days=n) for n in range(4)]
    failure = deployment.run(days[0], days[-1], assets=TABLES).failure
    assert f"{partition(days[1])} and 2 more: never fetched" in failure
    assert len(failure.splitlines()) == 4
    assert failure.endswith(f"\npolyai backfill {HOTEL.key} --since {days[0]} --until {days[-1]}")


@pytest.mark.usefixtures("few_are_named")
def test_a_failure_with_many_causes_stays_short_and_lists_all_red_days_for_programs(deployment: Deployment):
    days = [DAY1 + timedelta(days=n) for n in range(4)]
    for day in days:
        file = deployment.raw_file(day, "certificate.json")
        file.parent.mkdir(parents=True)
        file.write_bytes(b"{}")
    run = deployment.run(days[0], days[-1], assets=TABLES)
    failure = run.failure
    assert failure.count("is no certificate that we can read") == 2
    assert "- and 2 other causes: the log of the run has them all" in failure
    (event,) = run.result.filter_events(lambda event: event.is_step_failure)
    data = event.step_failure_data.user_failure_data
    assert data is not None
    assert data.metadata["red_partitions"].value == [partition(day) for day in days]


def test_without_the_master_key_of_an_encrypted_store_polyai_is_not_asked(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"1:{'a' * 32}")
    store = RawStore(steps.platform.raw_store)
    store.encrypt()
    store.frames(HOTEL.key)  # makes the key of the project
    monkeypatch.delenv(VARIABLE)
    worked = steps.run(DAY1, DAY2, assets=RAW)
    assert worked.red == [partition(DAY1), partition(DAY2)]
    assert "POLYAI_MASTER_KEY is not set" in worked.failure
    assert steps.simulator.requests == []
