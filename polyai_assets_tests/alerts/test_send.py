"""Sending an alert on a machine whose environment is wrong: what keeps it is named, and nothing of it is shown."""

import pytest
from pydantic import SecretStr

from polyai_assets.alerts.send import describe, send

WEBHOOK = SecretStr("json://127.0.0.1:1/h3dgehog")
MAIL = SecretStr("mailto://127.0.0.1:1?smtp=127.0.0.1&from=a@zoo.test&to=b@zoo.test&mode=insecure")


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://okapi-bea:p4nda#t1ger@127.0.0.1:1")
    error = send(WEBHOOK, "title", "body", "info")
    assert error is not None
    assert error.startswith("HTTPS_PROXY has a user or password")
    assert not [part for part in ("okapi", "p4nda", "t1ger", "h3dgehog") if part in error]


def test_mail_goes_by_no_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://okapi-bea:p4nda#t1ger@127.0.0.1:1")
    assert send(MAIL, "title", "body", "info") == "the target cannot be reached or refused it"


@pytest.mark.parametrize(("url", "variable"), [(WEBHOOK, "REQUESTS_CA_BUNDLE"), (MAIL, "SSL_CERT_FILE")])
def test_certificates_that_are_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, url: SecretStr, variable: str
):
    monkeypatch.setenv(variable, "/nowhere")
    error = send(url, "title", "body", "info")
    assert error is not None
    assert error.startswith(f"{variable} names /nowhere, which is not there")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("json://ann:t0ken-1@hooks.zoo.test:8080/t0ken-2", "JSON hooks.zoo.test:8080"),
        ("mailtos://ann:t0ken-1@zoo.test?smtp=smtp.zoo.test&to=ann@zoo.test", "E-Mail smtp.zoo.test"),
        ("mmosts://mattermost.zoo.test/t0ken1t0ken2t0ken3t0ken4", "Mattermost mattermost.zoo.test"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "Slack"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "Slack"),
        ("ntfy://t0ken-topic", "ntfy"),
        ("nonsense://t0ken", "a target"),
    ],
)
def test_a_target_is_named_by_its_kind_and_by_its_host_where_that_is_one(url: str, named: str):
    assert describe(SecretStr(url)) == named
