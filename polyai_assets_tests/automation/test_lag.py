"""How far a target lags: since when, with which day, and what of it is reported."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from polyai_assets.automation.lag import Lag, lags_found, lags_unseen, what_to_report
from polyai_assets.delivery.due import DueDay, ProjectDelivery
from polyai_assets.delivery.manifest import DayManifest
from polyai_assets.delivery.standing import Standing
from polyai_assets_tests.deployment import HOTEL, project_of

NOW = datetime(2026, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROJECT = project_of(HOTEL)
KEY = PROJECT.key


def due(day: date, published_at: datetime, standing: Standing = Standing.DUE) -> DueDay:
    manifest = DayManifest(
        project=KEY,
        date=day,
        version=1,
        certificate_sha256="0",
        verdict="complete",
        settled=True,
        restates=None,
        schema_version="1",
        tables={},
        published_at=published_at,
    )
    return DueDay(manifest, None, standing)


def standing(*days: DueDay) -> list[ProjectDelivery]:
    return [ProjectDelivery(PROJECT, 3, days, None, None, None)]


def test_a_target_lags_since_its_oldest_day_was_published_and_no_longer_than_it_was_seen_to():
    days = standing(
        due(date(2026, 3, 2), NOW - HOUR, Standing.NEWER_THERE), due(date(2026, 3, 3), NOW - 2 * HOUR)
    )
    first = lags_found({}, days, NOW)
    assert first == {KEY: Lag(NOW, NOW, date(2026, 3, 3), 2, 1)}
    later = lags_found({KEY: Lag(NOW - DAY, NOW - DAY)}, days, NOW)
    assert later == {KEY: Lag(NOW - DAY, NOW - 2 * HOUR, date(2026, 3, 3), 2, 1)}
    assert lags_found(later, standing(), NOW) == {}


def test_what_a_silent_target_lacked_stays_and_what_is_published_since_is_lacking_from_now_on():
    known = {KEY: Lag(NOW - DAY, NOW - DAY, date(2026, 3, 3), 1)}
    assert lags_unseen(known, [KEY, "us-1/acme/bank"], NOW) == {**known, "us-1/acme/bank": Lag(NOW, NOW)}


LATE, YOUNG = {KEY: Lag(NOW - DAY, NOW - DAY)}, {KEY: Lag(NOW, NOW)}


@pytest.mark.parametrize(
    ("reported", "lags", "expected"),
    [
        ({}, {}, {KEY: False}),
        ({}, YOUNG, {}),
        ({}, LATE, {KEY: True}),
        ({KEY: False}, YOUNG, {}),
        ({KEY: False}, LATE, {KEY: True}),
        ({KEY: True}, LATE, {}),
        ({KEY: True}, YOUNG, {KEY: False}),
        ({KEY: True}, {}, {KEY: False}),
        ({KEY: False}, {}, {}),
    ],
)
def test_a_change_is_reported_once(
    reported: Mapping[str, bool], lags: Mapping[str, Lag], expected: dict[str, bool]
):
    assert what_to_report(reported, lags, [KEY], DAY, NOW) == expected
