"""Where alerts go: secrets, several in one variable, and no reason for anything else to stop."""

import logging
from typing import Any

import pytest
from jsonschema import Draft7Validator

from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

TOKEN = "t0ken-9ac1"
HOOK = f"json://127.0.0.1:8000/{TOKEN}"
MAIL = f"mailto://polyai:{TOKEN}@mail.example?to=a@b.example,c@d.example"
ONE = '  alerts: {urls: "{{ env.ALERT_URLS }}"}\n'
LIST = '  alerts:\n    urls:\n      - "{{ env.ALERT_URLS }}"\n'


def with_alerts(alerts: str) -> str:
    return VALID.replace("  projects:\n", f"{alerts}  projects:\n")


def urls(config: Any) -> list[str]:
    return [url.get_secret_value() for url in config.alerts.urls]


@pytest.fixture(autouse=True)
def _alert_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_URLS", HOOK)


def test_without_alerts_nothing_is_sent_anywhere(load: Load):
    assert (load(VALID).alerts.urls, load(VALID).alerts.dagster_url) == ((), None)


@pytest.mark.parametrize("alerts", [ONE, LIST, f"  alerts: {{urls: '{HOOK}'}}\n"])
def test_a_url_may_stand_alone_in_a_list_or_in_the_file(load: Load, alerts: str):
    assert urls(load(with_alerts(alerts))) == [HOOK]


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n", " ; "])
def test_a_variable_may_hold_several_urls(load: Load, monkeypatch: pytest.MonkeyPatch, between: str):
    monkeypatch.setenv("ALERT_URLS", f" {MAIL}{between}{HOOK}\n")
    assert urls(load(with_alerts(ONE))) == [MAIL, HOOK]


def test_a_url_that_is_given_twice_is_one_target(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALERT_URLS", f"{HOOK} {HOOK}")
    assert urls(load(with_alerts(ONE))) == [HOOK]


def test_links_lead_to_the_assets_of_the_instance(load: Load):
    text = with_alerts("  key_prefix: [eu, polyai]\n  alerts: {dagster_url: 'http://127.0.0.1:3000/'}\n")
    alerts = load(text).alerts
    assert (alerts.dagster_url, alerts.key_prefix) == ("http://127.0.0.1:3000", ("eu", "polyai"))


def test_no_repr_shows_a_url(load: Load):
    config = load(with_alerts(ONE))
    assert (
        TOKEN not in f"{config!r} {config} {config.alerts!r} {config.alerts.urls!r} {config.alerts.targets!r}"
    )


@pytest.mark.parametrize(
    ("alerts", "where"),
    [(ONE, "defs.yaml:6 attributes.alerts.urls"), (LIST, "defs.yaml:8 attributes.alerts.urls.0")],
)
def test_a_missing_variable_is_told_by_name_and_line(
    problems: Problems, monkeypatch: pytest.MonkeyPatch, alerts: str, where: str
):
    monkeypatch.delenv("ALERT_URLS")
    (problem,) = problems(with_alerts(alerts))
    assert problem == (
        f"{where}: environment variable ALERT_URLS is not set. Set it where Dagster runs, or remove it here."
    )


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_validation_alerts_that_have_no_target_are_switched_off_with_a_warning(
    load: Load, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, value: str | None
):
    if value is None:
        monkeypatch.delenv("ALERT_URLS")
    else:
        monkeypatch.setenv("ALERT_URLS", value)
    with caplog.at_level(logging.WARNING):
        config = load(with_alerts(ONE), keys_needed=False)
    assert config.alerts.urls == ()
    assert (
        "defs.yaml:6 attributes.alerts.urls: no alerts go there: environment variable ALERT_URLS is"
        in caplog.text
    )


def test_a_url_that_is_none_stops_neither_the_platform_nor_the_others(
    load: Load, monkeypatch: pytest.MonkeyPatch
):
    text = with_alerts('  alerts: {urls: ["{{ env.ALERT_URLS }}", "{{ env.OTHER }}"]}\n')
    monkeypatch.setenv("OTHER", "hunter2")
    assert urls(load(text, keys_needed=False)) == [HOOK]


@pytest.mark.parametrize(
    "bad", ["hunter2", "nonsense://hunter2", "slack://hunter2", "json://", "://hunter2", "hunter2 hunter2"]
)
def test_a_url_that_apprise_does_not_know_is_a_problem_that_does_not_show_it(
    problems: Problems,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    bad: str,
):
    monkeypatch.setenv("ALERT_URLS", bad)
    with caplog.at_level(logging.DEBUG):
        (problem,) = problems(with_alerts(ONE))
    assert problem.startswith(
        "defs.yaml:6 attributes.alerts.urls: environment variable ALERT_URLS is no URL that apprise understands."
    )
    assert "hunter2" not in problem + caplog.text + "".join(capfd.readouterr())


def test_which_of_several_urls_is_bad_is_told(problems: Problems, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALERT_URLS", f"{HOOK} nonsense://hunter2")
    (problem,) = problems(with_alerts(ONE))
    assert "attributes.alerts.urls: URL 2 of 2 in environment variable ALERT_URLS is no URL" in problem
    assert TOKEN not in problem


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        ("  alerts: hunter2\n", "attributes.alerts: must be a mapping"),
        ("  alerts: [hunter2]\n", "attributes.alerts: must be a mapping"),
        ("  alerts: {url: hunter2}\n", "attributes.alerts.url: unknown option. Did you mean urls?"),
        ("  alerts: {urls: {a: hunter2}}\n", "attributes.alerts.urls: the text is no text."),
        ("  alerts: {urls: '{{ hunter2'}\n", "attributes.alerts.urls: the template cannot be rendered."),
        (
            "  alerts: {dagster_url: 'me:hunter2'}\n",
            "attributes.alerts.dagster_url: the value must be an address",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_without_the_value(
    problems: Problems, alerts: str, told: str
):
    (problem,) = problems(with_alerts(alerts))
    assert problem.startswith(f"defs.yaml:6 {told}")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("alerts", "valid"),
    [
        ({"urls": "json://a"}, True),
        ({"urls": ["json://a", "{{ env.X }}"], "dagster_url": "http://127.0.0.1:3000"}, True),
        ({"url": "json://a"}, False),
        ({"urls": 3}, False),
    ],
)
def test_an_editor_marks_what_is_wrong(alerts: dict[str, Any], valid: bool):
    (example,) = AttributesInFile.model_json_schema()["examples"]
    attributes = {**example, "alerts": alerts}
    assert Draft7Validator(AttributesInFile.model_json_schema()).is_valid(attributes) is valid
