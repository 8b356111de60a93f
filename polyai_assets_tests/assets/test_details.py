"""Details as their users have them: each conversation is asked for once, loaded and replayed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from polyai_assets.assets.detail_days import Details
from polyai_assets.automation.runs import range_requests
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.asking import CHECK, DAYS, STATUSES, TABLES, certificate, detail_calls, put
from polyai_assets_tests.assets.detailing import fetch_details
from polyai_assets_tests.assets.ingesting import connect, ingest_once
from polyai_assets_tests.conftest import Configure, InDagster, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    DETAILS,
    HOTEL,
    RAW,
    RAW_DETAILS,
    Deployment,
    partition,
    partitions_of,
    project_of,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


@pytest.fixture
def detailed(steps: Steps, polyai_url: str, prepared: Prepare) -> Steps:
    """A platform that has the conversations of three days, and their details."""

    def fetch_both(folder: Path) -> None:
        ingest_once(polyai_url, folder, [*DAYS])
        assert [one.error for one in fetch_details(polyai_url, folder, DAYS)] == [None] * len(DAYS)

    prepared("three days with details", steps.root, fetch_both)
    steps.simulator.requests.clear()
    return steps


def test_every_conversation_is_asked_for_once_and_loaded(fetched: Steps, in_dagster: InDagster) -> None:
    deployment = in_dagster(fetched)
    assert deployment.run(DAY1, DAY3, assets=DETAILS).success
    assert len(detail_calls(deployment)) == len(set(detail_calls(deployment))) == 9
    for asset in DETAILS:
        assert deployment.statuses(asset, DAYS) == ["MATERIALIZED"] * 3
    assert deployment.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3
    both = "FROM conversations JOIN conversation_details AS details USING (project, date, conversation_id)"
    assert deployment.ask(f"SELECT count(*) {both} WHERE status = 'found'") == [(9,)]
    same = (
        "conversations.started_at = details.started_at AND conversations.channel = details.channel "
        "AND conversations.handoff = details.handoff AND conversations.from_number = details.from_number"
    )
    assert deployment.ask(f"SELECT count(*) {both} WHERE {same}") == [(9,)]
    assert deployment.metadata("raw_details", DAY1)["calls"] == 3
    assert deployment.metadata("conversation_details", DAY1)["dagster/partition_row_count"] == 3


def test_function_events_belong_to_the_turns_in_which_they_were_called(detailed: Steps) -> None:
    ((events, joined),) = detailed.ask(
        "SELECT count(*), count(turns.turn_index) FROM function_events "
        "LEFT JOIN turns USING (project, date, conversation_id, turn_index)"
    )
    assert events == joined > 9
    assert detailed.ask("SELECT DISTINCT turn_index FROM function_events WHERE name = 'start_function'") == [
        (0,)
    ]
    ((longest,),) = detailed.ask("SELECT max(duration) FROM function_events")
    assert 0.1 < longest < 10


def test_nothing_is_asked_for_again(detailed: Steps) -> None:
    before = certificate(detailed)
    detailed.simulator.requests.clear()
    assert detailed.run(DAY1, DAY3, assets=RAW_DETAILS).success
    assert detailed.simulator.requests == []
    assert certificate(detailed) == before
    assert detailed.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3


def test_a_replay_builds_the_same_tables_without_a_call(detailed: Steps) -> None:
    everything = [f"SELECT * FROM {table} ORDER BY ALL" for table in TABLES]
    before = [detailed.ask(statement) for statement in everything]
    detailed.simulator.requests.clear()
    for changed in ("DROP TABLE conversation_details", "DELETE FROM function_events"):
        with duckdb.connect(detailed.platform.warehouse) as connection:
            connection.execute(changed)
    assert detailed.run(DAY1, DAY3, assets=TABLES).success
    assert detailed.simulator.requests == []
    assert [detailed.ask(statement) for statement in everything] == before
    assert detailed.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3


def test_details_come_in_the_same_run_as_their_conversations(deployment: Deployment) -> None:
    assert deployment.run(DAY1, assets=[*RAW, *DETAILS]).success
    assert deployment.ask("SELECT count(*) FROM conversation_details") == [(3,)]


def test_without_conversations_there_is_nobody_to_ask_for(steps: Steps) -> None:
    failure = steps.run(DAY1, assets=DETAILS).failure
    assert f"- {partition(DAY1)}: never fetched: materialize raw_conversations first" in failure
    assert steps.simulator.requests == []


def test_a_replay_of_what_was_never_fetched_says_what_to_do(fetched: Steps) -> None:
    failure = fetched.run(DAY1, assets=TABLES).failure
    assert "its details were never fetched: materialize raw_details first" in failure


def test_a_conversation_that_has_changed_is_asked_for_again_and_no_other(fetched: Steps) -> None:
    fetched.run(DAY1, assets=RAW_DETAILS)
    first, *_ = fetched.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    fetched.simulator.put(HOTEL.key, first | {"from_number": "+1555"})
    fetched.run(DAY1, assets=RAW)
    fetched.simulator.requests.clear()
    assert fetched.run(DAY1, assets=DETAILS).success
    assert detail_calls(fetched) == [f"/v1/agents/hotel-bot/conversations/{first['id']}"]
    where = f"WHERE conversation_id = '{first['id']}'"
    assert fetched.ask(f"SELECT from_number FROM conversation_details {where}") == [("+1555",)]
    assert fetched.ask("SELECT count(*) FROM conversation_details") == [(3,)]


def test_a_conversation_in_progress_is_asked_for_once_it_has_ended(steps: Steps) -> None:
    put(steps.simulator, "talk", in_progress=True)
    steps.run(DAY1, assets=[*RAW, *RAW_DETAILS])
    assert steps.verdicts(*CHECK, [DAY1]) == ["SUCCEEDED"]
    assert (certificate(steps).found, certificate(steps).in_progress) == (3, 1)
    put(steps.simulator, "talk")
    steps.simulator.requests.clear()
    steps.run(DAY1, assets=[*RAW, *DETAILS])
    assert detail_calls(steps) == ["/v1/agents/hotel-bot/conversations/talk"]
    assert steps.ask("SELECT count(*) FROM conversation_details") == [(4,)]


def test_a_conversation_that_is_missing_is_recorded_and_asked_for_again_by_a_person_alone(
    hasty: Steps, in_dagster: InDagster
) -> None:
    deployment = in_dagster(hasty)
    first, *_ = deployment.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    deployment.simulator.faults.add(Fault("no_conversation", conversation_id=first["id"], times=None))
    assert hasty.run(DAY1, assets=DETAILS).success
    assert (first["id"], "missing") in deployment.ask(STATUSES)
    assert hasty.verdicts(*CHECK, [DAY1]) == ["SUCCEEDED"]
    deployment.simulator.requests.clear()
    (request,) = range_requests(
        deployment.platform,
        project_of(HOTEL),
        [DAY1],
        reason="due",
        assets=[deployment.key(one) for one in RAW_DETAILS],
    )
    assert deployment.request(request).success
    assert deployment.simulator.requests == []
    deployment.simulator.faults.clear()
    assert deployment.run(DAY1, assets=DETAILS).success
    assert detail_calls(deployment) == [f"/v1/agents/hotel-bot/conversations/{first['id']}"]
    assert (first["id"], "found") in deployment.ask(STATUSES)


def test_a_call_that_has_just_ended_may_be_missing_once(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator
) -> None:
    polyai.clock.follow_the_machine()
    began = datetime.now(UTC) - timedelta(hours=1)
    put(polyai, "fresh", started_at=began.isoformat())
    steps = prepare_steps(configure(max_attempts=1))
    polyai.faults.add(Fault("no_conversation", conversation_id="fresh", times=1))
    steps.run(began.date(), assets=[*RAW, *DETAILS])
    assert dict(steps.ask(STATUSES))["fresh"] == "missing"
    due_at = certificate(steps, began.date()).next_due_at
    assert due_at is not None
    assert timedelta(minutes=100) < due_at - began < timedelta(minutes=140)
    step = Details(
        RawStore(steps.platform.raw_store),
        Warehouse(steps.platform.warehouse),
        steps.root / "spool",
        connect,
        fetches=True,
        loads=True,
        now=lambda: due_at,
    )
    (config,) = steps.platform.projects
    days = partitions_of(config.project, [began.date()])
    assert [outcome.error for outcome in step.run(config, days)] == [None]
    assert dict(steps.ask(STATUSES))["fresh"] == "found"


def test_a_conversation_that_has_vanished_leaves_the_tables_and_is_kept_in_the_raw_store(
    fetched: Steps,
) -> None:
    put(fetched.simulator, "brief")
    fetched.run(DAY1, assets=[*RAW, *RAW_DETAILS])
    fetched.simulator.remove(HOTEL.key, "brief")
    fetched.run(DAY1, assets=[*RAW, *DETAILS])
    assert "brief" not in dict(fetched.ask(STATUSES))
    put(fetched.simulator, "brief")
    fetched.simulator.requests.clear()
    fetched.run(DAY1, assets=[*RAW, *DETAILS])
    assert detail_calls(fetched) == []
    assert dict(fetched.ask(STATUSES))["brief"] == "found"


def test_the_check_says_what_came_of_the_conversations(hasty: Steps) -> None:
    first, *_ = hasty.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    put(hasty.simulator, "talk", in_progress=True)
    hasty.simulator.faults.add(Fault("no_conversation", conversation_id=first["id"], times=None))
    run = hasty.run(DAY1, assets=[*RAW, *RAW_DETAILS])
    found = hasty.evaluations(run, *CHECK)
    evaluation = next(iter(found.values()))
    assert evaluation.passed
    assert evaluation.description == (
        "2 of 4 conversations found, 1 missing at the Agents API, 1 still in progress"
    )


def test_conversations_that_have_changed_since_are_a_warning_in_a_replay(fetched: Steps) -> None:
    fetched.run(DAY1, assets=RAW_DETAILS)
    put(fetched.simulator, "late")
    fetched.run(DAY1, assets=RAW)
    run = fetched.run(DAY1, assets=TABLES)
    assert run.success
    evaluation = next(iter(fetched.evaluations(run, *CHECK).values()))
    assert (evaluation.passed, evaluation.severity.value) == (False, "WARN")
    assert (evaluation.description or "").startswith("the conversations have changed since")
