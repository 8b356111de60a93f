"""Requests a second."""

import threading
from math import ceil

import pytest

from polyai_assets.api.caller import RateLimit
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import FakeTime, MakeClient
from polyai_assets_tests.api.scripted_server import ScriptedServer, last


def starts(per_second: float, count: int, time: FakeTime) -> list[float]:
    limit = RateLimit(per_second, sleep=time.sleep, clock=time.clock)
    began = time.now
    found = []
    for _ in range(count):
        limit.wait()
        found.append(time.now - began)
    return found


@pytest.mark.parametrize("per_second", [0.5, 1, 3, 10, 2.5])
def test_no_second_sees_more_than_the_allowed_number(time: FakeTime, per_second: float) -> None:
    found = starts(per_second, 60, time)
    for start in found:
        assert sum(start <= other < start + 1 - 1e-9 for other in found) <= ceil(per_second)


@pytest.mark.parametrize("per_second", [0.5, 1, 2.5, 10])
def test_the_allowed_number_is_reached_over_time(time: FakeTime, per_second: float) -> None:
    assert starts(per_second, 101, time)[-1] == pytest.approx(100 / per_second, abs=1 / min(1, per_second))


def test_the_first_requests_need_not_wait(time: FakeTime) -> None:
    assert starts(10, 10, time) == [0.0] * 10


def test_an_allowance_that_was_not_used_is_not_saved_up(time: FakeTime) -> None:
    limit = RateLimit(2, sleep=time.sleep, clock=time.clock)
    limit.wait()
    time.now += 100
    began = time.now
    for _ in range(4):
        limit.wait()
    assert time.now - began == pytest.approx(1)


def test_threads_share_one_allowance() -> None:
    waits: list[float] = []
    limit = RateLimit(2, sleep=waits.append, clock=lambda: 0.0)
    threads = [threading.Thread(target=limit.wait) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [1, 1, 2, 2]


def test_a_client_keeps_to_it(make_client: MakeClient, server: ScriptedServer, time: FakeTime) -> None:
    server.serve(lambda asked: last("a"))
    client = make_client(requests_per_second=2)
    for _ in range(5):
        client.page(ConversationQuery(), limit=1)
    assert time.slept == [1, 1]
