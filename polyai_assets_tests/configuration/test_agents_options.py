"""The options of the Agents API: its address, and its key where it is another one."""

import pytest
import yaml
from jsonschema import Draft7Validator

from polyai_assets.api.project import AgentsConnection
from polyai_assets.configuration import MissingKey
from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets_tests.configuration.conftest import KEY, VALID, Load, Problems

AGENTS_KEY = "ak-77d0e1f2"
WITH_KEY = VALID + '      agents_api_key: "{{ env.AGENTS_KEY }}"\n'
"""A file whose line 11 names a key for the Agents API."""


@pytest.fixture(autouse=True)
def _agents_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTS_KEY", AGENTS_KEY)


def agents_connection(load: Load, text: str) -> AgentsConnection:
    return load(text, keys_needed=False).projects[0].agents_connection()


def test_the_agents_api_is_reached_at_its_own_host_with_the_key_of_the_project(load: Load):
    connection = agents_connection(load, VALID)
    assert connection.host == "https://api.us.poly.ai"
    assert connection.path == "/v1/agents/hotel-bot/conversations"
    assert connection.api_key.get_secret_value() == KEY
    assert connection.key_source == "environment variable HOTEL_KEY"


def test_another_key_for_the_agents_api_is_used_for_it_alone(load: Load):
    (project,) = load(WITH_KEY).projects
    assert project.agents_connection().api_key.get_secret_value() == AGENTS_KEY
    assert project.agents_connection().key_source == "environment variable AGENTS_KEY"
    assert project.connection().api_key.get_secret_value() == KEY


def test_an_agents_key_may_be_a_default(load: Load):
    text = VALID + '  defaults: {agents_api_key: "{{ env.AGENTS_KEY }}"}\n'
    assert agents_connection(load, text).api_key.get_secret_value() == AGENTS_KEY


def test_an_agents_key_that_is_null_is_the_key_of_the_project(load: Load):
    connection = agents_connection(load, VALID + "      agents_api_key: null\n")
    assert connection.api_key.get_secret_value() == KEY


@pytest.mark.parametrize("key", ["12345", "1e5", "None", "[1]", "{{key}}"])
def test_an_agents_key_arrives_as_it_is_in_the_environment(
    load: Load, monkeypatch: pytest.MonkeyPatch, key: str
):
    monkeypatch.setenv("AGENTS_KEY", key)
    assert agents_connection(load, WITH_KEY).api_key.get_secret_value() == key


def test_a_connection_to_the_agents_api_carries_the_options_that_concern_it(load: Load):
    text = (
        f"{VALID}      base_url: http://127.0.0.1:1\n      agents_base_url: http://127.0.0.1:2\n"
        "      requests_per_second: 3\n      max_attempts: 2\n      max_answer_mb: 7\n"
    )
    connection = agents_connection(load, text)
    assert (connection.host, connection.requests_per_second) == ("http://127.0.0.1:2", 3)
    assert (connection.max_attempts, connection.max_answer_bytes) == (2, 7_000_000)


def test_a_base_url_of_the_list_does_not_move_the_agents_api(load: Load):
    assert agents_connection(load, f"{VALID}      base_url: http://127.0.0.1:1\n").host.endswith("poly.ai")


def test_a_missing_variable_of_the_agents_key_is_reported_by_its_name(
    problems: Problems, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("AGENTS_KEY")
    (problem,) = problems(WITH_KEY)
    assert problem.startswith(
        "defs.yaml:11 attributes.projects.0.agents_api_key: environment variable AGENTS_KEY is not set."
    )


def test_without_validation_a_missing_agents_key_holds_up_the_agents_api_alone(
    load: Load, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("AGENTS_KEY")
    (project,) = load(WITH_KEY, keys_needed=False).projects
    assert project.connection().api_key.get_secret_value() == KEY
    with pytest.raises(MissingKey, match="for the Agents API: environment variable AGENTS_KEY is not set"):
        project.agents_connection()


@pytest.mark.parametrize("written", ["secret secret", "[secret]", "'{{ secret'", "'{{ 1 + secret }}'"])
def test_a_bad_agents_key_in_the_file_is_refused_and_not_shown(problems: Problems, written: str):
    (problem,) = problems(f"{VALID}      agents_api_key: {written}\n")
    assert problem.startswith("defs.yaml:11 attributes.projects.0.agents_api_key: ")
    assert "secret" not in problem


@pytest.mark.parametrize("written", ["api.us.poly.ai", "ftp://host", "https://user:hunter2@host"])
def test_a_bad_address_of_the_agents_api_is_refused_and_not_shown(problems: Problems, written: str):
    (problem,) = problems(f"{VALID}      agents_base_url: {written}\n")
    assert problem.startswith(
        "defs.yaml:11 attributes.projects.0.agents_base_url: the value must be an address"
    )
    assert written not in problem


def test_no_repr_shows_an_agents_key(load: Load):
    config = load(WITH_KEY)
    (project,) = config.projects
    for shown in (
        repr(config),
        str(project),
        repr(project.agents_key),
        repr(project.agents_connection()),
        str(project.model_dump()),
    ):
        assert AGENTS_KEY not in shown


def test_an_editor_knows_the_options_of_the_agents_api():
    attributes = yaml.safe_load(WITH_KEY + "      agents_base_url: https://proxy.example.com\n")["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    validator = Draft7Validator(AttributesInFile.model_json_schema())
    assert validator.is_valid(attributes)
    attributes["projects"][0]["agents_base_url"] = "host"
    assert not validator.is_valid(attributes)


@pytest.mark.parametrize(
    ("written", "read"),
    [("true", True), ("false", False), ("off", False), ("by_hand", "by_hand"), ("By_Hand", "by_hand")],
)
def test_details_are_fetched_by_themselves_by_hand_or_not_at_all(load: Load, written: str, read: object):
    assert load(f"{VALID}      details: {written}\n").projects[0].details == read
    assert load(VALID).projects[0].details is False


def test_other_words_for_details_are_answered_with_those_that_there_are(problems: Problems):
    (problem,) = problems(f"{VALID}      details: daily\n")
    assert "attributes.projects.0.details: 'daily' must be true, false or by_hand" in problem


@pytest.mark.parametrize(("written", "is_valid"), [(True, True), ("by_hand", True), ("daily", False)])
def test_an_editor_knows_what_details_may_be(written: object, is_valid: bool):
    attributes = yaml.safe_load(VALID)["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    attributes["projects"][0]["details"] = written
    assert Draft7Validator(AttributesInFile.model_json_schema()).is_valid(attributes) is is_valid
