"""Keys that end: reported 30 and 7 days before, and resolved by a later day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from polyai_assets.alerts.keys import ExpiringKey, expiring_keys
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets_tests.alerts.conftest import NOW, PROJECT, Raise, Webhook

END = date(2026, 12, 31)
KEY = ExpiringKey(PROJECT, "environment variable HOTEL_KEY", END)


@pytest.mark.parametrize(
    ("days_before", "severity"),
    [(31, None), (30, "WARN"), (8, "WARN"), (7, "ERROR"), (0, "ERROR"), (-400, "ERROR")],
)
def test_a_key_that_ends_is_a_warning_for_30_days_and_an_error_for_7(days_before: int, severity: str | None):
    found = list(expiring_keys([KEY], [PROJECT], END - timedelta(days=days_before)))
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_the_keys_of_other_projects_are_left_out():
    assert list(expiring_keys([KEY], ["us-1/another/bot"], END)) == []


def test_an_alert_comes_30_and_7_days_before_a_key_ends_and_when_it_is_another(
    alert: Raise, settings: AlertSettings, webhook: Webhook
):
    given = replace(settings, keys=(KEY,))
    ends = NOW.replace(year=END.year, month=END.month, day=END.day)
    for days_before in (40, 30, 29, 8, 7, 6, 0):
        alert(ends - timedelta(days=days_before), settings=given)
    assert webhook.titles == [
        f"polyai warning: 1 key ending — {PROJECT}",
        f"polyai failure: worse: 1 key ending — {PROJECT}",
    ]
    assert webhook.bodies[0].startswith(
        "WARN: 1 key ending: the API key ends on 2026-12-31, in 30 days\n  Cause: a key is made for a time"
    )
    assert "set environment variable HOTEL_KEY to it wherever Dagster runs" in webhook.bodies[1]

    alert(ends, settings=replace(settings, keys=(replace(KEY, expires_on=date(2027, 12, 31)),)))
    assert webhook.titles[2:] == [f"polyai resolved: 1 key ending — {PROJECT}"]
