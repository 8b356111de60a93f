"""The sensor that starts the publishing job when there is work, and hardly looks when there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.automation.publishing import JOB, annotate, names_in, note, run, sql, tick
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import Deployment
from polyai_assets_tests.write_back.conftest import annotated


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure, conversations_of_a_day: None) -> Deployment:
    return deploy(configure(write_back=True, max_attempts=1))


@contextmanager
def held(deployment: Deployment) -> Iterator[None]:
    """The warehouse in the hands of somebody else: whoever attaches it has to wait."""
    with duckdb.connect(deployment.platform.warehouse):
        yield


def test_before_anything_was_loaded_no_warehouse_is_made(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(write_back=True))
    assert tick(deployment).skip_message == "nothing was loaded yet"
    assert not (deployment.root / "polyai.duckdb").exists()


def test_the_first_look_makes_the_tables(deployment: Deployment):
    sql(deployment, "DROP TABLE annotation_requests")
    sql(deployment, "DROP TABLE note_requests")
    assert tick(deployment).run_requests == []
    assert sql(deployment, "SELECT * FROM annotation_requests") == []


def test_without_requests_an_unchanged_warehouse_is_not_attached_again(deployment: Deployment):
    before = tick(deployment)
    assert before.skip_message == "nothing is to be published"
    with held(deployment):
        found = tick(deployment, before.cursor)
    assert (found.run_requests, found.skip_message) == ([], "nothing has changed, and nothing is due")


def test_a_request_starts_a_run_and_then_there_is_nothing_to_do(deployment: Deployment, polyai: Simulator):
    before = tick(deployment)
    annotate(deployment, names_in(deployment)[0])
    asked = tick(deployment, before.cursor)
    (request,) = asked.run_requests
    assert request.tags["polyai/reason"] == "requests are pending"
    assert run(deployment, request).success
    assert len(annotated(polyai)) == 1
    after = tick(deployment, asked.cursor)
    assert (after.run_requests, after.skip_message) == ([], "nothing is to be published")


def test_requests_of_projects_that_are_not_switched_on_start_no_run(
    deployment: Deployment,
):
    sql(
        deployment, "INSERT INTO note_requests (project, conversation_id, note) VALUES ('us-1/a/b', 'x', 'y')"
    )
    assert tick(deployment).run_requests == []


def test_no_second_run_is_asked_for_while_one_is_unfinished(deployment: Deployment):
    annotate(deployment, names_in(deployment)[0])
    began = deployment.instance.create_run_for_job(deployment.definitions.resolve_job_def(JOB))
    assert tick(deployment).skip_message == "a run is publishing already"
    deployment.instance.report_run_canceled(began)
    assert len(tick(deployment).run_requests) == 1


def test_what_waits_starts_a_run_when_it_is_due(deployment: Deployment, polyai: Simulator):
    polyai.faults.add(Fault("error", {"status": 503}, call="note"))
    note(deployment, names_in(deployment)[0])
    asked = tick(deployment)
    assert run(deployment, asked.run_requests[0]).success
    waiting = tick(deployment, asked.cursor)
    assert waiting.run_requests == []
    assert waiting.skip_message.startswith("due at ")
    sql(deployment, "UPDATE note_requests SET next_attempt_at = ?", datetime.now(UTC) - timedelta(seconds=1))
    (request,) = tick(deployment, waiting.cursor).run_requests
    run(deployment, request)
    assert sql(deployment, "SELECT state FROM note_requests") == [("done",)]


def test_a_run_that_changed_nothing_is_not_asked_for_again_at_once(deployment: Deployment):
    annotate(deployment, names_in(deployment)[0])
    asked = tick(deployment)
    assert len(asked.run_requests) == 1
    assert tick(deployment, asked.cursor).run_requests == []


def test_a_request_that_a_dead_publisher_was_sending_starts_a_run(deployment: Deployment):
    annotate(deployment, names_in(deployment)[0])
    sql(
        deployment,
        "UPDATE annotation_requests SET request_id = 'a', state = 'sending', attempts = 1, "
        "sending_by = 'somebody', sending_until = ?",
        datetime.now(UTC) + timedelta(minutes=9),
    )
    alive = tick(deployment)
    assert alive.run_requests == []
    sql(deployment, "UPDATE annotation_requests SET sending_until = ?", datetime.now(UTC))
    assert len(tick(deployment, alive.cursor).run_requests) == 1


def test_a_file_in_the_outbox_starts_a_run_until_it_is_known_to_be_wrong(deployment: Deployment):
    outbox = deployment.root / "data" / "outbox"
    outbox.mkdir(parents=True)
    (outbox / "notes.csv").write_text("project,conversation_id\n")
    asked = tick(deployment)
    (request,) = asked.run_requests
    assert request.tags["polyai/reason"] == "files in the outbox: 1"
    assert not run(deployment, request).success
    assert tick(deployment, asked.cursor).run_requests == []


def test_a_warehouse_that_somebody_else_holds_is_looked_at_by_the_next_tick(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("polyai_assets.automation.requested.WAIT", 0.0)
    annotate(deployment, names_in(deployment)[0])
    with held(deployment):
        busy = tick(deployment)
    assert busy.run_requests == []
    assert busy.skip_message.startswith("the next tick looks again: ")
    assert len(tick(deployment, busy.cursor).run_requests) == 1


def test_a_run_whose_process_is_gone_does_not_hold_up_the_others(deployment: Deployment):
    annotate(deployment, names_in(deployment)[0])
    began = deployment.instance.create_run_for_job(deployment.definitions.resolve_job_def(JOB))
    trace = deployment.root / "data" / "spool" / "runs" / f"{began.run_id}.lock"
    trace.parent.mkdir(parents=True)
    trace.touch()
    assert len(tick(deployment).run_requests) == 1
    found = deployment.instance.get_run_by_id(began.run_id)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.FAILURE
