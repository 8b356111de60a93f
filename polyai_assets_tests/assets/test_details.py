"""Details as their users have them: materialized, replayed, refreshed, and red where somebody could not be asked."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from polyai_assets.assets.detail_days import Details
from polyai_assets.automation.runs import range_requests
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect, ingest_once
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, InDagster, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DETAILS,
    HOTEL,
    Deployed,
    Deployment,
    partition,
    partitions_of,
    project_of,
)
from polyai_assets_tests.steps import Steps

Fetch = Callable[[Steps], Steps]

DAYS = (DAY1, DAY2, DAY3)
TABLES = DETAILS[1:]
CHECK = ("conversation_details", "details_complete")
WRONG = "wrong-key-c0ffee42"
STATUSES = "SELECT conversation_id, status FROM conversation_details ORDER BY conversation_id"


def detail_calls(deployed: Deployed) -> list[str]:
    """The conversations that the Agents API was asked for."""
    return [one.path for one in deployed.simulator.requests if one.path.startswith("/v1/agents/")]


def certificate(deployed: Deployed, day: date = DAY1) -> DetailsCertificate:
    found = DETAIL_FILES.read(RawStore(deployed.platform.raw_store), Partition(project_of(HOTEL), day))
    assert found is not None
    return found


def put(simulator: Simulator, name: str, **changed: Any) -> None:
    """Give the hotel a conversation of the first day."""
    record = {
        "id": name,
        "started_at": f"{DAY1}T12:00:00Z",
        "in_progress": False,
        "account_id": HOTEL.account_id,
        "project_id": HOTEL.project_id,
        "environment": "live",
        "channel": "CHAT",
        "total_duration": 60,
    }
    simulator.put(HOTEL.key, record | changed)


@pytest.fixture
def fetch(polyai_url: str, prepared: Prepare) -> Fetch:
    """Give a platform the conversations of three days, and no details."""

    def fetch(steps: Steps) -> Steps:
        prepared("three days", steps.root, lambda folder: ingest_once(polyai_url, folder, [*DAYS]))
        steps.simulator.requests.clear()
        return steps

    return fetch


@pytest.fixture
def fetched(steps: Steps, fetch: Fetch) -> Steps:
    """A platform that has the conversations of three days, and no details."""
    return fetch(steps)


@pytest.fixture
def hasty(prepare_steps: PrepareSteps, configure: Configure, fetch: Fetch) -> Steps:
    """One that tries everything once."""
    return fetch(prepare_steps(configure(max_attempts=1)))


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


def test_function_events_belong_to_the_turns_in_which_they_were_called(fetched: Steps) -> None:
    fetched.run(DAY1, DAY3, assets=DETAILS)
    ((events, joined),) = fetched.ask(
        "SELECT count(*), count(turns.turn_index) FROM function_events "
        "LEFT JOIN turns USING (project, date, conversation_id, turn_index)"
    )
    assert events == joined > 9
    assert fetched.ask("SELECT DISTINCT turn_index FROM function_events WHERE name = 'start_function'") == [
        (0,)
    ]
    ((longest,),) = fetched.ask("SELECT max(duration) FROM function_events")
    assert 0.1 < longest < 10


def test_nothing_is_asked_for_again(fetched: Steps) -> None:
    fetched.run(DAY1, DAY3, assets=DETAILS)
    before = certificate(fetched)
    fetched.simulator.requests.clear()
    assert fetched.run(DAY1, DAY3, assets=DETAILS).success
    assert fetched.simulator.requests == []
    assert certificate(fetched) == before
    assert fetched.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3


def test_a_replay_builds_the_same_tables_without_a_call(fetched: Steps) -> None:
    fetched.run(DAY1, DAY3, assets=DETAILS)
    everything = [f"SELECT * FROM {table} ORDER BY ALL" for table in TABLES]
    before = [fetched.ask(statement) for statement in everything]
    fetched.simulator.requests.clear()
    for changed in ("DROP TABLE conversation_details", "DELETE FROM function_events"):
        with duckdb.connect(fetched.platform.warehouse) as connection:
            connection.execute(changed)
    assert fetched.run(DAY1, DAY3, assets=TABLES).success
    assert fetched.simulator.requests == []
    assert [fetched.ask(statement) for statement in everything] == before
    assert fetched.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3


def test_details_come_in_the_same_run_as_their_conversations(deployment: Deployment) -> None:
    assert deployment.run(DAY1, assets=["raw_conversations", *DETAILS]).success
    assert deployment.ask("SELECT count(*) FROM conversation_details") == [(3,)]


def test_without_conversations_there_is_nobody_to_ask_for(steps: Steps) -> None:
    failure = steps.run(DAY1, assets=DETAILS).failure
    assert f"- {partition(DAY1)}: never fetched: materialize raw_conversations first" in failure
    assert steps.simulator.requests == []


def test_a_replay_of_what_was_never_fetched_says_what_to_do(fetched: Steps) -> None:
    failure = fetched.run(DAY1, assets=TABLES).failure
    assert "its details were never fetched: materialize raw_details first" in failure


def test_a_conversation_that_has_changed_is_asked_for_again_and_no_other(fetched: Steps) -> None:
    fetched.run(DAY1, assets=DETAILS)
    first, *_ = fetched.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    fetched.simulator.put(HOTEL.key, first | {"from_number": "+1555"})
    fetched.run(DAY1)
    fetched.simulator.requests.clear()
    assert fetched.run(DAY1, assets=DETAILS).success
    assert detail_calls(fetched) == [f"/v1/agents/hotel-bot/conversations/{first['id']}"]
    where = f"WHERE conversation_id = '{first['id']}'"
    assert fetched.ask(f"SELECT from_number FROM conversation_details {where}") == [("+1555",)]
    assert fetched.ask("SELECT count(*) FROM conversation_details") == [(3,)]


def test_a_conversation_in_progress_is_asked_for_once_it_has_ended(steps: Steps) -> None:
    put(steps.simulator, "talk", in_progress=True)
    steps.run(DAY1, assets=["raw_conversations", *DETAILS])
    assert steps.verdicts(*CHECK, [DAY1]) == ["SUCCEEDED"]
    assert certificate(steps).in_progress == 1
    assert steps.ask("SELECT count(*) FROM conversation_details") == [(3,)]
    put(steps.simulator, "talk")
    steps.simulator.requests.clear()
    steps.run(DAY1, assets=["raw_conversations", *DETAILS])
    assert detail_calls(steps) == ["/v1/agents/hotel-bot/conversations/talk"]
    assert steps.ask("SELECT count(*) FROM conversation_details") == [(4,)]


def test_a_conversation_that_is_missing_is_recorded_and_asked_for_again_by_a_person_alone(
    hasty: Steps, in_dagster: InDagster
) -> None:
    deployment = in_dagster(hasty)
    first, *_ = deployment.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    deployment.simulator.faults.add(Fault("no_conversation", conversation_id=first["id"], times=None))
    assert deployment.run(DAY1, assets=DETAILS).success
    assert (first["id"], "missing") in deployment.ask(STATUSES)
    assert deployment.verdicts(*CHECK, [DAY1]) == ["SUCCEEDED"]
    deployment.simulator.requests.clear()
    (request,) = range_requests(
        deployment.platform,
        project_of(HOTEL),
        [DAY1],
        reason="due",
        assets=[deployment.key(one) for one in DETAILS],
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
    steps.run(began.date(), assets=["raw_conversations", *DETAILS])
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
    fetched.run(DAY1, assets=["raw_conversations", *DETAILS])
    fetched.simulator.remove(HOTEL.key, "brief")
    fetched.run(DAY1, assets=["raw_conversations", *DETAILS])
    assert "brief" not in dict(fetched.ask(STATUSES))
    put(fetched.simulator, "brief")
    fetched.simulator.requests.clear()
    fetched.run(DAY1, assets=["raw_conversations", *DETAILS])
    assert detail_calls(fetched) == []
    assert dict(fetched.ask(STATUSES))["brief"] == "found"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited", {"retry_after": 0}, call="detail", times=2),
        Fault("error", {"status": 500}, call="detail", times=2),
        Fault("reset", call="detail", times=2),
        Fault("cut_body", call="detail", times=2),
        Fault("truncated_json", call="detail", times=1),
    ],
    ids=lambda fault: str(fault.kind),
)
def test_trouble_that_passes_is_retried(fetched: Steps, fault: Fault) -> None:
    fetched.simulator.faults.add(fault)
    assert fetched.run(DAY1, assets=DETAILS).success
    assert [status for _, status in fetched.ask(STATUSES)] == ["found"] * 3


def test_a_conversation_that_fails_makes_its_day_red_alone_and_the_others_are_loaded(
    hasty: Steps, in_dagster: InDagster
) -> None:
    deployment = in_dagster(hasty)
    bad, *_ = deployment.simulator.conversations(HOTEL.key, midnight(DAY2), midnight(DAY3))
    deployment.simulator.faults.add(Fault("error", {"status": 500}, conversation_id=bad["id"], times=None))
    run = deployment.run(DAY1, DAY3, assets=DETAILS)
    assert "1 of 3 partitions are red" in run.failure
    assert (
        f"1 of 3 conversations could not be asked for; the others are kept and loaded. {bad['id']}:"
        in run.failure
    )
    assert run.retries == 0
    for asset in DETAILS:
        assert deployment.statuses(asset, DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert deployment.verdicts(*CHECK, DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert len(deployment.ask(STATUSES)) == 8
    assert list(certificate(deployment, DAY2).errors) == [bad["id"]]

    deployment.simulator.faults.clear()
    deployment.simulator.requests.clear()
    assert deployment.run(DAY1, DAY3, assets=DETAILS).success
    assert detail_calls(deployment) == [f"/v1/agents/hotel-bot/conversations/{bad['id']}"]
    assert deployment.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3
    assert len(deployment.ask(STATUSES)) == 9


def test_an_outage_is_retried_and_said(
    prepare_steps: PrepareSteps,
    configure: Configure,
    fetch: Fetch,
    in_dagster: InDagster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    retries_at_once(monkeypatch, 1)
    hasty = in_dagster(fetch(prepare_steps(configure(max_attempts=1))))
    hasty.simulator.faults.add(Fault("error", {"status": 503}, call="detail", times=None))
    run = hasty.run(DAY1, DAY3, assets=DETAILS)
    assert "3 of 3 partitions are red" in run.failure
    assert run.retries == 1


def test_an_outage_of_many_days_is_not_asked_through(hasty: Steps) -> None:
    for number in range(40):
        put(hasty.simulator, f"talk {number}")
    hasty.run(DAY1)
    hasty.simulator.faults.add(Fault("error", {"status": 418}, call="detail", times=None))
    hasty.simulator.requests.clear()
    assert not hasty.run(DAY1, DAY3, assets=DETAILS).success
    assert len(detail_calls(hasty)) < 30
    assert certificate(hasty).not_asked == 43


@pytest.mark.parametrize("key", [WRONG, None])
def test_a_wrong_key_is_told_in_one_sentence_after_few_calls(
    prepare_steps: PrepareSteps,
    configure: Configure,
    fetch: Fetch,
    in_dagster: InDagster,
    key: str | None,
    capfd: pytest.CaptureFixture[str],
) -> None:
    deployment = in_dagster(fetch(prepare_steps(configure(key=key))))
    run = deployment.run(DAY1, DAY3, assets=DETAILS)
    (told,) = [line for line in run.failure.splitlines() if line.startswith("- ")]
    assert all(partition(day) in told for day in DAYS)
    assert "KEY_OF_HOTEL_BOT" in told
    assert len(detail_calls(deployment)) <= 8
    assert run.retries == 0
    assert WRONG not in run.failure + "".join(capfd.readouterr())


def test_one_project_does_not_hold_back_another(prepare_steps: PrepareSteps, configure: Configure) -> None:
    prepare_steps(configure(HOTEL), configure(BANK)).run(DAY1, DAY2, projects=(HOTEL, BANK))
    steps = prepare_steps(configure(HOTEL, key=WRONG), configure(BANK))
    steps.run(DAY1, DAY2, assets=DETAILS, projects=(HOTEL, BANK))
    assert steps.statuses("raw_details", [DAY1, DAY2], HOTEL) == ["FAILED"] * 2
    assert steps.statuses("function_events", [DAY1, DAY2], BANK) == ["MATERIALIZED"] * 2


@pytest.mark.parametrize(
    "name", ["a/b", "it's", "x%00y", "x\x00y", "../../etc", "50% off?#&", "é漢", '"; DROP TABLE']
)
def test_an_id_may_be_anything(hasty: Steps, name: str) -> None:
    put(hasty.simulator, name)
    assert hasty.run(DAY1, assets=["raw_conversations", *DETAILS]).success
    assert dict(hasty.ask(STATUSES))[name] == "found"


def test_an_id_that_no_url_can_carry_is_missing_with_the_reason(hasty: Steps) -> None:
    put(hasty.simulator, "..")
    assert hasty.run(DAY1, assets=["raw_conversations", *DETAILS]).success
    ((status, reason),) = hasty.ask(
        "SELECT status, reason FROM conversation_details WHERE conversation_id = '..'"
    )
    assert status == "missing"
    assert reason.startswith("No URL leads to conversation '..'")


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("lone_surrogate", "found"),
        ("invalid_utf8", "found"),
        ("duplicate_metric", "found"),
        ("duplicate_key", "found"),
        ("nan", "found"),
        ("no_id", "unreadable"),
        ("not_an_object", "unreadable"),
    ],
)
def test_a_poisoned_detail_does_not_cost_the_others_theirs(hasty: Steps, how: str, status: str) -> None:
    bad, *_ = hasty.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    hasty.simulator.faults.add(Fault("poison", {"how": how}, conversation_id=bad["id"], times=None))
    hasty.run(DAY1, assets=DETAILS)
    found = dict(hasty.ask(STATUSES))
    assert found.pop(bad["id"]) == status
    assert list(found.values()) == ["found"] * 2


def test_the_payload_is_kept_byte_for_byte(hasty: Steps) -> None:
    hasty.simulator.faults.add(Fault("pretty_page", call="detail", times=None))
    hasty.run(DAY1, assets=DETAILS)
    one = certificate(hasty)
    table = pq.read_table(hasty.raw_file(DAY1, f"details/{one.file.name}"))
    for name, payload in zip(table["conversation_id"].to_pylist(), table["payload"].to_pylist(), strict=True):
        assert payload.startswith(b'{\n  "conversationId"')
        assert json.loads(payload)["conversationId"] == name


def test_the_check_says_what_came_of_the_conversations(hasty: Steps) -> None:
    first, *_ = hasty.simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    put(hasty.simulator, "talk", in_progress=True)
    hasty.simulator.faults.add(Fault("no_conversation", conversation_id=first["id"], times=None))
    run = hasty.run(DAY1, assets=["raw_conversations", *DETAILS])
    found = hasty.evaluations(run, *CHECK)
    evaluation = next(iter(found.values()))
    assert evaluation.passed
    assert evaluation.description == (
        "2 of 4 conversations found, 1 missing at the Agents API, 1 still in progress"
    )


def test_conversations_that_have_changed_since_are_a_warning_in_a_replay(fetched: Steps) -> None:
    fetched.run(DAY1, assets=DETAILS)
    put(fetched.simulator, "late")
    fetched.run(DAY1)
    run = fetched.run(DAY1, assets=TABLES)
    assert run.success
    evaluation = next(iter(fetched.evaluations(run, *CHECK).values()))
    assert (evaluation.passed, evaluation.severity.value) == (False, "WARN")
    assert (evaluation.description or "").startswith("the conversations have changed since")
