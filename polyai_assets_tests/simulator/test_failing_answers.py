"""Answers that fail on their way, are cut, delayed, or lead nowhere."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection

import pytest
import requests

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import HOTEL, Ask, ids

NO_RANGE = {"start_time": None, "end_time": None}


def test_a_rate_limit_says_when_to_come_back_in_seconds_as_a_date_or_not_at_all(
    ask: Ask, simulator: Simulator
) -> None:
    for parameters in ({"retry_after": 7}, {"retry_after": 60, "as_date": True}, {"retry_after": None}):
        simulator.faults.add(Fault("rate_limited", parameters))

    seconds, date, none, after = ask(), ask(), ask(), ask()

    assert [reply.status_code for reply in (seconds, date, none, after)] == [429, 429, 429, 200]
    assert seconds.headers["Retry-After"] == "7"
    ahead = parsedate_to_datetime(date.headers["Retry-After"]) - datetime.now(UTC)
    assert timedelta(seconds=30) < ahead <= timedelta(seconds=60)
    assert "Retry-After" not in none.headers


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_has_its_status_and_the_envelope(ask: Ask, simulator: Simulator, status: int) -> None:
    simulator.faults.add(Fault("error", {"status": status}, times=2))

    replies = [ask(), ask(), ask()]

    assert [reply.status_code for reply in replies] == [status, status, 200]
    assert replies[0].json()["success"] is False


def test_a_redirect_may_lead_to_another_host(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("redirect", {"to": "http://other.invalid/v3", "status": 307}))

    reply = ask()

    assert reply.status_code == 307
    assert reply.headers["Location"] == "http://other.invalid/v3"


def test_a_reset_connection_gives_no_answer(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("reset"))

    with pytest.raises(requests.ConnectionError, match="reset"):
        ask()

    assert simulator.requests[0].status is None
    assert ask().status_code == 200


def test_a_cut_body_is_shorter_than_announced(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("cut_body", {"share": 0.3}))

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        ask()

    assert len(ids(ask())) == 40


def test_truncated_json_has_the_length_that_is_announced(ask: Ask, simulator: Simulator) -> None:
    whole = ask().content
    simulator.faults.add(Fault("truncated_json", {"share": 0.5}))

    assert ask().content == whole[: len(whole) // 2]


@pytest.mark.parametrize("parameters", [{"seconds": 0.15}, {"seconds": 0.15, "share": 0.5}])
def test_a_stall_delays_the_answer_and_leaves_it_whole(
    ask: Ask, simulator: Simulator, parameters: dict[str, float]
) -> None:
    whole = ask().content
    simulator.faults.add(Fault("stall", parameters))
    started = time.monotonic()

    assert ask().content == whole
    assert time.monotonic() - started >= 0.15


def test_a_stall_within_the_body_comes_after_its_first_part(ask: Ask, simulator: Simulator, url: str) -> None:
    half = len(ask(**NO_RANGE).content) // 2
    simulator.faults.add(Fault("stall", {"seconds": 3600, "share": 0.5}))
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/v3/acme/hotel-bot/conversations", headers={"x-api-key": HOTEL.api_key})

    with closing(connection), connection.getresponse() as reply:
        assert len(reply.read(half)) == half
        connection.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            reply.read()
