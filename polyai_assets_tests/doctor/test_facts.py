"""Facts that were made with other settings than those of now."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from polyai_assets.doctor.facts import look_at_facts
from polyai_assets.warehouse.facts.make import settings_hash
from polyai_assets.warehouse.facts.settings import KpiSettings

KEY = "us-1/acme/hotel-bot"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy whose facts were made with the usual settings, of three days."""
    file = tmp_path / "copy.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "CREATE TABLE conversation_facts AS SELECT $project AS project, "
            "unnest(range(DATE '2026-11-01', DATE '2026-11-04', INTERVAL 1 DAY))::DATE AS date, $made AS settings_hash",
            {"project": KEY, "made": settings_hash(KpiSettings())},
        )
    return file


def test_facts_of_the_settings_of_now_are_green(copy: Path):
    (line,) = look_at_facts(KEY, KpiSettings(), copy)
    assert line.verdict == "green"


@pytest.mark.parametrize("changed", [{"timezone": "Asia/Tokyo"}, {"human_per_minute": 1.0}])
def test_a_changed_zone_or_rate_names_the_days_that_are_stale_and_the_command(
    copy: Path, changed: dict[str, object]
):
    kpi = replace(KpiSettings(), usual=replace(KpiSettings().usual, **changed))
    (line,) = look_at_facts(KEY, kpi, copy)
    assert line.verdict == "yellow"
    assert line.says.startswith("stale: 3 days, 2026-11-01 to 2026-11-03, have facts of another option kpi")
    assert f"polyai backfill {KEY} --since 2026-11-01 --until 2026-11-03 --replay" in line.next_step


def test_without_a_copy_nothing_is_said(tmp_path: Path):
    assert list(look_at_facts(KEY, KpiSettings(), tmp_path / "none.duckdb")) == []
