"""What holds for every vendor's target: days that are replaced, emptied and repaired, columns, and difficult values."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from polyai_assets.raw.partition import Partition
from polyai_assets_tests.delivery.published import DAY, HOTEL, NOW, Published, errors, opened
from polyai_assets_tests.delivery.vendors import (
    DatabricksVendor,
    DeltaVendor,
    IcebergVendor,
    SnowflakeVendor,
    Vendor,
)
from polyai_assets_tests.tiers import LONG

VENDORS = {
    "snowflake": lambda folder, monkeypatch: SnowflakeVendor(monkeypatch),
    "databricks": DatabricksVendor,
    "iceberg": IcebergVendor,
    "delta": DeltaVendor,
}
NEXT_DAY = date(2026, 3, 2)
ONE, TWO = {"conversation_id": "CA1"}, {"conversation_id": "CA2"}
TURN = {"conversation_id": "CA1", "turn_index": 0}

pytestmark = [pytest.mark.slow, LONG]  # a database in memory, or files of a lake


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vendor:
    return VENDORS[request.param](tmp_path, monkeypatch)


def test_a_day_is_replaced_emptied_and_in_the_log(vendor: Vendor, published: Published) -> None:
    published.put(conversations=[ONE, TWO], turns=[TURN])
    published.put(day=NEXT_DAY, conversations=[{"conversation_id": "CA9"}])
    days = [Partition(HOTEL, DAY), Partition(HOTEL, NEXT_DAY)]
    assert errors(published.deliver(vendor.kind, vendor.connection, *days)) == []
    assert vendor.rows("conversations", "conversation_id") == [("CA1",), ("CA2",), ("CA9",)]
    again = published.deliver(vendor.kind, vendor.connection, *days)
    assert [(day.is_new, day.reason) for day in again] == [(False, "it is delivered as it is")] * 2

    published.put(2, conversations=[{"conversation_id": "CA3"}])
    published.put(2, day=NEXT_DAY)
    assert errors(published.deliver(vendor.kind, vendor.connection, *days, history=True)) == []
    assert vendor.rows("conversations", "conversation_id") == [("CA3",)]
    assert vendor.rows("turns", "conversation_id") == []
    columns = ("date", "version", "rows_expected", "rows_found", "differing", "verified_at", "restated_count")
    assert vendor.rows("polyai_delivery_log", *columns) == [
        (DAY, 2, 1, 1, "", NOW, 1),
        (NEXT_DAY, 2, 0, 0, "", NOW, 1),
    ]
    assert vendor.rows("polyai_delivery_history", "date", "version") == [(DAY, 2), (NEXT_DAY, 2)]


def test_values_arrive_as_they_are(vendor: Vendor, published: Published) -> None:
    started = datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)
    text = "Hi \\ 'there'\n\t\"😀\" $1 {} %s"
    published.put(
        conversations=[
            {
                "conversation_id": text,
                "started_at": started,
                "duration": 48.1250004,
                "num_turns": 2**53 + 1,
                "handoff": False,
                "state": '{"a": [1, "é"], "b": null}',
            },
        ],
        turns=[
            {"conversation_id": "1", "turn_index": 1, "user_input": "", "intents": ["a,{}", 'b"', "", text]},
            {"conversation_id": "2", "turn_index": 2, "user_input": "nul \0", "intents": []},
            {"conversation_id": "3", "turn_index": 3, "entities": '{"a": 1, "a": 2}'},
        ],
    )
    assert errors(published.deliver(vendor.kind, vendor.connection)) == []
    ((*values, state),) = vendor.rows(
        "conversations", "conversation_id", "started_at", "duration", "num_turns", "handoff", "date", "state"
    )
    assert values == [text, started, 48.1250004, 2**53 + 1, False, DAY]
    assert json.loads(state) == {"a": [1, "é"], "b": None}
    turns = vendor.rows("turns", "turn_index", "user_input", "intents", "entities")
    assert [turn[1] for turn in turns] == ["", "nul \0", None]
    lists = [json.loads(turn[2]) if isinstance(turn[2], str) else turn[2] for turn in turns]
    assert lists == [["a,{}", 'b"', "", text], [], None]
    assert json.loads(turns[2][3])["a"] in (1, 2)


def test_a_text_of_16_million_characters_arrives_or_is_refused_by_name(
    vendor: Vendor, published: Published
) -> None:
    if vendor.kind == "snowflake":
        pytest.skip("the server decides, which is not here")
    published.put(turns=[TURN | {"user_input": "x" * 16_000_000}])
    assert errors(published.deliver(vendor.kind, vendor.connection)) == []
    assert [len(text) for (text,) in vendor.rows("turns", "user_input")] == [16_000_000]


def test_a_column_that_is_a_keyword_is_added_and_one_of_another_type_is_a_second(
    vendor: Vendor, published: Published
) -> None:
    published.put(conversations=[ONE])
    published.deliver(vendor.kind, vendor.connection)
    keywords = ("position", "count", "before", "after", "rank", "name")
    published.columns["conversations"] |= dict.fromkeys(keywords, "VARCHAR") | {"handoff": "VARCHAR"}
    published.put(2, conversations=[ONE, TWO | dict.fromkeys(keywords, "word") | {"handoff": "no"}])
    (day,) = published.deliver(vendor.kind, vendor.connection)
    assert day.error is None
    assert len(day.findings) == 1
    quoted = [f'"{name.upper() if vendor.kind == "snowflake" else name}"' for name in keywords]
    assert vendor.rows("conversations", "conversation_id", "handoff__v2", "handoff", *quoted) == [
        ("CA1", None, None, *[None] * len(keywords)),
        ("CA2", "no", None, *["word"] * len(keywords)),
    ]


def test_what_is_interrupted_between_two_tables_is_the_old_version_in_the_log_and_repaired(
    vendor: Vendor, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.put(conversations=[ONE], turns=[TURN])
    published.deliver(vendor.kind, vendor.connection)
    published.put(2, conversations=[TWO], turns=[TURN | {"turn_index": 7}])
    with monkeypatch.context() as broken:
        vendor.fail_at("turns", broken)
        (day,) = published.deliver(vendor.kind, vendor.connection)
    assert "the connection was lost" in str(day.error)
    assert vendor.rows("polyai_delivery_log", "version") == [(1,)]
    if vendor.has_transactions:
        assert vendor.rows("conversations", "conversation_id") == [("CA1",)]
    assert errors(published.deliver(vendor.kind, vendor.connection)) == []
    assert vendor.rows("polyai_delivery_log", "version", "differing") == [(2, "")]
    assert vendor.rows("conversations", "conversation_id") == [("CA2",)]
    assert vendor.rows("turns", "turn_index") == [(7,)]


def test_rows_of_conversations_are_deleted_by_id_whatever_their_day(
    vendor: Vendor, published: Published
) -> None:
    published.put(conversations=[ONE, TWO], turns=[TURN])
    published.put(day=NEXT_DAY, conversations=[ONE])
    published.deliver(vendor.kind, vendor.connection, Partition(HOTEL, DAY), Partition(HOTEL, NEXT_DAY))
    with opened(vendor.kind, vendor.connection) as target:
        for _ in range(2):  # the second time there is nothing to delete
            target.erase(["conversations", "metrics", "turns"], HOTEL.key, ["CA1", "it's"])
    assert vendor.rows("conversations", "conversation_id") == [("CA2",)]
    assert vendor.rows("turns", "conversation_id") == []
    assert vendor.rows("polyai_delivery_log", "date", "version") == [(DAY, 1), (NEXT_DAY, 1)]
