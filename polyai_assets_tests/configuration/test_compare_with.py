"""The option compare_with: the other version of the API, its key and its address."""

import pytest
import yaml
from jsonschema import Draft7Validator

from polyai_assets.api.project import Connection
from polyai_assets.configuration import MissingKey, PlatformConfig
from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets_tests.configuration.conftest import KEY, VALID, Load, Problems

AT = "defs.yaml:11 attributes.projects.0.compare_with"
OLD_KEY = "old-88e1d2f3"
WITH_KEY = VALID + '      compare_with: {api_version: v1, api_key: "{{ env.OLD_KEY }}"}\n'


@pytest.fixture(autouse=True)
def _old_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_KEY", OLD_KEY)


def compared(config: PlatformConfig) -> Connection:
    connection = config.projects[0].compared_connection()
    assert connection is not None
    return connection


def test_a_project_is_compared_with_nothing_unless_it_says_so(load: Load):
    (project,) = load(VALID).projects
    assert project.compare_with is None
    assert project.compared_connection() is None


def test_key_and_address_are_the_projects_own_unless_others_are_given(load: Load):
    text = f"{VALID}      base_url: http://127.0.0.1:1\n      compare_with: {{api_version: v1}}\n"
    config = load(text)
    connection = compared(config)
    assert (connection.api_version, connection.host) == ("v1", "http://127.0.0.1:1")
    assert connection.api_key.get_secret_value() == KEY
    assert config.projects[0].connection().api_version == "v3"


def test_the_other_version_may_have_a_key_and_an_address_of_its_own(load: Load):
    config = load(WITH_KEY.replace("v1,", "v1, base_url: 'http://127.0.0.1:2',"))
    connection = compared(config)
    assert connection.host == "http://127.0.0.1:2"
    assert connection.api_key.get_secret_value() == OLD_KEY
    assert connection.key_source == "environment variable OLD_KEY"
    own = config.projects[0].connection()
    assert own.api_key.get_secret_value() == KEY
    assert own.host == "https://api.us-1.platform.polyai.app"


def test_it_may_be_a_default_from_which_a_project_departs(load: Load):
    text = f"{VALID}  defaults: {{compare_with: {{api_version: v1}}}}\n"
    assert compared(load(text)).api_version == "v1"
    without = text.replace("  defaults", "      compare_with: null\n  defaults")
    assert load(without).projects[0].compare_with is None


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("v1", ": must be a mapping, such as {api_version: v1}."),
        ("{}", ".api_version: is missing: The version of PolyAI's Conversations API to compare with"),
        ("{api_version: v4}", ".api_version: 'v4' is no API version we know. Write one of v3, v2, v1."),
        ("{api_version: v3}", ".api_version: v3 is the project's own api_version. Write another one."),
        ("{api_version: v1, base_url: host}", ".base_url: the value must be an address like"),
        ("{api_version: v1, api_kye: x}", ".api_kye: unknown option. Did you mean api_key?"),
        ("{api_version: v1, api_key: secret secret}", ".api_key: the literal in defs.yaml holds a blank"),
        ("{api_version: v1, api_key: '{{ secret'}", ".api_key: the template cannot be rendered."),
        (
            "{api_version: v1, api_key: '{{ env.NOT_THERE }}'}",
            ".api_key: environment variable NOT_THERE is not set.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_never_with_a_key(
    problems: Problems, written: str, problem: str
):
    (found,) = problems(f"{VALID}      compare_with: {written}\n")
    assert found.startswith(AT + problem)
    assert "secret" not in found


def test_a_project_on_v1_may_be_compared_with_v3_and_not_with_v1(load: Load, problems: Problems):
    old = f"{VALID}      api_version: v1\n"
    assert compared(load(f"{old}      compare_with: {{api_version: v3}}\n")).api_version == "v3"
    (problem,) = problems(f"{old}      compare_with: {{api_version: v1}}\n")
    assert "v1 is the project's own api_version" in problem


def test_without_validation_a_missing_key_holds_up_the_comparison_alone(
    load: Load, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("OLD_KEY")
    (project,) = load(WITH_KEY, keys_needed=False).projects
    assert project.connection().api_key.get_secret_value() == KEY
    with pytest.raises(MissingKey, match="no API key for v1: environment variable OLD_KEY is not set"):
        project.compared_connection()


def test_no_repr_shows_the_other_key(load: Load):
    config = load(WITH_KEY)
    (project,) = config.projects
    for shown in (repr(config), str(project), repr(project.compare_with), str(project.model_dump())):
        assert OLD_KEY not in shown


@pytest.mark.parametrize(
    ("written", "fits"),
    [("{api_version: v1}", True), ("{api_version: v4}", False), ("{}", False), ("{version: v1}", False)],
)
def test_an_editor_knows_the_option(written: str, fits: bool):
    attributes = yaml.safe_load(f"{VALID}      compare_with: {written}\n")["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    assert Draft7Validator(AttributesInFile.model_json_schema()).is_valid(attributes) is fits
