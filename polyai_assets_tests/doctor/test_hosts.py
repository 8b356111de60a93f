"""Hosts: which part of the way to them fails, and whether their clock agrees."""

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError

from polyai_assets.doctor.hosts import clock, failure, look_at_host
from polyai_assets_tests.api.scripted_server import Answer, ScriptedServer
from polyai_assets_tests.doctor.asking import GREEN, RED, YELLOW, only, verdicts

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
DATE = "Tue, 03 Nov 2026 12:00:00 GMT"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def closed_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [
        (timedelta(seconds=-61), YELLOW),
        (timedelta(seconds=-60), GREEN),
        (timedelta(0), GREEN),
        (timedelta(seconds=60), GREEN),
        (timedelta(seconds=61), YELLOW),
    ],
)
def test_a_clock_more_than_a_minute_off_is_told(ahead: timedelta, verdict: str):
    assert clock("https://host", NOW, NOW + ahead).verdict == verdict


def test_a_host_is_reached_whatever_it_answers_and_no_key_is_sent(server: ScriptedServer):
    server.will(Answer(404, headers={"Date": DATE}))
    found = list(look_at_host(server.url, lambda: NOW + timedelta(minutes=5)))
    assert verdicts(found) == [("host", GREEN), ("clock", YELLOW)]
    assert "300 seconds ahead of" in found[1].says
    (asked,) = server.asked
    assert not {"x-api-key", "authorization"} & {name.lower() for name in asked.headers}


@pytest.mark.slow
def test_a_port_that_nobody_listens_on_is_told(closed_port: int):
    found = only(look_at_host(f"http://127.0.0.1:{closed_port}", lambda: NOW))
    assert found.verdict is RED
    assert "cannot be connected to" in found.says
    assert "Connection refused" in found.says


def test_a_name_that_is_not_known_is_told():
    unknown = NameResolutionError("no-such-host", HTTPConnection("no-such-host"), socket.gaierror())
    error = requests.ConnectionError(MaxRetryError(HTTPConnectionPool("no-such-host"), "/", unknown))
    found = failure("https://no-such-host", "", error)
    assert (found.verdict, found.says) == (RED, "https://no-such-host: this name is not known")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (requests.ConnectTimeout(), "no connection within 5 s"),
        (requests.ReadTimeout(), "connected, but no answer within 6 s"),
        (requests.exceptions.InvalidURL(), "is no address"),
    ],
)
def test_every_part_of_the_way_is_told_apart(error: requests.RequestException, told: str):
    assert told in failure("https://host", "", error).says


def test_a_server_without_tls_is_told_as_that(server: ScriptedServer):
    found = only(look_at_host(server.url.replace("http://", "https://"), lambda: NOW))
    assert found.verdict is RED
    assert "TLS fails" in found.says


@pytest.mark.slow
def test_a_proxy_that_is_not_there_is_told_without_its_login(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{closed_port}")
    found = only(look_at_host("https://api.us-1.platform.polyai.app", lambda: NOW))
    assert found.verdict is RED
    assert f"is not reached through the proxy 127.0.0.1:{closed_port}" in found.says
    assert "hunter2" not in found.says


def test_a_proxy_that_cannot_be_used_is_told_by_its_variable_and_not_shown(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://okapi-bea:p4nda#t1ger@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    finding = only(look_at_host(server.url, lambda: NOW))
    assert finding.verdict is RED
    assert "is not asked: HTTP_PROXY has a user or password" in finding.says
    assert not [part for part in ("okapi", "p4nda", "t1ger") if part in finding.says]
    assert server.asked == []


@pytest.mark.slow
def test_certificates_that_are_not_there_are_told_by_their_variable(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    finding = only(look_at_host(f"https://127.0.0.1:{closed_port}", lambda: NOW))
    assert finding.verdict is RED
    assert "REQUESTS_CA_BUNDLE names /nowhere, which is not there" in finding.says
