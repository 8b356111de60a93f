"""What comes days after a conversation: it is asked for again when its day is 1, 8 and 15 days old."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets.detailing import fetch_details
from polyai_assets_tests.assets.ingesting import ingest_raw
from polyai_assets_tests.deployment import DAY1
from polyai_assets_tests.looking import looking_into

pytestmark = pytest.mark.usefixtures("no_facts")

OVER = midnight(DAY1) + timedelta(days=1)
IN_THREE_DAYS = OVER + timedelta(days=3)


def ask(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with looking_into(folder / "polyai.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(statement).fetchall()


@pytest.fixture
def calls_at(tmp_path: Path, polyai: Simulator, polyai_url: str):
    """Fetches the details of a day at a moment, or loads them too, and counts the calls."""
    polyai.clock.stop_at(OVER)
    ingest_raw(polyai_url, tmp_path, [DAY1])

    def calls_at(moment: datetime, *, loads: bool = False) -> int:
        polyai.clock.stop_at(moment)
        polyai.requests.clear()
        outcomes = fetch_details(polyai_url, tmp_path, [DAY1], moment, loads=loads)
        assert [one.error for one in outcomes] == [None]
        return len(polyai.requests)

    return calls_at


def test_it_is_asked_for_once_at_each_age(calls_at) -> None:
    moments = [OVER + timedelta(hours=6 * n) for n in range(4 * 20)]
    calls = [calls_at(moment) for moment in moments[:12]]
    assert calls == [3, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
    assert [calls_at(OVER + timedelta(days=day)) for day in (7, 8, 9, 14, 15, 16, 30)] == [
        0,
        3,
        0,
        0,
        3,
        0,
        0,
    ]


def test_a_day_that_is_fetched_late_is_asked_for_once(calls_at) -> None:
    assert [calls_at(OVER + timedelta(days=day)) for day in (20, 21, 40)] == [3, 0, 0]


def test_the_score_that_comes_later_is_loaded(calls_at, tmp_path: Path) -> None:
    calls_at(OVER, loads=True)
    assert ask(tmp_path, "SELECT count(poly_score) FROM conversation_details") == [(0,)]
    calls_at(OVER + timedelta(days=8), loads=True)
    ((scored, scales, asked_at),) = ask(
        tmp_path,
        "SELECT count(poly_score), list(DISTINCT poly_score_scale), max(asked_at) FROM conversation_details",
    )
    assert scored > 0
    assert scales == ["0-10"]
    assert asked_at.astimezone(UTC) == OVER + timedelta(days=8)


def test_the_states_before_are_kept_up_to_the_number_that_is_configured(
    calls_at, tmp_path: Path, polyai_url: str
) -> None:
    for day in (0, 1, 8, 15):
        calls_at(OVER + timedelta(days=day))
    files = sorted(path.name for path in (tmp_path / "raw").rglob("details/*"))
    assert len([name for name in files if name.endswith(".parquet")]) == 4
    assert files[-1] == "certificate.json"
