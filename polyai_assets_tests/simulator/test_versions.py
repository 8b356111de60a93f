"""What differs between versions and between deployments."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Clock, SimulatedProject, Simulator
from polyai_assets_tests.simulator.conftest import DAY, NOW, Ask, ids

PROJECT = SimulatedProject("us-1", "a", "b", "k", steady=True, conversations_per_day=30)
ALL_INCLUDES = dict.fromkeys(("include_latency", "include_turn_metadata", "include_context_state"), "true")

AskOf = Callable[..., requests.Response]


@pytest.fixture
def ask_of(session: requests.Session) -> Iterator[AskOf]:
    """Ask a PolyAI that is set up in its own way."""
    with ExitStack() as stack:

        def ask_of(setting: dict[str, Any], version: str = "v3", **changed: Any) -> requests.Response:
            simulator = Simulator([PROJECT], clock=Clock(NOW), **setting)
            url = stack.enter_context(simulator.running())
            address = f"{url}/{version}/a/b/conversations"
            return session.get(address, params=DAY | changed, headers={"x-api-key": "k"}, timeout=10)

        yield ask_of


def test_v2_has_the_records_of_v3(ask: Ask) -> None:
    assert ask(version="v2").json()["conversations"] == ask(version="v3").json()["conversations"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "version", "keys"),
    [
        ({}, "v3", {"conversations", "next_offset", "cursor"}),
        ({}, "v2", {"conversations", "next_offset"}),
        ({"streaming": True}, "v2", {"conversations", "next_offset", "cursor"}),
        ({"streaming": True, "pagination": "offset"}, "v2", {"conversations", "next_offset"}),
        ({"streaming": True}, "v1", {"conversations", "next_offset", "descriptions"}),
    ],
)
def test_which_version_knows_cursors(
    ask_of: AskOf, setting: dict[str, Any], version: str, keys: set[str]
) -> None:
    assert ask_of(setting, version, limit=7).json().keys() == keys


@pytest.mark.slow
def test_v2_without_streaming_passes_over_a_cursor(ask_of: AskOf) -> None:
    assert ask_of({}, "v2", cursor="not a cursor").status_code == 200
    assert ask_of({"streaming": True}, "v2", cursor="not a cursor").status_code == 400


def test_v2_has_the_errors_of_v3(ask: Ask) -> None:
    assert ask(version="v2", limit=1001).json()["error_code"] == "GET_CONVERSATIONS_FILTER_PARSE_ERROR"


def test_an_unknown_version_is_404(ask: Ask) -> None:
    assert ask(version="v4").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_deployment_ignores_an_include_that_it_does_not_know(ask_of: AskOf, version: str) -> None:
    setting = {"includes": frozenset({"include_latency", "include_turn_metadata"})}
    (first, *_) = ask_of(setting, version, **ALL_INCLUDES).json()["conversations"]
    assert first["state"] == {}
    assert first["turns"][0].keys() >= {"latency", "metadata"}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_deployment_may_refuse_an_include_that_it_does_not_know(ask_of: AskOf, version: str) -> None:
    setting = {"includes": frozenset({"include_latency"}), "refuses_unknown_includes": True}
    reply = ask_of(setting, version, include_latency="true", include_context_state="true")
    assert reply.status_code == 400
    assert "include_context_state" in reply.json()["error_message"]
    assert ask_of(setting, version, include_latency="true").status_code == 200


def test_a_semantic_search_gives_the_nearest_first_by_cursor_and_by_offset(ask: Ask) -> None:
    search = {
        "query_type": "semantic",
        "query": "breakfast reservation",
        "start_time": "2026-11-01T00:00:00Z",
    }
    everything = ids(ask(**search))
    first = ask(**search, limit=3).json()
    by_cursor = ids(ask(**search, limit=1000, cursor=first["cursor"]))
    by_offset = ids(ask(**search, limit=1000, offset=3))

    assert len(everything) > 6
    assert everything[3:] == by_cursor == by_offset
    both = [
        {"break", "reser"} <= {word[:5] for word in str(one["turns"]).lower().split()}
        for one in ask(**search).json()["conversations"]
    ]
    assert any(both)
    assert not all(both)
    assert both.index(False) > 0
