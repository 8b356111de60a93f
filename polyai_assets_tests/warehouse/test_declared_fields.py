"""Fields that a platform declares are columns like any other, of its own tables and of no other platform's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import Field, Kind, field
from polyai_assets.contract.tables import CONVERSATIONS
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets_tests.contract.details import EVENT, RECORDED, detail_of
from polyai_assets_tests.contract.records import is_strict, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.tiers import long
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, elsewhere, loaded

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_facts")]

NEXT_DAY = elsewhere(PARTITION, date=PARTITION.date.replace(day=2))
SENT: dict[Kind, Any] = {
    Kind.TEXT: 'a "word", and one more',
    Kind.TIMESTAMP: "2026-03-01T10:00:00Z",
    Kind.INTEGER: 2**60 + 1,
    Kind.NUMBER: 3.5,
    Kind.BOOLEAN: True,
    Kind.TEXT_LIST: ['a, "b"', ""],
    Kind.OBJECT: {"a": [1]},
    Kind.OBJECT_LIST: [{"a": 1}],
}
OF_EVERY_KIND = tuple(
    field(f"own_{kind.name.lower()}", kind, f"Own {kind.value}", wire=f"own.{kind.name}") for kind in SENT
)
IN_LATENCY = tuple(
    replace(one, name=f"latency_{one.name}", wire=f"latency.{one.wire}")
    for one in OF_EVERY_KIND
    if one.kind is not Kind.TIMESTAMP
)
BY_NAME = {one.wire: SENT[one.kind] for one in OF_EVERY_KIND}
TARGETS = ("duckdb", long("ducklake"))


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return Warehouse(str(tmp_path / "polyai.duckdb"))
    return Warehouse(f"ducklake:{tmp_path / 'lake.ducklake'}", str(tmp_path / "data"))


def declaring(**added: tuple[Field, ...]) -> Contract:
    return Contract(added)


def with_one(kind: Kind = Kind.NUMBER, description: str = "How the user felt") -> Contract:
    return declaring(conversations=(field("mood", kind, description),))


def kept(warehouse: Warehouse, table: str, fields: tuple[Field, ...]) -> list[Any]:
    (row,) = ask(warehouse, f"SELECT {', '.join(one.name for one in fields)}, extra FROM {table}")
    assert row["extra"] is None
    return [
        msgspec.json.decode(row[one.name]) if one.kind in (Kind.OBJECT, Kind.OBJECT_LIST) else row[one.name]
        for one in fields
    ]


def described(warehouse: Warehouse) -> dict[str, tuple[str, str]]:
    rows = ask(
        warehouse,
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE database_name = 'warehouse' AND column_name = 'mood'",
    )
    return {row["column_name"]: (row["data_type"], row["comment"]) for row in rows}


def test_every_kind_of_field_has_its_column_in_a_warehouse_that_was_made_before(target: Warehouse):
    loaded(target, payload(id="old"), partition=NEXT_DAY)
    contract = declaring(conversations=OF_EVERY_KIND, turns=(*OF_EVERY_KIND, *IN_LATENCY))
    partition = replace(PARTITION, contract=contract)
    latency = {"perceived_latency": 1.5, **BY_NAME}
    del latency["own.TIMESTAMP"]
    # a metric of null keeps a record from being read strictly
    records = {
        name: payload(id=name, **BY_NAME, turns=[{**BY_NAME, "latency": latency}], metrics={"A": metric})
        for name, metric in {"strict": "1", "loose": None}.items()
    }
    assert [is_strict(record, contract) for record in records.values()] == [True, False]
    for _ in range(2):
        staged = loaded(target, *records.values(), partition=partition)
        assert staged.drift == []
    times = [one.kind for one in OF_EVERY_KIND].index(Kind.TIMESTAMP)
    for name in records:
        where = f"(SELECT * FROM {{}} WHERE conversation_id = '{name}')"
        found = kept(target, where.format("conversations"), OF_EVERY_KIND)
        assert found.pop(times).isoformat() == "2026-03-01T10:00:00+00:00"
        assert found == [value for kind, value in SENT.items() if kind is not Kind.TIMESTAMP]
        assert kept(target, where.format("turns"), IN_LATENCY) == found


def test_a_declared_field_of_another_type_is_drift_and_in_extra(warehouse: Warehouse):
    partition = replace(PARTITION, contract=with_one())
    staged = loaded(warehouse, payload(mood=["x"]), partition=partition)
    assert [(one.path, one.kind.value) for one in staged.drift] == [("mood", "type changed")]
    assert ask(warehouse, "SELECT mood, extra ->> 'mood' AS sent FROM conversations") == [
        {"mood": None, "sent": '["x"]'}
    ]


def test_a_field_of_another_kind_than_before_is_a_column_of_that_kind(target: Warehouse):
    old, new = with_one(Kind.INTEGER), with_one(Kind.NUMBER, "How the user felt, to a tenth")
    with own_duckdb() as connection:
        for name, mood, load, contract in (("old", 3, NEXT_DAY, old), ("new", 3.7, PARTITION, new)):
            (table,) = (one for one in contract.tables if one.name == CONVERSATIONS.name)
            row = pa.table({"conversation_id": [name], "mood": [mood]})
            replace_tables(connection, target, load, {table: row})
    assert described(target) == {"mood": ("DOUBLE", "How the user felt, to a tenth")}
    moods = "SELECT conversation_id AS id, mood FROM conversations ORDER BY id"
    assert ask(target, moods) == [{"id": "new", "mood": 3.7}, {"id": "old", "mood": None}]


def test_a_description_follows_the_configuration(warehouse: Warehouse):
    for text in ("what it means", "How the user felt"):
        loaded(
            warehouse, payload(mood=3.5), partition=replace(PARTITION, contract=with_one(description=text))
        )
        assert described(warehouse) == {"mood": ("DOUBLE", text)}
    assert ask(warehouse, "SELECT mood FROM conversations") == [{"mood": 3.5}]


def test_a_column_that_somebody_added_is_not_made_anew(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
):
    loaded(warehouse, payload(id="old"), partition=NEXT_DAY)
    with warehouse.attached(connection):
        connection.execute("ALTER TABLE warehouse.main.conversations ADD COLUMN mood VARCHAR DEFAULT 'mine'")
    loaded(warehouse, payload(id="new", mood=3.5), partition=replace(PARTITION, contract=with_one()))
    assert ask(warehouse, "SELECT mood FROM conversations WHERE conversation_id = 'old'") == [
        {"mood": "mine"}
    ]


def test_two_platforms_in_one_process_know_nothing_of_each_others_fields(tmp_path: Path):
    contracts = {
        "mood": with_one(),
        "sentiment": declaring(conversations=(field("sentiment", Kind.TEXT, "The sentiment"),)),
    }
    record = payload(mood=3.5, sentiment="calm", turns=[{}])
    for name in ("mood", "sentiment", "mood"):
        warehouse = Warehouse(str(tmp_path / f"{name}.duckdb"))
        staged = loaded(warehouse, record, partition=replace(PARTITION, contract=contracts[name]))
        (other,) = contracts.keys() - {name}
        assert [(one.path, one.kind.value) for one in staged.drift] == [(other, "added")]
        (row,) = ask(warehouse, "SELECT * FROM conversations")
        assert name in row
        assert other not in row


def test_fields_of_details_and_of_their_events_are_declared_too(tmp_path: Path):
    own = (field("mood", Kind.NUMBER, "A mood", wire="moodScore"),)
    contract = declaring(
        conversation_details=(*own, field("summary_tone", Kind.TEXT, "A tone", wire="shortSummary.tone")),
        function_events=own,
        metric_events=own,
    )
    sent = RECORDED | {
        "moodScore": 1,
        "shortSummary": {"heading": "A room", "content": "They asked.", "tone": "calm"},
        "functionEvents": {"1": [EVENT | {"moodScore": 2}]},
        "metrics": {"CSAT": [{"value": "5", "timestamp": "2026-03-01T10:00:00", "moodScore": 3}]},
    }
    warehouse = Warehouse(str(tmp_path / "polyai.duckdb"))
    partition = replace(PARTITION, contract=contract)
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        done = replace_details(connection, warehouse, partition, [detail_of(msgspec.json.encode(sent))])
    assert done.drift == []
    found = {
        table: ask(warehouse, f"SELECT mood, extra FROM {table}")
        for table in ("conversation_details", "function_events", "metric_events")
    }
    assert [rows[0]["mood"] for rows in found.values()] == [1.0, 2.0, 3.0]
    assert ask(warehouse, "SELECT summary_tone FROM conversation_details") == [{"summary_tone": "calm"}]
