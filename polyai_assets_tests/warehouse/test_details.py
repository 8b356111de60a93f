"""Loading details into a DuckDB file."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.contract.detail_rows import Detail
from polyai_assets.contract.tables import QA_SAMPLES
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import LoadedDetails, replace_details
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets.warehouse.staged_rows import DayRows, StagedRows
from polyai_assets_tests.contract.details import ASKED_AT, DAY, EVENT, RECORDED, detail_of
from polyai_assets_tests.tiers import LONG
from polyai_assets_tests.warehouse.conftest import ask, elsewhere, opened

PARTITION = Load(Partition(Project.parse("us-1/acme/hotel-bot"), DAY))


def body(**changed: Any) -> bytes:
    return json.dumps(RECORDED | changed).encode()


def load(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    *details: Detail,
    partition: Load = PARTITION,
) -> LoadedDetails:
    return replace_details(connection, warehouse, partition, details)


def test_a_detail_and_its_events_are_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    loaded = load(connection, warehouse, detail_of(body(tags=["vip", "complaint"])))
    assert {table: count for table, count in loaded.rows.items() if count} == {
        "conversation_details": 1,
        "function_events": 2,
        "metric_events": 1,
        "detail_turns": len(RECORDED["turns"]),
        "state_changes": 2,
    }
    (row,) = ask(warehouse, "SELECT * FROM conversation_details")
    assert (row["project"], row["date"], row["conversation_id"]) == (PARTITION.project, DAY, "CA1")
    assert row["started_at"].astimezone(UTC) == datetime(2026, 6, 3, 13, 18, 6, 370000, UTC)
    assert row["asked_at"].astimezone(UTC) == ASKED_AT
    assert (row["tags"], row["poly_score"], row["poly_score_scale"]) == (["vip", "complaint"], 6.0, "0-10")
    assert json.loads(row["metrics"]) == RECORDED["metrics"]
    events = ask(
        warehouse,
        "SELECT turn_index, duration, started_at, handoff ->> 'reason' AS reason, "
        "arguments ->> 'phone_number' AS number, extra ->> 'utterance' AS utterance FROM function_events "
        "ORDER BY turn_index",
    )
    assert [(one["turn_index"], one["duration"], one["reason"]) for one in events] == [
        (0, 4.108, None),
        (5, 2.279, "LOOKUP_FAILED"),
    ]
    assert (events[1]["number"], events[1]["utterance"]) == ("5550100000", EVENT["utterance"])
    assert events[1]["started_at"].astimezone(UTC) == datetime(2026, 6, 3, 13, 19, 11, tzinfo=UTC)


def test_the_times_of_metrics_are_moments_in_utc(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    metrics = {
        "CSAT_SCORE": [
            {"timestamp": "2026-06-03T13:19:19.757917", "value": "4"},
            {"timestamp": "Wed, 03 Jun 2026 13:20:00 GMT", "value": "5"},
        ],
        "STEP": [{"timestamp": None, "value": "greeting"}],
    }
    load(connection, warehouse, detail_of(body(metrics=metrics)))
    with opened(warehouse) as session:
        session.execute("SET TimeZone = 'Asia/Tokyo'")
        found = session.execute(
            "SELECT name, position, value, recorded_at, extra FROM metric_events ORDER BY name, position"
        ).fetchall()
    assert found == [
        ("CSAT_SCORE", 0, "4", datetime(2026, 6, 3, 13, 19, 19, 757917, UTC), None),
        ("CSAT_SCORE", 1, "5", datetime(2026, 6, 3, 13, 20, tzinfo=UTC), None),
        ("STEP", 0, "greeting", None, None),
    ]


def test_a_partition_is_replaced_and_others_are_left_alone(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    other = elsewhere(PARTITION, date=date(2026, 6, 4))
    load(connection, warehouse, detail_of(body(), conversation_id="old"), detail_of(None, status="missing"))
    load(connection, warehouse, detail_of(body(), conversation_id="other"), partition=other)
    load(connection, warehouse, detail_of(body(functionEvents=None), conversation_id="new"))
    found = ask(warehouse, "SELECT conversation_id, status FROM conversation_details ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [("new", "found"), ("other", "found")]
    assert ask(warehouse, "SELECT DISTINCT conversation_id FROM function_events") == [
        {"conversation_id": "other"}
    ]
    assert ask(warehouse, "SELECT conversation_id FROM metric_events ORDER BY ALL") == [
        {"conversation_id": "new"},
        {"conversation_id": "other"},
    ]


def test_a_file_on_its_way_is_named_as_it_is_called(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, tmp_path: Path
) -> None:
    for folder in ("temp [x]", "t*p?"):
        (tmp_path / folder).mkdir()
        staged = StagedRows(tmp_path / folder, QA_SAMPLES)
        DayRows(staged, PARTITION.date, None).add_values([("CA1", 1, ASKED_AT)])
        staged.close()
        replace_tables(connection, warehouse, PARTITION, {QA_SAMPLES: staged})
        assert len(ask(warehouse, "SELECT * FROM qa_samples")) == 1


def test_a_day_without_details_leaves_empty_tables(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    assert set(load(connection, warehouse).rows.values()) == {0}
    assert ask(warehouse, "SELECT * FROM function_events") == []


def test_drift_is_kept_with_the_partition_and_leaves_with_it(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    other = elsewhere(PARTITION, date=date(2026, 6, 4))
    events = {"1": [EVENT, EVENT | {"cost": 1}], "2": [EVENT | {"cost": 2}]}
    drifted = [detail_of(body(mood="calm", functionEvents=events)), detail_of(body(polyScore="4"))]
    loaded = load(connection, warehouse, *drifted, detail_of(None, status="missing"))
    assert loaded.rows["detail_drift"] == len(loaded.drift) == 3
    load(connection, warehouse, detail_of(body(mood="cross")), partition=other)
    assert drift_in(warehouse) == [
        (DAY, "details.functionEvents[].cost", "added", "WARN", 2, 5, "a number"),
        (DAY, "details.mood", "added", "WARN", 1, 2, "text like 'xxxx'"),
        (DAY, "details.polyScore", "type changed", "ERROR", 1, 2, "text like '9' instead of number"),
        (other.date, "details.mood", "added", "WARN", 1, 1, "text like 'xxxxx'"),
    ]
    load(connection, warehouse, detail_of(body()))
    assert [row[0] for row in drift_in(warehouse)] == [other.date]


def test_a_warehouse_from_before_there_was_drift_of_details_gets_the_table(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    load(connection, warehouse, detail_of(body()))
    with duckdb.connect(warehouse.target) as opened:
        opened.execute("DROP TABLE detail_drift")
    load(connection, warehouse, detail_of(body(mood="calm")))
    assert [row[1] for row in drift_in(warehouse)] == ["details.mood"]


def drift_in(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    found = ask(warehouse, "SELECT * EXCLUDE (project) FROM detail_drift ORDER BY date, path")
    return [tuple(row.values()) for row in found]


POISONS = (
    b'"note": "\\ud83d"',
    b'"note": "nul \\u0000 byte"',
    b'"new": {"a": 1, "a": 2}',
    b'"new": ' + b"9" * 4_000,
    b'"new": 1' + b"0" * 310,
    b'"new": ' + b"[" * 400 + b"]" * 400,
    b'"new": 1e999',
    b'"metrics": {"\\udc00": "\xff"}',
    b'"functionEvents": {"1": [null, 1, {"duration": 1e308, "arguments": {"\\u0000": "\\u0000"}}]}',
)


def test_what_is_hard_to_store_does_not_cost_the_others_their_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    hard = [
        detail_of(b'{"channel": "CHAT", ' + poison + b"}", conversation_id=f"hard {number}")
        for number, poison in enumerate(POISONS)
    ]
    load(connection, warehouse, *hard, detail_of(body()), detail_of(b"no JSON", conversation_id="none"))
    found = ask(
        warehouse,
        "SELECT conversation_id, status, channel FROM conversation_details ORDER BY conversation_id",
    )
    assert [tuple(row.values()) for row in found] == [
        ("CA1", "found", "VOICE-SIP"),
        *((f"hard {number}", "found", "CHAT") for number in range(len(POISONS))),
        ("none", "unreadable", ""),
    ]


@LONG
def test_a_huge_detail_is_loaded(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    turns = [{"user_input": "x" * 1000, "turn_id": n} for n in range(10_000)]
    load(connection, warehouse, *(detail_of(body(turns=turns), conversation_id=str(n)) for n in range(2)))
    (found,) = ask(
        warehouse, "SELECT count(*) AS rows, min(json_array_length(turns)) AS turns FROM conversation_details"
    )
    assert tuple(found.values()) == (2, 10_000)
