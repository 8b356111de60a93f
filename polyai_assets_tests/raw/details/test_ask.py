"""DetailRequest for details: what counts as an answer, and when it is given up."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from polyai_assets.api.errors import NotFound, PolyAIError, Unauthorized
from polyai_assets.raw.details.ask import DetailAsker, DetailRequest, failing_last
from polyai_assets.raw.details.files import DetailSpool
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.trouble import HOPELESS
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, DAY4, HOTEL, project_of

NOW = datetime(2026, 3, 3, tzinfo=UTC)
SHA = b"\x01" * 32
MANY = 60


@pytest.fixture
def spool(tmp_path: Path) -> DetailSpool:
    return DetailSpool(tmp_path / "details.spool")


@pytest.fixture
def askings(polyai: Simulator) -> list[DetailRequest]:
    """Many conversations."""
    for number in range(MANY):
        record = {"id": f"talk {number}", "started_at": f"{DAY1}T12:00:00Z", "environment": "live"}
        polyai.put(HOTEL.key, record)
    polyai.requests.clear()
    return [DetailRequest(f"talk {number}", SHA) for number in range(MANY)]


@pytest.fixture
def asker(configure: Configure) -> Callable[..., DetailAsker]:
    def asker(**options: object) -> DetailAsker:
        config = configure(**{"max_attempts": 1, **options})
        return DetailAsker(config.project, config.agents_connection, lambda: NOW)

    return asker


def broken(status: int, **where: object) -> Fault:
    return Fault("error", {"status": status}, call="detail", times=None, **where)  # type: ignore[arg-type]


def test_all_are_asked_for_each_once(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    with asker() as asking:
        assert asking.ask_day(Partition(project_of(HOTEL), DAY1), askings, spool) == {}
    assert len(polyai.requests) == MANY
    assert {name: one.status for name, one in spool.asked.items()} == dict.fromkeys(
        (f"talk {number}" for number in range(MANY)), "found"
    )
    assert all(one.asked_at == NOW and one.of_payload_sha256 == SHA for one in spool.asked.values())


def test_no_connection_is_made_where_nobody_is_asked_for(configure: Configure) -> None:
    with DetailAsker(project_of(HOTEL), configure(key=None).agents_connection, lambda: NOW):
        pass


def test_an_error_that_all_would_meet_ends_it_and_is_met_once(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    with asker(key="wrong") as asking:
        for _ in range(3):
            with pytest.raises(Unauthorized):
                asking.ask_day(Partition(project_of(HOTEL), DAY1), askings, spool)
    assert len(polyai.requests) <= 8


def test_a_detail_beyond_its_bound_is_unreadable_and_stops_no_other(
    asker: Callable[..., DetailAsker], spool: DetailSpool
) -> None:
    def find(asked: Asked) -> Answer:
        name = unquote(asked.path.rpartition("/")[2])
        heavy = "x" * 1_100_000 if name.startswith("heavy") else ""
        return Answer(body=json.dumps({"conversationId": name, "note": heavy}).encode())

    names = [f"heavy {number}" for number in range(2 * HOPELESS)] + ["light"]
    with ScriptedServer() as server:
        server.serve(find)
        with asker(agents_base_url=server.url, max_answer_mb=1) as asking:
            assert (
                asking.ask_day(
                    Partition(project_of(HOTEL), DAY1), [DetailRequest(name, SHA) for name in names], spool
                )
                == {}
            )
    assert {name: one.status for name, one in spool.asked.items()} == {
        name: "unreadable" if name.startswith("heavy") else "found" for name in names
    }
    assert "max_answer_mb" in spool.asked["heavy 0"].reason


def test_a_404_of_one_conversation_is_its_own(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    polyai.faults.add(broken(404, conversation_id="talk 0"))
    with asker() as asking:
        failed = asking.ask_day(Partition(project_of(HOTEL), DAY1), askings, spool)
    assert list(failed) == ["talk 0"]
    assert isinstance(failed["talk 0"], NotFound)
    assert len(spool.asked) == MANY - 1


@pytest.mark.parametrize("how", ["no_id", "not_an_object"])
def test_an_answer_that_is_no_detail_is_kept_with_the_reason(
    asker: Callable[..., DetailAsker],
    askings: list[DetailRequest],
    spool: DetailSpool,
    polyai: Simulator,
    how: str,
) -> None:
    polyai.faults.add(Fault("poison", {"how": how}, conversation_id="talk 0", times=None))
    with asker() as asking:
        assert asking.ask_day(Partition(project_of(HOTEL), DAY1), askings[:1], spool) == {}
    assert spool.asked["talk 0"].status == "unreadable"
    assert spool.asked["talk 0"].reason.startswith("The server sent no conversation.")
    assert spool.payload("talk 0") is not None


def test_when_nobody_answers_the_day_is_given_up_and_the_next_is_tried_hastily(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    polyai.faults.add(broken(418))
    calls = []
    with asker() as asking:
        for day in (DAY1, DAY2, DAY3):
            polyai.requests.clear()
            failed = asking.ask_day(Partition(project_of(HOTEL), day), askings, spool)
            assert failed.keys() == {one.conversation_id for one in askings}
            calls.append(len(polyai.requests))
        assert HOPELESS <= calls[0] < HOPELESS + 16
        assert max(calls[1:]) < 2 + 16
        polyai.faults.clear()
        assert asking.ask_day(Partition(project_of(HOTEL), DAY4), askings, spool) == {}
    assert len(spool.asked) == MANY


def test_days_of_few_conversations_are_given_up_together(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    polyai.faults.add(Fault("error", {"status": 503}, call="detail", times=None))
    attempts = []
    with asker(max_attempts=4) as asking:
        for day in (askings[:3], askings[3:6], askings[6:8]):
            polyai.requests.clear()
            asking.ask_day(Partition(project_of(HOTEL), DAY1), day, spool)
            attempts.append(len(polyai.requests))
    assert attempts == [12, 12, 6]


def test_an_error_that_nobody_foresaw_ends_it(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    spool.close()
    with asker() as asking, pytest.raises(ValueError, match="closed file"):
        asking.ask_day(Partition(project_of(HOTEL), DAY1), askings, spool)
    assert len(polyai.requests) < MANY


def test_the_error_of_a_conversation_says_nothing_of_the_key(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    polyai.faults.add(broken(500, conversation_id="talk 0"))
    with asker() as asking:
        (error,) = asking.ask_day(Partition(project_of(HOTEL), DAY1), askings, spool).values()
    assert isinstance(error, PolyAIError)
    assert HOTEL.api_key not in str(error)


def test_who_failed_the_last_time_comes_last_and_who_failed_first_at_the_very_end() -> None:
    askings = [DetailRequest(name, SHA) for name in ("a", "b", "c", "d", "e")]
    found = failing_last(askings, ["c", "a", "gone"])
    assert [one.conversation_id for one in found] == ["b", "d", "e", "a", "c"]


def test_those_that_were_tried_are_told_before_those_that_were_not(
    asker: Callable[..., DetailAsker], askings: list[DetailRequest], spool: DetailSpool, polyai: Simulator
) -> None:
    polyai.faults.add(broken(418))
    with asker() as asking:
        failed = list(asking.ask_day(Partition(project_of(HOTEL), DAY1), askings, spool))
    tried = {request.path.rsplit("/", 1)[1].replace("%20", " ") for request in polyai.requests}
    assert set(failed[: len(tried)]) == tried
    assert len(failed) == MANY
