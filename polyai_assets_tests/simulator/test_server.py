import socket
from threading import Thread

import pytest
import requests

from polyai_assets.simulator import Clock, Fault, SimulatedProject, Simulator
from polyai_assets_tests.simulator.conftest import NOW

pytestmark = pytest.mark.slow

PROJECT = SimulatedProject("us-1", "acme", "bot", "k", steady=True)


def list_one(url: str) -> requests.Response:
    return requests.get(f"{url}/v3/acme/bot/conversations?limit=1", headers={"x-api-key": "k"}, timeout=20)


def test_the_port_is_free_again_after_running() -> None:
    simulator = Simulator([PROJECT], clock=Clock(NOW))
    with simulator.running() as url:
        assert list_one(url).status_code == 200
    port = int(url.rpartition(":")[2])

    with simulator.running(port=port) as again:
        assert again == url
        assert list_one(again).status_code == 200


def test_a_taken_port_is_an_error_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        Simulator([PROJECT]).running(port=taken.getsockname()[1]),
    ):
        pass


def test_two_simulators_run_side_by_side() -> None:
    with Simulator([PROJECT], seed=1).running() as one, Simulator([PROJECT], seed=2).running() as two:
        assert list_one(one).json()["conversations"] != list_one(two).json()["conversations"]


def test_a_stalled_answer_does_not_keep_the_server_from_stopping() -> None:
    simulator = Simulator([PROJECT], clock=Clock(NOW))
    stalled = simulator.faults.add(Fault("stall", {"seconds": 3600}))
    with simulator.running() as url:
        waiting = Thread(target=list_one, args=(url,))
        waiting.start()
        while not stalled.hits:
            pass
    waiting.join(timeout=10)

    assert not waiting.is_alive()


def test_a_stalled_answer_does_not_hold_up_the_others() -> None:
    simulator = Simulator([PROJECT], clock=Clock(NOW))
    stalled = simulator.faults.add(Fault("stall", {"seconds": 3600}))
    with simulator.running() as url:
        waiting = Thread(target=list_one, args=(url,))
        waiting.start()
        while not stalled.hits:
            pass
        assert list_one(url).status_code == 200
        assert waiting.is_alive()
    waiting.join(timeout=10)


def test_nothing_is_logged_about_requests_and_broken_connections(caplog: pytest.LogCaptureFixture) -> None:
    simulator = Simulator([PROJECT], clock=Clock(NOW))
    simulator.faults.add(Fault("reset"))
    simulator.faults.add(Fault("cut_body"))
    with simulator.running() as url:
        for _ in range(2):
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                list_one(url)
        assert list_one(url).status_code == 200

    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
