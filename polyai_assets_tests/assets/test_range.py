"""A run over a range of days, all of them good."""

import json
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.assets.charts import by_hour, last_days, shares
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.conftest import Configure, Deploy, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    DAY5,
    HOTEL,
    TABLES,
    Deployment,
    Run,
    partition,
)
from polyai_assets_tests.steps import Steps

DAYS = (DAY1, DAY2, DAY3)
CHECKS = (("raw_conversations", "complete"), ("conversations", "v3_guarantees"), ("turns", "v3_guarantees"))


@pytest.fixture(scope="module")
def materialized(deploy_once: Deploy) -> tuple[Deployment, Run]:
    """A run of three days, to be looked at."""
    deployment = deploy_once()
    return deployment, deployment.run(DAY1, DAY3)


def test_every_day_of_every_asset_is_materialized_and_checked(materialized: tuple[Deployment, Run]):
    deployment, run = materialized
    assert run.success
    for asset in ("raw_conversations", *TABLES):
        assert deployment.statuses(asset, DAYS) == ["MATERIALIZED"] * 3
    for asset, check in CHECKS:
        assert deployment.verdicts(asset, check, [*DAYS, DAY4]) == ["SUCCEEDED"] * 3 + ["-"]


@pytest.mark.usefixtures("no_facts")
def test_the_tables_hold_what_the_api_has(fetched: Steps):
    steps = fetched
    expected = steps.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY4))
    found = steps.ask("SELECT conversation_id, num_turns FROM conversations ORDER BY started_at")
    assert found == [(one["id"], one["num_turns"]) for one in expected]
    turns = steps.ask("SELECT user_input FROM turns ORDER BY date, conversation_id, turn_index")
    ordered = sorted(expected, key=lambda one: (one["started_at"][:10], one["id"]))
    assert turns == [(turn["user_input"],) for one in ordered for turn in one["turns"]]


@pytest.mark.parametrize(("verify", "calls"), [("off", 1), ("offset", 3)])
def test_a_range_is_asked_for_as_one_and_its_count_is_proven_as_one(
    prepare_steps: PrepareSteps, configure: Configure, verify: str, calls: int
):
    steps = prepare_steps(configure(parallel_windows=1, verify=verify))
    steps.run(DAY1, DAY5, ["raw_conversations"])
    assert len(steps.simulator.requests) == calls


@pytest.mark.usefixtures("no_facts")
def test_each_partition_has_its_own_numbers(steps: Steps):
    steps.simulator.put(HOTEL.key, {"id": "one more", "started_at": "2025-03-02T10:00:00Z"})
    steps.run(DAY1, DAY3)
    counts = [steps.metadata("raw_conversations", day)["dagster/partition_row_count"] for day in DAYS]
    assert counts == [3, 4, 3]
    for table in TABLES:
        counted = dict(steps.ask(f"SELECT CAST(date AS VARCHAR), count(*) FROM {table} GROUP BY ALL"))
        told = {str(day): steps.metadata(table, day)["dagster/partition_row_count"] for day in DAYS}
        assert told == counted


@pytest.mark.usefixtures("no_facts")
def test_a_day_shows_its_figures_and_those_of_the_days_before_of_its_own_project(
    prepare_steps: PrepareSteps, configure: Configure
):
    steps = prepare_steps(configure(), configure(BANK))
    call = {"started_at": "2025-03-02T10:00:00Z", "handoff": True, "total_duration": 10, "in_progress": False}
    steps.simulator.put(HOTEL.key, {"id": "one more", **call})
    assert steps.run(DAY1, DAY2, projects=(HOTEL, BANK)).success
    ((seconds, latency),) = steps.ask(
        "SELECT (SELECT avg(total_duration) FROM conversations WHERE project = 'us-1/acme/hotel-bot' AND date = "
        "'2025-03-02'), (SELECT avg(latency) FROM turns WHERE project = 'us-1/acme/hotel-bot' AND date = '2025-03-02')"
    )
    shown = steps.metadata("conversations", DAY2)
    assert (shown["conversations"], shown["in_progress"]) == (4, 0)
    assert shown["handoffs"] >= 1
    assert (shown["mean_duration_seconds"], shown["mean_latency_seconds"]) == (
        pytest.approx(seconds),
        pytest.approx(latency, abs=1e-3),
    )
    hours = dict(
        steps.ask(
            "SELECT hour(started_at AT TIME ZONE 'UTC'), count(*) FROM conversations "
            "WHERE project = 'us-1/acme/hotel-bot' AND date = '2025-03-02' GROUP BY ALL"
        )
    )
    assert shown["by_hour"] == by_hour([hours.get(hour, 0) for hour in range(24)])
    assert shown["last_30_days"] == last_days({DAY1: 3, DAY2: 4}, DAY2)
    assert "last_30_days" not in steps.metadata("turns", DAY2)


def test_the_facts_and_the_metrics_of_a_day_show_their_own_figures(steps: Steps):
    for name, handoff in (("a", True), ("b", False), ("c", False)):
        call = {"id": f"CA{name}", "started_at": "2025-03-02T10:00:00Z", "handoff": handoff}
        steps.simulator.put(HOTEL.key, call | {"metrics": {"NPS": "9"}, "in_progress": False})
    (outcome,) = steps.run(DAY2, DAY2).outcomes
    facts = outcome.made_beside["conversation_facts"]
    of_day = "FROM conversation_facts WHERE date = '2025-03-02' AND NOT is_test AND NOT in_progress"
    ((calls, contained),) = steps.ask(f"SELECT count(*), avg(contained_dashboard::INT) {of_day}")
    outcomes = steps.ask(f"SELECT outcome, count(*) {of_day} GROUP BY ALL")
    hours = dict(steps.ask(f"SELECT local_hour, count(*) {of_day} GROUP BY ALL"))
    assert (facts["calls"], facts["containment"]) == (calls, pytest.approx(contained, abs=1e-4))
    assert facts["by_local_hour"].value == by_hour([hours.get(hour, 0) for hour in range(24)], "local")
    assert set(facts["outcomes"].value.splitlines()[2:]) == set(
        shares(dict(outcomes), "outcome", calls).splitlines()[2:]
    )
    assert "| `NPS` | 3 | 50.0% |" in str(steps.metadata("metrics", DAY2)["names"])


def test_the_raw_partition_is_described(materialized: tuple[Deployment, Run]):
    deployment, _ = materialized
    certificate = deployment.certificate(DAY2)
    assert certificate is not None
    metadata = deployment.metadata("raw_conversations", DAY2)
    assert metadata["fetch_id"] == certificate.fetch_id
    assert metadata["records_sha256"] == certificate.records_sha256
    assert metadata["bytes_stored"] == certificate.file.bytes
    assert Path(metadata["files"], certificate.file.name).is_file()
    assert (metadata["in_progress"], metadata["duplicates"]) == (0, 0)


def test_the_verdict_on_the_whole_run_is_told_too(materialized: tuple[Deployment, Run]):
    deployment, run = materialized
    evaluation = deployment.evaluations(run, "raw_conversations", "complete")[None]
    assert evaluation.passed
    assert evaluation.description == "all 3 partitions passed"


def test_each_evaluation_says_what_it_is_about(materialized: tuple[Deployment, Run]):
    deployment, run = materialized
    evaluation = deployment.evaluations(run, "raw_conversations", "complete")[partition(DAY2)]
    assert evaluation.description == (
        "3 conversations in 1 pages, every walk closed; the API counts 3 conversations by offset too; settled"
    )
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert evaluation.metadata["conversations"].value == 3


@pytest.mark.usefixtures("no_facts")
def test_a_day_that_is_materialized_again_shows_its_newest_verdict_and_no_second_row(deployment: Deployment):
    for times in (1, 2):
        assert deployment.run(DAY1, DAY2).success
        for asset, check in CHECKS:
            assert deployment.verdicts(asset, check, DAYS) == ["SUCCEEDED", "SUCCEEDED", "-"]
            assert deployment.history(asset, check, DAY2) == ["SUCCEEDED"] * times
        assert deployment.ask("SELECT count(*), count(DISTINCT conversation_id) FROM conversations") == [
            (6, 6)
        ]
        assert deployment.metadata("turns", DAY2)["dagster/partition_row_count"] > 0


@pytest.mark.usefixtures("no_facts")
def test_a_conversation_that_changed_is_replaced_in_every_table(fetched: Steps):
    steps = fetched
    first, *_ = steps.simulator.conversations(HOTEL.key, midnight(DAY2), midnight(DAY3))
    turns = [*first["turns"], first["turns"][-1]]
    changed = first | {"turns": turns, "num_turns": len(turns), "metrics": {"NEW": "1"}}
    steps.simulator.put(HOTEL.key, changed)
    assert steps.run(DAY2).success
    where = f"WHERE conversation_id = '{first['id']}'"
    assert steps.ask(f"SELECT num_turns FROM conversations {where}") == [(len(turns),)]
    assert steps.ask(f"SELECT count(*) FROM turns {where}") == [(len(turns),)]
    assert steps.ask(f"SELECT name, value FROM metrics {where}") == [("NEW", "1")]
    assert steps.ask("SELECT count(*) FROM conversations") == [(9,)]


@pytest.mark.usefixtures("no_facts")
def test_two_projects_in_one_run_do_not_mix(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(configure(HOTEL), configure(BANK))
    assert steps.run(DAY1, projects=(HOTEL, BANK)).success
    counts = "SELECT project, CAST(date AS VARCHAR), count(*) FROM conversations GROUP BY ALL ORDER BY ALL"
    assert steps.ask(counts) == [
        (BANK.key, str(DAY1), 2),
        (HOTEL.key, str(DAY1), 3),
    ]
    for simulated in (HOTEL, BANK):
        assert steps.verdicts("raw_conversations", "complete", [DAY1], simulated) == ["SUCCEEDED"]


def test_no_record_is_left_in_the_spool(materialized: tuple[Deployment, Run]):
    deployment, _ = materialized
    spool = deployment.root / "data" / "spool"
    assert spool.is_dir()
    assert [path for path in spool.rglob("*") if path.is_file() and path.stat().st_size] == []


def test_the_run_says_what_became_of_each_day(materialized: tuple[Deployment, Run]):
    deployment, run = materialized
    lines = [entry.user_message for entry in deployment.instance.all_logs(run.result.run_id)]
    assert any(line.startswith(f"{HOTEL.key} {DAY1}: 3 conversations, ") for line in lines)
    assert any(f"{HOTEL.key}: fetching {DAY1} to {DAY3}" in line for line in lines)


def test_raw_records_are_what_the_api_sent(steps: Steps):
    odd = b'{"id":"odd", "started_at":"2025-03-02T10:00:00Z", "later": "\\ud83d", "later": 1}'
    steps.simulator.put(HOTEL.key, odd, conversation_id="odd", started_at="2025-03-02T10:00:00Z")
    assert steps.run(DAY1, DAY3, ["raw_conversations"]).success
    assert odd in steps.payloads(DAY2)
    assert len([json.loads(payload) for payload in steps.payloads(DAY1)]) == 3
