"""The simulated PolyAI of the demo: one at a time, on a free port, and one that stays afterwards."""

import os
import socket
from pathlib import Path

import pytest
import requests

from polyai_assets.demo import simulated
from polyai_assets.demo.project import DemoError
from polyai_assets.demo.simulated import (
    HOME_VARIABLE,
    KEY_VARIABLE,
    PORT_VARIABLE,
    end_left,
    is_taken,
    leave_running,
    simulated_here,
)
from polyai_assets.demo.ui import open_ui
from polyai_assets_tests.simulator.test_webhook import free_port


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch):
    for name in (HOME_VARIABLE, PORT_VARIABLE):
        monkeypatch.setenv(name, "before")
    monkeypatch.setenv(KEY_VARIABLE, "simulator")
    monkeypatch.setattr(simulated, "PORT", free_port())


def ask(url: str) -> requests.Response:
    where = f"{url}/v3/acme/hotel-bot/conversations?limit=1"
    return requests.get(where, headers={"x-api-key": "simulator"}, timeout=20)


@pytest.mark.slow
def test_it_has_the_usual_port_unless_something_else_has_it(tmp_path: Path):
    with simulated_here(tmp_path) as (_, url):
        assert url == f"http://127.0.0.1:{simulated.PORT}"
    with socket.create_server(("127.0.0.1", simulated.PORT)), simulated_here(tmp_path) as (_, url):
        assert url != f"http://127.0.0.1:{simulated.PORT}"
        assert url.endswith(f":{os.environ[PORT_VARIABLE]}")
        assert ask(url).ok


@pytest.mark.slow
def test_two_at_once_would_disagree_about_the_time(tmp_path: Path):
    with (
        simulated_here(tmp_path),
        pytest.raises(DemoError, match="another `polyai demo` or `make dev` runs in"),
        simulated_here(tmp_path),
    ):
        pass


@pytest.mark.slow
def test_one_stays_and_makes_room_for_the_next_demo(tmp_path: Path):
    with simulated_here(tmp_path) as (_, url):
        pass
    left = leave_running(tmp_path, int(url.rpartition(":")[2]))
    try:
        assert ask(url).ok
        with simulated_here(tmp_path) as (_, again):
            assert again == url
            assert ask(again).ok
        assert not is_taken(left.port)
    finally:
        end_left(tmp_path)


@pytest.mark.slow
def test_what_has_taken_the_port_of_one_that_stayed_is_not_ended(tmp_path: Path):
    with simulated_here(tmp_path) as (_, url):
        port = int(url.rpartition(":")[2])
        (tmp_path / "data" / "simulator.json").write_text(f'{{"pid": {os.getpid() + 1}, "port": {port}}}')
        assert end_left(tmp_path) is None
        assert ask(url).ok
    assert end_left(tmp_path) is None


@pytest.mark.slow
def test_a_port_that_cannot_be_had_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("polyai_assets.demo.project.demo_project", lambda start: tmp_path)
    (tmp_path / "data").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(DemoError, match=f"port {port} is taken.* make dev PORT={port + 1} or"):
            open_ui(tmp_path, port)
