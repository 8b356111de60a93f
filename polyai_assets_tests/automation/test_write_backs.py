"""The job that publishes: what it shows, when it is red, and what never stands in its log."""

import dagster as dg
import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.automation.publishing import (
    annotate,
    failure,
    metadata,
    names_in,
    note,
    run,
    sql,
)
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY1, HOTEL, TABLES, Deployment
from polyai_assets_tests.steps import steps_of
from polyai_assets_tests.tiers import LONG
from polyai_assets_tests.write_back.conftest import annotated, noted

pytestmark = pytest.mark.usefixtures("no_facts")


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure, conversations_of_a_day: None) -> Deployment:
    """A platform whose hotel is switched on and whose bank is not."""
    return deploy(configure(write_back=True, max_attempts=1), configure(BANK, max_attempts=1))


def test_a_run_shows_how_many_are_done_refused_unknown_and_pending_by_project(
    deployment: Deployment, polyai: Simulator
):
    first, second, *_ = names_in(deployment)
    annotate(deployment, first)
    note(deployment, second)
    note(deployment, "CA-none")
    sql(
        deployment,
        "INSERT INTO note_requests (project, conversation_id, note) VALUES (?, 'x', 'y')",
        BANK.key,
    )
    result = run(deployment)
    assert result.success
    shown = metadata(result)
    assert {name: shown[name] for name in ("done", "refused", "unknown", "pending")} == {
        "done": 2,
        "refused": 1,
        "unknown": 0,
        "pending": 1,
    }
    bank, hotel = (record.data for record in shown["projects"].records)
    assert (bank["project"], bank["pending"]) == (BANK.key, 1)
    assert bank["why_pending"].startswith("write_back is not switched on for this project")
    assert (hotel["project"], hotel["done"], hotel["refused"], hotel["pending"]) == (HOTEL.key, 2, 1, 0)
    assert [name for name, *_ in annotated(polyai)] == [first]


def test_a_run_without_requests_is_green_and_makes_the_tables(deployment: Deployment):
    sql(deployment, "DROP TABLE note_requests")
    result = run(deployment)
    assert result.success
    assert metadata(result) == {"done": 0, "refused": 0, "unknown": 0, "pending": 0}
    assert sql(deployment, "SELECT count(*) FROM note_requests") == [(0,)]


def test_a_run_is_red_when_something_became_unknown_and_says_what_to_do(
    deployment: Deployment, polyai: Simulator
):
    polyai.faults.add(Fault("lost_answer", call="annotation"))
    first, second, *_ = names_in(deployment)
    annotate(deployment, first)
    annotate(deployment, second)
    result = run(deployment)
    assert not result.success
    told = failure(result)
    assert "us-1/acme/hotel-bot: annotations that may have been published or not: 1." in told
    assert "polyai write-back --retry-unknown" in told
    assert {name: metadata(result)[name] for name in ("done", "unknown")} == {"done": 1, "unknown": 1}
    assert run(deployment).success


def test_a_refused_key_fails_the_run_with_what_to_do_and_without_the_key(
    deploy: Deploy, configure: Configure, conversations_of_a_day: None
):
    deployment = deploy(configure(key="wrong-key-41", write_back=True))
    note(deployment, names_in(deployment)[0])
    result = run(deployment)
    assert not result.success
    told = failure(result)
    assert (
        "requests that stay pending: 1. The key in environment variable KEY_OF_HOTEL_BOT was refused" in told
    )
    assert "wrong-key-41" not in everything_said(deployment, result)


def test_a_file_in_the_outbox_is_taken_in_and_published(deployment: Deployment, polyai: Simulator):
    outbox = deployment.root / "data" / "outbox"
    outbox.mkdir(parents=True)
    name = names_in(deployment)[0]
    (outbox / "notes.csv").write_text(f"project,conversation_id,note\n{HOTEL.key},{name},From a file\n")
    assert run(deployment).success
    assert noted(polyai) == [(name, "From a file")]
    assert [file.name for file in outbox.iterdir()] == ["done"]


def test_a_file_that_is_wrong_makes_the_run_red_and_the_others_are_published(
    deployment: Deployment, polyai: Simulator
):
    outbox = deployment.root / "data" / "outbox"
    outbox.mkdir(parents=True)
    (outbox / "notes.csv").write_text("project,conversation_id\n")
    note(deployment, names_in(deployment)[0])
    result = run(deployment)
    assert not result.success
    told = failure(result)
    assert told == "notes.csv was not taken in: line 1: it has no column note"
    assert len(noted(polyai)) == 1


@pytest.mark.parametrize("kind", ["error", "reset", "lost_answer"])
def test_what_a_person_wrote_is_in_none_of_dagsters_events(
    deployment: Deployment, polyai: Simulator, kind: str
):
    polyai.faults.add(Fault(kind, call="note"))
    first, second, *_ = names_in(deployment)
    note(deployment, first, "her name is Rosalind")
    note(deployment, second, "her name is Rosalind")
    result = run(deployment)
    assert "still pending" in everything_said(deployment, result)
    assert "Rosalind" not in everything_said(deployment, result)


def test_a_platform_with_a_prefix_has_a_job_and_an_outbox_of_its_own(
    deploy: Deploy, configure: Configure, polyai: Simulator, conversations_of_a_day: None
):
    deployment = deploy(configure(write_back=True), key_prefix=("eu",))
    outbox = deployment.root / "data" / "outbox"
    (outbox / "eu").mkdir(parents=True)
    name = names_in(deployment)[0]
    for folder in (outbox, outbox / "eu"):
        (folder / "notes.csv").write_text(f"project,conversation_id,note\n{HOTEL.key},{name},{folder.name}\n")
    assert run(deployment, prefix="eu_").success
    assert noted(polyai) == [(name, "eu")]


@LONG
def test_requests_outlive_the_replacement_of_their_conversations(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(write_back=True))
    assert steps_of(deployment).run(DAY1).success
    run(deployment)
    first, second, *_ = names_in(deployment)
    note(deployment, first, "kept")
    run(deployment)
    note(deployment, second, "pending")
    before = sql(deployment, "SELECT * FROM note_requests")
    assert steps_of(deployment).run(DAY1, assets=TABLES).success
    assert sql(deployment, "SELECT * FROM note_requests") == before
    assert run(deployment).success
    assert sql(deployment, "SELECT state, count(*) FROM note_requests GROUP BY ALL") == [("done", 2)]


def everything_said(deployment: Deployment, result: dg.ExecuteInProcessResult) -> str:
    """All that Dagster keeps of a run."""
    return "\n".join(str(entry) for entry in deployment.instance.all_logs(result.run_id))
