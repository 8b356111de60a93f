"""Delivery: in order, again after failures, never to the wrong place, and without secrets."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from polyai_assets.alerts.raising import AlertResult, deliver_due
from polyai_assets.alerts.settings import AlertSettings, target_name
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import (
    HOUR,
    MINUTE,
    NOW,
    PROJECT,
    TOKEN,
    Raise,
    Webhook,
    ask,
    drift,
    outbox,
)
from polyai_assets_tests.alerts.mailbox import Mailbox, mailbox
from polyai_assets_tests.alerts.raising_process import connect
from polyai_assets_tests.deployment import BANK

__all__ = ["mailbox"]

DOWN = f"json://127.0.0.1:1/{TOKEN}"


def to(*urls: str) -> AlertSettings:
    return AlertSettings(tuple(SecretStr(url) for url in urls))


def test_a_mail_says_the_same_as_a_message(
    alert: Raise, warehouse: Warehouse, mailbox: Mailbox, webhook: Webhook
):
    url = mailbox.url
    drift(warehouse)
    assert alert(settings=to(url, webhook.url)) == AlertResult(opened=1, delivered=2)
    (mail,) = mailbox.mails
    assert mail["To"] == "team@example.com"
    assert mail["Subject"] == webhook.titles[0] == f"polyai failure: 1 drift — {PROJECT}"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == webhook.bodies[0].splitlines()
    assert f"\n  Next: polyai drift {PROJECT}" in webhook.bodies[0]


def test_a_mail_in_html_has_the_same_lines_with_links_and_shows_every_character(
    alert: Raise, warehouse: Warehouse, mailbox: Mailbox
):
    drift(warehouse, path="<b>_mood_</b> & *co*")
    page = "http://127.0.0.1:3000/assets/conversations?view=checks&amp;checkDetail=no_schema_drift"
    url = f"mailto://127.0.0.1:{mailbox.port}?smtp=127.0.0.1&from=a@zoo.test&to=b@zoo.test&mode=insecure&format=html"
    settings = replace(to(url), dagster_url="http://127.0.0.1:3000")
    assert alert(settings=settings).delivered == 1
    html = mailbox.mails[0].get_body(("html",))
    assert html is not None
    content = html.get_content().replace("\r\n", "\n")
    assert "ERROR: 1 drift: &lt;b&gt;_mood_&lt;/b&gt; &amp; *co*: type changed<br/>" in content
    assert f"<br/>\n&nbsp;&nbsp;Next: polyai drift {PROJECT}" in content
    assert f'&nbsp;&nbsp;Look: <a href="{page}">{page}</a>' in content


@pytest.mark.parametrize(("severity", "gravity"), [("ERROR", "failure"), ("WARN", "warning")])
def test_a_target_is_told_how_grave_it_is(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, severity: str, gravity: str
):
    drift(warehouse, severity=severity)
    alert()
    ask(warehouse, "DELETE FROM warehouse.main.schema_drift")
    alert(NOW + HOUR)
    assert webhook.gravities == [gravity, "success"]
    assert [row["gravity"] for row in outbox(warehouse)] == [gravity, "success"]


def test_a_message_that_an_earlier_version_wrote_is_delivered(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, settings: AlertSettings
):
    webhook.status = 503
    drift(warehouse)
    alert()
    for column in ("gravity", "destination"):
        ask(warehouse, f"ALTER TABLE warehouse.main.alert_outbox DROP COLUMN {column}")
    webhook.status = 200
    assert deliver_due(connect, warehouse, settings, NOW + MINUTE) == AlertResult(delivered=1)
    assert webhook.gravities == ["warning"]


def test_a_target_that_fails_is_named_by_kind_and_host_in_log_and_table(
    alert: Raise, warehouse: Warehouse, caplog: pytest.LogCaptureFixture
):
    drift(warehouse)
    assert alert(settings=to(DOWN)).failed == 1
    assert "could not be delivered to JSON 127.0.0.1:1: the target cannot be reached" in caplog.text
    assert [row["destination"] for row in outbox(warehouse)] == ["JSON 127.0.0.1:1"]
    assert TOKEN not in caplog.text


def test_a_target_that_is_down_neither_loses_the_alert_nor_stops_the_others(
    alert: Raise, warehouse: Warehouse, webhook: Webhook
):
    drift(warehouse)
    drift(warehouse, project=BANK.key)
    both = to(DOWN, webhook.url)
    told = alert(projects=(PROJECT, BANK.key), settings=both)
    assert (told.delivered, told.failed, told.next_attempt_at) == (2, 1, NOW + MINUTE)
    assert len(webhook.messages) == 2
    waiting = [row for row in outbox(warehouse) if row["delivered_at"] is None]
    assert {row["target"] for row in waiting} == {target_name(SecretStr(DOWN))}
    assert {row["next_attempt_at"] for row in waiting} == {NOW + MINUTE}


def test_a_message_is_sent_again_once_it_is_due(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, settings: AlertSettings
):
    webhook.status = 503
    drift(warehouse)
    assert alert().failed == 1
    webhook.status = 200
    early = deliver_due(connect, warehouse, settings, NOW + MINUTE / 2)
    assert early == AlertResult(next_attempt_at=NOW + MINUTE)
    assert deliver_due(connect, warehouse, settings, NOW + MINUTE) == AlertResult(delivered=1)
    assert deliver_due(connect, warehouse, settings, NOW + HOUR) == AlertResult()
    assert len(webhook.messages) == 1
    (row,) = outbox(warehouse)
    assert (row["delivered_at"], row["attempts"]) == (NOW + MINUTE, 1)
    assert row["last_error"] == "the target refused it with HTTP 503"


def test_pauses_grow_to_six_hours_and_after_a_week_it_is_given_up_and_said(
    alert: Raise,
    warehouse: Warehouse,
    webhook: Webhook,
    settings: AlertSettings,
    caplog: pytest.LogCaptureFixture,
):
    webhook.status = 500
    drift(warehouse)
    at, pauses = NOW, []
    due = alert().next_attempt_at
    for tried in (1, 2, 3, 9, 40):
        ask(warehouse, "UPDATE warehouse.main.alert_outbox SET attempts = ?", tried)
        assert due is not None
        at, due = due, deliver_due(connect, warehouse, settings, due).next_attempt_at
        assert due is not None
        pauses.append(due - at)
    assert pauses == [2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 6 * HOUR, 6 * HOUR]
    ask(warehouse, "UPDATE warehouse.main.alert_outbox SET created_at = ?", at - timedelta(days=6, hours=18))
    with caplog.at_level(logging.WARNING):
        assert deliver_due(connect, warehouse, settings, due) == AlertResult(failed=1)
    (row,) = outbox(warehouse)
    assert row["last_error"] == "given up after 42 attempts in 7 days: the target refused it with HTTP 500"
    assert f"an alert about {PROJECT} is given up" in caplog.text
    assert deliver_due(connect, warehouse, settings, due + HOUR) == AlertResult()


def test_messages_arrive_in_the_order_in_which_they_were_written(
    alert: Raise, warehouse: Warehouse, webhook: Webhook
):
    webhook.status = 500
    drift(warehouse)
    alert()
    ask(warehouse, "DELETE FROM warehouse.main.schema_drift")
    alert(NOW + MINUTE / 2)
    drift(warehouse)
    webhook.status = 200
    assert alert(NOW + MINUTE * 3 / 4).delivered == 3
    assert webhook.titles == [
        f"polyai failure: 1 drift — {PROJECT}",
        f"polyai resolved: 1 drift — {PROJECT}",
        f"polyai failure: 1 drift — {PROJECT}",
    ]


def test_after_a_failure_the_target_is_left_alone_for_this_time(
    alert: Raise, warehouse: Warehouse, webhook: Webhook
):
    webhook.status = 500
    for project in (PROJECT, BANK.key):
        drift(warehouse, project=project)
    told = alert(projects=(PROJECT, BANK.key))
    assert (told.failed, told.next_attempt_at, len(webhook.paths)) == (1, NOW + MINUTE, 1)


def test_a_message_that_another_process_is_sending_is_left_to_it_for_ten_minutes(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, settings: AlertSettings
):
    webhook.status = 500
    drift(warehouse)
    alert()
    webhook.status = 200
    ask(warehouse, "UPDATE warehouse.main.alert_outbox SET sending_since = ?", NOW + MINUTE)
    told = deliver_due(connect, warehouse, settings, NOW + 10 * MINUTE)
    assert told == AlertResult(next_attempt_at=NOW + 11 * MINUTE)
    assert deliver_due(connect, warehouse, settings, NOW + 11 * MINUTE) == AlertResult(delivered=1)


def test_when_time_is_up_the_rest_stays_due(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, settings: AlertSettings
):
    drift(warehouse)
    assert alert(sending_time=0.0) == AlertResult(opened=1, next_attempt_at=NOW)
    assert deliver_due(connect, warehouse, settings, NOW) == AlertResult(delivered=1)


def test_a_target_that_is_no_longer_configured_is_waited_for_a_week(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, caplog: pytest.LogCaptureFixture
):
    drift(warehouse)
    alert(settings=to(DOWN))
    alert(NOW + timedelta(days=6))
    assert outbox(warehouse)[0]["next_attempt_at"] == NOW + MINUTE
    alert(NOW + timedelta(days=8))
    (row,) = outbox(warehouse)
    assert (row["next_attempt_at"], row["last_error"]) == (
        None,
        "given up: its target is no longer configured",
    )
    assert "1 alerts were given up" in caplog.text


def test_no_redirect_is_followed(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    webhook.status = 302
    drift(warehouse)
    assert alert().failed == 1
    assert webhook.paths == [f"/{TOKEN}"]


@pytest.mark.parametrize("bad", [f"nonsense://{TOKEN}", f"slack://{TOKEN}", DOWN, "answers 500", "hangs up"])
def test_no_part_of_a_url_is_shown_or_kept(
    alert: Raise,
    warehouse: Warehouse,
    webhook: Webhook,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    bad: str,
):
    webhook.status = {"answers 500": 500, "hangs up": None}.get(bad, 200)
    drift(warehouse)
    with caplog.at_level(logging.DEBUG):
        told = alert(settings=to(bad if "://" in bad else webhook.url, webhook.url.replace("json", "form")))
    assert told.failed >= 1
    said = f"{caplog.text} {''.join(capfd.readouterr())} {outbox(warehouse)}"
    assert "an alert could not be delivered" in said
    assert TOKEN not in said


def test_a_finished_delivery_is_not_logged_with_its_url(
    alert: Raise, warehouse: Warehouse, webhook: Webhook, caplog: pytest.LogCaptureFixture
):
    drift(warehouse)
    with caplog.at_level(logging.DEBUG):
        assert alert().delivered == 1
    assert TOKEN not in caplog.text
    assert TOKEN not in str(outbox(warehouse))
