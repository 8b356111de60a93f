"""Targets that are behind: reported once, undecided where nothing is known, and resolved."""

from dataclasses import replace
from datetime import date, timedelta

from polyai_assets.alerts.late import LateDelivery
from polyai_assets.alerts.raising import AlertResult
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets_tests.alerts.conftest import HOUR, NOW, PROJECT, Raise, Webhook

LATE = LateDelivery(
    delivery="analytics",
    project=PROJECT,
    since=NOW - timedelta(hours=25),
    oldest=date(2026, 11, 3),
    days=1,
    refused=0,
)
AT = (PROJECT, "analytics")


def test_a_target_that_is_behind_is_reported_once_and_when_it_has_caught_up(
    alert: Raise, settings: AlertSettings, webhook: Webhook
):
    given = replace(settings, deliveries=("analytics",), dagster_url="https://dagster.example.com")
    late = {AT: [LATE.finding(NOW)]}
    assert alert(settings=given, arrivals=late) == AlertResult(opened=1, delivered=1)
    assert alert(NOW + HOUR, settings=given, arrivals={AT: [LATE.finding(NOW + HOUR)]}) == AlertResult()
    assert alert(NOW + 2 * HOUR, settings=given) == AlertResult()
    assert alert(NOW + 3 * HOUR, settings=given, arrivals={AT: []}) == AlertResult(resolved=1, delivered=1)
    assert webhook.titles == [
        f"polyai failure: 1 target behind — {PROJECT}",
        f"polyai resolved: 1 target behind — {PROJECT}",
    ]
    assert webhook.bodies == [
        "ERROR: 1 target behind: analytics\n"
        "  Cause: oldest day that it lacks as published: 2026-11-03, since 2026-11-09 02:00 UTC\n"
        "  Effect on the tables: none here; those of the target have these days as they were before, or not at all\n"
        "  Next: polyai status says what it lacks; to deliver it at once, or to see why not: "
        f"polyai deliver --target analytics {PROJECT} --since 2026-11-03\n"
        "  Look: https://dagster.example.com/assets/delivered_analytics?view=checks&checkDetail=delivered",
        "resolved: 1 target behind: analytics, since 2026-11-09",
    ]


def test_a_target_that_is_configured_no_more_is_not_behind(alert: Raise, settings: AlertSettings):
    given = replace(settings, deliveries=("analytics",))
    alert(settings=given, arrivals={AT: [LATE.finding(NOW)]})
    assert alert(NOW + HOUR, settings=settings) == AlertResult(resolved=1, delivered=1)


def test_the_cause_counts_what_is_refused_and_says_where_a_target_is_silent():
    several = replace(LATE, days=1_200, refused=2)
    assert several.cause == (
        "oldest day that it lacks as published: 2026-11-03, since 2026-11-09 02:00 UTC; 1,200 days in all, "
        "2 of them refused: it keeps another version"
    )
    silent = replace(LATE, oldest=None, days=0)
    assert silent.cause == "it does not answer, and days were published since 2026-11-09 02:00 UTC"
    assert silent.finding(NOW).next_step.endswith(f"polyai deliver --target analytics {PROJECT}")
