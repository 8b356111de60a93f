"""One running simulator for all tests of a process; every test finds it as new."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import requests

from polyai_assets.simulator import Clock, SimulatedProject, Simulator

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOTEL = SimulatedProject("us-1", "acme", "hotel-bot", "hotel-key", "hotel", 40, steady=True)
BANK = SimulatedProject("us-1", "acme", "card-support", "bank-key", "bank", 200)
CLINIC = SimulatedProject("uk-1", "acme", "reception", "clinic-key", "clinic", 60)
# Its two keys open a surface each, and the one of the Agents API has no PII access.
GUARDED = SimulatedProject(
    *("euw-1", "acme", "front-desk", "front-key", "hotel", 10),
    steady=True,
    agents_api_key="front-agents-key",
    pii_access=False,
)
DAY = {"start_time": "2026-11-03T00:00:00Z", "end_time": "2026-11-04T00:00:00Z"}

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator([HOTEL, BANK, CLINIC, GUARDED], seed=7, clock=Clock(NOW))
    with simulator.running() as url:
        yield simulator, url


@pytest.fixture
def simulator(served: tuple[Simulator, str]) -> Simulator:
    simulator, _ = served
    simulator.faults.clear()
    simulator.clock.stop_at(NOW)
    simulator.requests.clear()
    for project in (HOTEL, BANK, CLINIC, GUARDED):
        simulator.restore(project.key)
    return simulator


@pytest.fixture
def url(served: tuple[Simulator, str], simulator: Simulator) -> str:
    return served[1]


@pytest.fixture(scope="session")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def ask(url: str, session: requests.Session) -> Ask:
    """Ask for a day of the hotel, or for what the arguments say instead; None leaves a parameter out."""

    def ask(
        project: SimulatedProject = HOTEL, key: str | None = None, version: str = "v3", **changed: Any
    ) -> requests.Response:
        return session.get(
            f"{url}/{version}/{project.account_id}/{project.project_id}/conversations",
            params=DAY | changed,
            headers={"x-api-key": project.api_key if key is None else key},
            timeout=10,
            allow_redirects=False,
        )

    return ask


@pytest.fixture
def agents(url: str, session: requests.Session) -> Ask:
    """Ask the Agents API: for the list, or for what `parts` say below it; an id is encoded like any part."""

    def agents(
        *parts: str,
        project: SimulatedProject = HOTEL,
        key: str | None = None,
        method: str = "GET",
        **given: Any,
    ) -> requests.Response:
        path = "/".join(quote(part, safe="") for part in ("conversations", *parts))
        return session.request(
            method,
            f"{url}/v1/agents/{project.project_id}/{path}",
            headers={"x-api-key": key or project.agents_api_key or project.api_key},
            timeout=10,
            **given,
        )

    return agents


def ids(reply: requests.Response) -> list[str]:
    return [conversation["id"] for conversation in reply.json()["conversations"]]
