"""Where the Agents API is."""

from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.api.errors import InvalidConnection
from polyai_assets.api.project import AGENTS_HOSTS, CONVERSATIONS_HOSTS, AgentsConnection, Project


def connect(**settings: Any) -> AgentsConnection:
    project = Project(settings.pop("region", "us-1"), "acme", settings.pop("project_id", "hotel-bot"))
    return AgentsConnection(project=project, api_key=SecretStr("k"), key_source="a test", **settings)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-1", "https://api.us.poly.ai"),
        ("uk-1", "https://api.uk.poly.ai"),
        ("euw-1", "https://api.eu.poly.ai"),
        ("studio", "https://api.studio.poly.ai"),
    ],
)
def test_a_region_has_its_host(region: str, host: str) -> None:
    assert connect(region=region).host == host


def test_every_region_of_the_list_has_a_host() -> None:
    assert AGENTS_HOSTS.keys() == CONVERSATIONS_HOSTS.keys()


def test_the_agent_has_the_id_of_the_project() -> None:
    assert connect(project_id="hôtel #1").path == "/v1/agents/h%C3%B4tel%20%231/conversations"


def test_a_base_url_stands_in_for_the_host() -> None:
    assert connect(region="moon", base_url="http://127.0.0.1:8765/").host == "http://127.0.0.1:8765"


def test_an_unknown_region_names_the_option_to_set() -> None:
    with pytest.raises(InvalidConnection, match="set agents_base_url"):
        connect(region="moon")


@pytest.mark.parametrize("base_url", ["host", "http://host?x=1"])
def test_a_base_url_that_cannot_be_used_is_named_as_the_option_is(base_url: str) -> None:
    with pytest.raises(InvalidConnection, match=r"^agents_base_url of us-1/acme/hotel-bot"):
        connect(base_url=base_url)
