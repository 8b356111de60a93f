"""What is no part of PolyAI: the webhook for a demo's alerts, and being ended by whoever started it."""

import os
import socket
import time
from contextlib import suppress
from threading import Thread

import pytest
import requests
from pydantic import SecretStr

from polyai_assets.alerts.send import send
from polyai_assets.simulator import SimulatedProject, Simulator, serve

pytestmark = pytest.mark.slow

PROJECT = SimulatedProject("us-1", "acme", "bot", "k", steady=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_the_webhook_takes_an_alert_and_shows_it() -> None:
    with Simulator([PROJECT]).running() as url:
        target = SecretStr(f"json{url.removeprefix('http')}/webhook")
        assert send(target, "hotel-bot: 1 error", "a day is red", "failure") is None
        (message,) = requests.get(f"{url}/webhook", timeout=10).json()
    assert (message["title"], message["message"]) == ("hotel-bot: 1 error", "a day is red")


def test_what_is_no_json_is_refused_by_the_webhook() -> None:
    with Simulator([PROJECT]).running() as url:
        assert requests.post(f"{url}/webhook", data=b"{", timeout=10).status_code == 400
        assert requests.get(f"{url}/webhook", timeout=10).json() == []


def test_it_ends_after_some_time_without_a_request() -> None:
    server = Thread(target=serve, args=(Simulator([PROJECT]), "127.0.0.1", free_port(), 0.2), daemon=True)
    server.start()
    server.join(timeout=20)
    assert not server.is_alive()


@pytest.mark.parametrize(("body", "status"), [({"pid": os.getpid() + 1}, 409), ({}, 400)])
def test_it_is_not_ended_by_who_means_another_process(body: dict[str, int], status: int) -> None:
    with Simulator([PROJECT]).running() as url:
        assert requests.post(f"{url}/_simulator/stop", json=body, timeout=10).status_code == status
        assert requests.get(f"{url}/_simulator/clock", timeout=10).ok


def test_who_knows_its_process_may_end_it() -> None:
    port = free_port()
    server = Thread(target=serve, args=(Simulator([PROJECT]), "127.0.0.1", port), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{port}/_simulator"
    for _ in range(400):
        with suppress(requests.ConnectionError):
            requests.get(f"{url}/clock", timeout=10)
            break
        time.sleep(0.05)
    assert requests.post(f"{url}/stop", json={"pid": os.getpid()}, timeout=10).status_code == 204
    server.join(timeout=20)
    assert not server.is_alive()
