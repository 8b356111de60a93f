"""The API key: exact, judged, and never shown."""

from datetime import date

import pytest

from polyai_assets.alerts.keys import ExpiringKey
from polyai_assets.api.errors import PermanentError
from polyai_assets.configuration import MissingKey
from polyai_assets_tests.configuration.conftest import KEY, VALID, Load, Problems


@pytest.mark.parametrize("key", ["12345", "1e5", "None", "[1]", "true", "{{key}}", "0x1F", "a'b\"c\\d", "-1"])
def test_a_key_arrives_as_it_is_in_the_environment(load: Load, monkeypatch: pytest.MonkeyPatch, key: str):
    monkeypatch.setenv("HOTEL_KEY", key)
    secret = load(VALID).projects[0].api_key
    assert secret is not None
    assert secret.get_secret_value() == key


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("{{ env.HOTEL_KEY }}", KEY),
        ("{{env.HOTEL_KEY}}", KEY),
        ("  {{- env.HOTEL_KEY -}}  ", KEY),
        ("{{ env('HOTEL_KEY') }}", KEY),
        ("{{ env('NOT_SET', 'fallback') }}", "fallback"),
        ("{{ env.NOT_SET or env.HOTEL_KEY }}", KEY),
        ("pre-{{ env.HOTEL_KEY }}", f"pre-{KEY}"),
        ("{% if true %}{{ env.HOTEL_KEY }}{% endif %}", KEY),
    ],
)
def test_a_key_may_be_any_template(load: Load, template: str, key: str):
    secret = load(VALID.replace("{{ env.HOTEL_KEY }}", template)).projects[0].api_key
    assert secret is not None
    assert secret.get_secret_value() == key


@pytest.mark.parametrize("ends", ["\n", "  ", "\r\n", "\t"])
def test_blanks_and_line_breaks_at_the_ends_of_a_key_are_cut_off(
    load: Load, monkeypatch: pytest.MonkeyPatch, ends: str
):
    monkeypatch.setenv("HOTEL_KEY", f"{ends}{KEY}{ends}")
    secret = load(VALID).projects[0].api_key
    assert secret is not None
    assert secret.get_secret_value() == KEY


def test_a_key_written_into_the_file_says_so(load: Load):
    project = load(VALID.replace('"{{ env.HOTEL_KEY }}"', "literal-key")).projects[0]
    assert project.key_source == "the literal in defs.yaml"
    assert project.connection().api_key.get_secret_value() == "literal-key"


def test_alerts_know_the_keys_of_which_it_is_known_when_they_end(load: Load):
    assert load(VALID).alerts.keys == ()
    text = VALID + "      key_expires_on: 2027-03-31\n"
    assert load(text).alerts.keys == (
        ExpiringKey("us-1/acme/hotel-bot", "environment variable HOTEL_KEY", date(2027, 3, 31)),
    )


def test_a_missing_variable_is_reported_by_its_name(problems: Problems, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HOTEL_KEY")
    (problem,) = problems(VALID)
    assert problem.startswith(
        "defs.yaml:10 attributes.projects.0.api_key: environment variable HOTEL_KEY is not set. Set it where"
    )


@pytest.mark.parametrize(
    "template", ["{{ env('HOTEL_KEY') }}", "pre-{{ env.HOTEL_KEY }}", "{{ env.HOTEL_KEY | upper }}"]
)
def test_a_missing_variable_is_named_in_any_template(
    problems: Problems, monkeypatch: pytest.MonkeyPatch, template: str
):
    monkeypatch.delenv("HOTEL_KEY")
    (problem,) = problems(VALID.replace("{{ env.HOTEL_KEY }}", template))
    assert "api_key: environment variable HOTEL_KEY is not set." in problem


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_variable_is_reported_by_its_name(
    problems: Problems, monkeypatch: pytest.MonkeyPatch, empty: str
):
    monkeypatch.setenv("HOTEL_KEY", empty)
    (problem,) = problems(VALID)
    assert "defs.yaml:10 attributes.projects.0.api_key: environment variable HOTEL_KEY is empty." in problem


@pytest.mark.parametrize("key", ["secret\nsecret", "secret secret", "secrét", "sec\x7fret", "sec\u200bret"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(
    problems: Problems, monkeypatch: pytest.MonkeyPatch, key: str
):
    monkeypatch.setenv("HOTEL_KEY", key)
    (problem,) = problems(VALID)
    assert "environment variable HOTEL_KEY holds a blank, a line break" in problem
    assert "sec" not in problem


@pytest.mark.parametrize(
    "written",
    [
        "secret secret",
        "[secret]",
        "{secret: secret}",
        "'{{ secret'",
        "'{{ secret.x }}'",
        "'{{ 1 + secret }}'",
    ],
)
def test_a_bad_key_in_the_file_is_refused_and_not_shown(load: Load, problems: Problems, written: str):
    text = VALID.replace('"{{ env.HOTEL_KEY }}"', written)
    (problem,) = problems(text)
    assert problem.startswith("defs.yaml:10 attributes.projects.0.api_key: ")
    assert problem.endswith('Write the name of its variable: "{{ env.POLYAI_KEY }}", in quotes.')
    assert "secret" not in problem


def test_a_key_in_the_wrong_place_is_not_shown(problems: Problems):
    text = VALID.replace('api_key: "{{ env.HOTEL_KEY }}"', "apikey: hunter2") + "  api_key: hunter2\n"
    found = problems(text)
    assert "attributes.projects.0.apikey: unknown option. Did you mean api_key?" in " ".join(found)
    assert "hunter2" not in " ".join(found)


def test_without_validation_only_the_project_without_a_key_fails(load: Load, monkeypatch: pytest.MonkeyPatch):
    text = (
        VALID
        + '    - {region: uk-1, account_id: acme, project_id: reception, api_key: "{{ env.NOT_SET }}"}\n'
    )
    with_key, without = load(text, keys_needed=False).projects
    assert with_key.connection().api_key.get_secret_value() == KEY
    assert without.api_key is None
    assert without.key_source == "environment variable NOT_SET"
    with pytest.raises(MissingKey) as caught:
        without.connection()
    assert str(caught.value).startswith(
        "uk-1/acme/reception has no API key: environment variable NOT_SET is not set. Set it where Dagster runs"
    )


def test_a_missing_key_is_not_retried():
    assert issubclass(MissingKey, PermanentError)


def test_a_key_that_the_file_gets_wrong_is_a_problem_at_any_time(load: Load):
    with pytest.raises(Exception, match="a problem"):
        load(VALID.replace('"{{ env.HOTEL_KEY }}"', "[1]"), keys_needed=False)


def test_no_repr_shows_a_key(load: Load):
    config = load(VALID)
    project = config.projects[0]
    for shown in (
        repr(config),
        str(project),
        repr(project.key),
        repr(project.connection()),
        str(project.model_dump()),
    ):
        assert KEY not in shown


def test_a_connection_carries_the_options_that_concern_it(load: Load):
    text = f"{VALID}      base_url: http://127.0.0.1:1\n      requests_per_second: 3\n      max_attempts: 2\n"
    text += "      max_answer_mb: 7\n      max_conversations_per_day: 8000\n"
    connection = load(text).projects[0].connection()
    assert connection.project.key == "us-1/acme/hotel-bot"
    assert (connection.host, connection.requests_per_second) == ("http://127.0.0.1:1", 3)
    assert (connection.max_attempts, connection.max_answer_bytes) == (2, 7_000_000)
    assert connection.max_conversations_per_day == 8000
    assert connection.key_source == "environment variable HOTEL_KEY"
