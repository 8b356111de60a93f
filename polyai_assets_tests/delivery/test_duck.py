"""Days that are delivered to what DuckDB attaches: a file of its own, and a DuckLake."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.delivery.targets.target import TargetRefuses
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.delivery.published import DAY, HOTEL, Published, errors, opened
from polyai_assets_tests.delivery.test_postgres import FULL, TURN
from polyai_assets_tests.looking import looking
from polyai_assets_tests.tiers import long

pytestmark = pytest.mark.slow


@pytest.fixture(params=["duckdb", long("ducklake")])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str, dict[str, Any]]:
    if request.param == "duckdb":
        return "duckdb", str(tmp_path / "mine.duckdb"), {}
    return "ducklake", f"ducklake:{tmp_path / 'mine.ducklake'}", {"data": str(tmp_path / "lake")}


def ask(target: tuple[str, str, dict[str, Any]], query: str) -> list[tuple[Any, ...]]:
    _, place, options = target
    with looking() as connection, Warehouse(place, options.get("data")).attached(connection, read_only=True):
        connection.execute("USE warehouse.polyai")
        try:
            return [tuple(row.values()) for row in connection.execute(query).to_arrow_table().to_pylist()]
        finally:
            connection.execute("USE memory")


def test_days_are_delivered_restated_and_emptied(
    published: Published, target: tuple[str, str, dict[str, Any]]
) -> None:
    kind, place, options = target
    odd = {**FULL, "state": r'{"a": "\u0000"}'}
    published.put(conversations=[odd], turns=[TURN, {**TURN, "turn_index": 1, "user_input": "a\0"}])
    published.put(day=DAY + timedelta(days=1), conversations=[{"conversation_id": "CA9"}])
    days = [Partition(HOTEL, DAY), Partition(HOTEL, DAY + timedelta(days=1))]
    assert errors(published.deliver(kind, place, *days, **options)) == []
    assert ask(
        target, "SELECT started_at, duration, num_turns, handoff, state FROM conversations LIMIT 1"
    ) == [(FULL["started_at"], 48.125, 2, True, odd["state"])]
    assert ask(target, "SELECT user_input, intents FROM turns ORDER BY turn_index") == [
        (TURN["user_input"], TURN["intents"]),
        ("a\0", TURN["intents"]),
    ]
    published.columns["conversations"]["num_turns"] = "VARCHAR"
    published.put(2, conversations=[{**FULL, "num_turns": "two"}])
    (day,) = published.deliver(kind, place, **options)
    assert (day.error, day.is_new, len(day.findings)) == (None, True, 1)
    assert ask(target, "SELECT num_turns, num_turns__v2 FROM conversations WHERE date = '2026-03-01'") == [
        (None, "two")
    ]
    assert ask(target, "SELECT count(*) FROM turns") == [(0,)]
    assert ask(
        target, "SELECT version, restated_count, differing FROM polyai_delivery_log ORDER BY date"
    ) == [
        (2, 1, ""),
        (1, 0, ""),
    ]


def test_an_erasure_replaces_days_that_the_target_has_and_adds_none(
    published: Published, tmp_path: Path
) -> None:
    target, later = ("duckdb", str(tmp_path / "mine.duckdb"), {}), Partition(HOTEL, DAY + timedelta(days=1))
    with opened(*target[:2]) as missing:
        missing.erase(["conversations"], HOTEL.key, ["CA1"])
    assert not Path(target[1]).exists()
    published.put(conversations=[FULL, {"conversation_id": "CA2"}])
    published.deliver(*target[:2], include="settled")
    published.put(2, conversations=[{"conversation_id": "CA2"}], settled=False)
    published.put(day=later.date, conversations=[{"conversation_id": "CA3"}], settled=False)
    days = published.deliver(*target[:2], Partition(HOTEL, DAY), later, include="settled", erases=True)
    assert {day.partition.date: day.reason for day in days} == {
        DAY: "",
        later.date: "its newest version is not settled",
    }
    assert ask(target, "SELECT conversation_id FROM conversations") == [("CA2",)]
    assert ask(target, "SELECT version, rows_found, differing FROM polyai_delivery_log") == [(2, 1, "")]


def test_a_file_that_is_no_database_is_named(published: Published, tmp_path: Path) -> None:
    published.put()
    (tmp_path / "mine.duckdb").write_bytes(b"no database, but some other file" * 999)
    (day,) = published.deliver("duckdb", str(tmp_path / "mine.duckdb"))
    assert isinstance(day.error, TargetRefuses)
    assert "mine.duckdb" in str(day.error)


def test_the_log_of_a_run_names_each_version_that_was_delivered_once(
    published: Published, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = str(tmp_path / "mine.duckdb")
    with caplog.at_level(logging.INFO, logger="polyai_assets.delivery.deliver"):
        for version in (1, 2):
            published.put(version)
            for _ in range(2):
                assert errors(published.deliver("duckdb", place)) == []
    assert [message.partition(" is delivered to ")[0] for message in caplog.messages] == [
        f"{Partition(HOTEL, DAY)}: version {version}" for version in (1, 2)
    ]
