import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.project import AgentsConnection, Connection, Project
from polyai_assets_tests.api.scripted_server import ScriptedServer

KEY = "k3y-that-nobody-may-see/+%"
PROJECT = Project("us-1", "acme", "hotel-bot")

MakeClient = Callable[..., ConversationsClient]
MakeAgents = Callable[..., AgentsClient]


class FakeTime:
    """A clock that moves only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def connection(server: ScriptedServer) -> Callable[..., Connection]:
    def make(**changes: Any) -> Connection:
        settings: dict[str, Any] = {
            "project": PROJECT,
            "api_key": SecretStr(KEY),
            "key_source": "environment variable POLYAI_KEY_HOTEL",
            "base_url": server.url,
            "requests_per_second": 1000,
            **changes,
        }
        return Connection(**settings)

    return make


@pytest.fixture
def make_client(connection: Callable[..., Connection], time: FakeTime) -> Iterator[MakeClient]:
    """Make a client of the server: `page_size`, `sleep`, `clock`, and any setting of the connection."""
    with ExitStack() as stack:

        def make(*, page_size: int | None = None, **changes: Any) -> ConversationsClient:
            sleep, clock = changes.pop("sleep", time.sleep), changes.pop("clock", time.clock)
            client = ConversationsClient(connection(**changes), page_size=page_size, sleep=sleep, clock=clock)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> ConversationsClient:
    return make_client()


@pytest.fixture
def make_agents(server: ScriptedServer, time: FakeTime) -> Iterator[MakeAgents]:
    """Make a client of the server's Agents API: `sleep`, `clock`, and any setting of the connection."""
    with ExitStack() as stack:

        def make(**changes: Any) -> AgentsClient:
            sleep, clock = changes.pop("sleep", time.sleep), changes.pop("clock", time.clock)
            settings: dict[str, Any] = {
                "project": PROJECT,
                "api_key": SecretStr(KEY),
                "key_source": "environment variable POLYAI_KEY_HOTEL",
                "base_url": server.url,
                "requests_per_second": 1000,
                **changes,
            }
            client = AgentsClient(AgentsConnection(**settings), sleep=sleep, clock=clock)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def agents(make_agents: MakeAgents) -> AgentsClient:
    return make_agents()


@pytest.fixture(autouse=True)
def _same_jitter() -> None:
    random.seed(20261103)
