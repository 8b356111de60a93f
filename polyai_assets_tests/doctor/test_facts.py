"""Facts that were made with other settings than those of now."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.configuration import ProjectConfig
from polyai_assets.doctor.facts import look_at_facts
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets.warehouse.facts.make import settings_hash
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets_tests.deployment import HOTEL, configured

KEY = HOTEL.key
TODAY = date(2026, 11, 4)


def config(**options: Any) -> ProjectConfig:
    return configured(HOTEL, "http://127.0.0.1:9", **options)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy whose facts were made with the usual settings, of three days."""
    file = tmp_path / "copy.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "CREATE TABLE conversation_facts AS SELECT $project AS project, "
            "unnest(range(DATE '2026-11-01', DATE '2026-11-04', INTERVAL 1 DAY))::DATE AS date, $made AS settings_hash",
            {"project": KEY, "made": settings_hash(KpiSettings(), has_details=bool(config().details))},
        )
    return file


def test_facts_of_the_settings_of_now_are_green(copy: Path):
    (line,) = look_at_facts(config(), copy, TODAY)
    assert line.verdict == "green"


@pytest.mark.parametrize("changed", [{"timezone": "Asia/Tokyo"}, {"human_per_minute": 1.0}])
def test_a_changed_zone_or_rate_names_the_days_that_are_stale_and_the_command(
    copy: Path, changed: dict[str, object]
):
    kpi = replace(KpiSettings(), usual=replace(KpiSettings().usual, **changed))
    (line,) = look_at_facts(config(kpi=kpi), copy, TODAY)
    assert line.verdict == "yellow"
    assert line.says.startswith("stale: 3 days, 2026-11-01 to 2026-11-03, have facts of another option kpi")
    assert f"polyai backfill {KEY} --since 2026-11-01 --until 2026-11-03 --replay" in line.next_step


def test_a_changed_policy_names_the_days_that_are_to_be_masked_and_the_command_details_included(copy: Path):
    (line,) = look_at_facts(config(privacy=PrivacyPolicy(text="redact")), copy, TODAY)
    assert line.verdict == "yellow"
    assert f"polyai backfill {KEY} --since 2026-11-01 --until 2026-11-03 --replay --details" in line.next_step


def test_days_that_cannot_be_made_anew_are_not_named(copy: Path):
    retention = RetentionDays(raw=2)  # of the first day no raw records are left
    (line,) = look_at_facts(config(privacy=PrivacyPolicy(text="redact"), retention=retention), copy, TODAY)
    assert line.says.startswith("stale: 2 days, 2026-11-02 to 2026-11-03")


def test_without_a_copy_nothing_is_said(tmp_path: Path):
    assert list(look_at_facts(config(), tmp_path / "none.duckdb", TODAY)) == []
