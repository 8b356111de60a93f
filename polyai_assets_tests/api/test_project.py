"""Naming a project, and the settings to reach it."""

from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.api.errors import InvalidConnection, InvalidProject, PermanentError
from polyai_assets.api.project import CONVERSATIONS_HOSTS, Connection, Project

PROJECT = Project("us-1", "acme", "hotel-bot")


def connect(**settings: Any) -> Connection:
    return Connection(**{"project": PROJECT, "api_key": SecretStr("k"), "key_source": "a test", **settings})


def test_a_key_names_region_account_and_project() -> None:
    assert PROJECT.key == "us-1/acme/hotel-bot" == str(PROJECT)


def test_a_key_can_be_parsed_back() -> None:
    assert Project.parse(PROJECT.key) == PROJECT


@pytest.mark.parametrize("key", ["", "us-1", "us-1/acme", "us-1/acme/bot/extra", "us-1//bot", "//"])
def test_what_does_not_name_a_project_is_refused(key: str) -> None:
    with pytest.raises(InvalidProject):
        Project.parse(key)


@pytest.mark.parametrize(
    "part", ["", " acme", "acme ", ".", "..", "a/b", "a|b", "a,b", "a[b", "a]b", "a\nb", "a\x00"]
)
def test_a_part_that_would_break_a_path_or_a_partition_key_is_refused(part: str) -> None:
    with pytest.raises(InvalidProject, match="account_id"):
        Project("us-1", part, "bot")


def test_projects_sort_by_region_account_and_project() -> None:
    keys = ["uk-1/a/a", "us-1/a/b", "us-1/a/a", "euw-1/z/z"]
    assert [project.key for project in sorted(map(Project.parse, keys))] == sorted(keys)


@pytest.mark.parametrize("region", ["us-1", "uk-1", "euw-1"])
def test_a_region_has_its_host(region: str) -> None:
    assert connect(project=Project(region, "a", "b")).host == f"https://api.{region}.platform.polyai.app"
    assert set(CONVERSATIONS_HOSTS) == {"us-1", "uk-1", "euw-1", "studio"}


def test_the_region_of_self_served_workspaces_has_one_host_and_a_studio_of_its_own() -> None:
    project = Project("studio", "ws-1", "PROJECT-2")

    assert connect(project=project).host == "https://api.studio.poly.ai"
    assert project.studio_url == "https://studio.poly.ai/ws-1/PROJECT-2/conversations/"


def test_an_unknown_region_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidConnection, match="us-1, uk-1, euw-1, studio"):
        connect(project=Project("us-2", "a", "b"))


def test_a_base_url_makes_any_region_reachable() -> None:
    assert (
        connect(project=Project("us-2", "a", "b"), base_url="http://localhost:8080/").host
        == "http://localhost:8080"
    )


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "localhost:8080",
        "ftp://host",
        "https://",
        "http://host:port",
        "http://[::1",
        "http://host?x=1",
        "http://host#x",
    ],
)
def test_a_base_url_that_is_no_address_is_refused(base_url: str) -> None:
    with pytest.raises(InvalidConnection, match="us-1/acme/hotel-bot"):
        connect(base_url=base_url)


def test_a_password_in_a_base_url_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidConnection) as caught:
        connect(base_url="https://someone:hush@host")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "setting",
    [
        *(
            "requests_per_second",
            "connect_timeout",
            "read_timeout",
            "max_attempts",
            "max_wait",
            "give_up_after",
        ),
        *("lowest_rate", "rate_over", "max_answer_bytes", "max_conversations_per_day"),
    ],
)
@pytest.mark.parametrize("value", [0, -1])
def test_a_number_that_must_be_above_zero_is_named(setting: str, value: int) -> None:
    with pytest.raises(InvalidConnection, match=setting):
        connect(**{setting: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_time_without_end_is_refused(value: float) -> None:
    with pytest.raises(InvalidConnection, match="read_timeout"):
        connect(read_timeout=value)


def test_wrong_settings_are_permanent() -> None:
    assert issubclass(InvalidConnection, PermanentError)
    assert issubclass(InvalidProject, PermanentError)
