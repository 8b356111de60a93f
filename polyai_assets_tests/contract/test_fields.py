"""Adding a field is adding one line: everything else is derived from the declarations."""

from collections.abc import Iterator

import duckdb
import msgspec
import pytest

from polyai_assets.contract.columns import typed, wire_columns
from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.fields import Field, Kind, Pii, field, never_null
from polyai_assets.contract.marts import MARTS
from polyai_assets.contract.models import model
from polyai_assets.contract.strict import strict_struct
from polyai_assets.contract.tables import TABLES, Table
from polyai_assets_tests.contract.records import CLEAN, payload

MOOD = field("mood", Kind.TEXT, "How the user's felt", required=True)
SCORE = field("score", Kind.INTEGER, "How well it went", wire="polyScore", minimum=0, unit="points")
EXTENDED = (*CONVERSATION[:-1], MOOD, SCORE, CONVERSATION[-1])


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_the_strict_struct_takes_a_new_field() -> None:
    struct = strict_struct("Extended", EXTENDED)
    before = strict_struct("Before", CONVERSATION)
    new = payload(mood="calm", polyScore=4)
    msgspec.json.decode(new, type=struct)
    with pytest.raises(msgspec.ValidationError, match="unknown field `mood`"):
        msgspec.json.decode(new, type=before)
    with pytest.raises(msgspec.ValidationError, match="missing required field `mood`"):
        msgspec.json.decode(payload(), type=struct)
    with pytest.raises(msgspec.ValidationError, match="Expected `int"):
        msgspec.json.decode(payload(mood="calm", polyScore="4"), type=struct)


def test_the_table_takes_a_new_field(connection: duckdb.DuckDBPyConnection) -> None:
    table = Table("conversations", "One row per conversation.", EXTENDED)
    connection.execute(table.create("main"))
    for statement in table.comments("main"):
        connection.execute(statement)
    columns = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = 'conversations'"
    ).fetchall()
    assert [name for name, _, _ in columns] == [one.name for one in EXTENDED]
    assert ("mood", "VARCHAR", "How the user's felt") in columns
    assert ("score", "BIGINT", "How well it went (points)") in columns


def test_a_table_that_was_made_before_gets_the_new_column(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(Table("conversations", "", CONVERSATION).create("main"))
    table = Table("conversations", "One row per conversation.", EXTENDED)
    for statement in table.add_columns("main", {one.name for one in CONVERSATION}):
        connection.execute(statement)
    names = {name for name, *_ in connection.execute("DESCRIBE conversations").fetchall()}
    assert names == {one.name for one in EXTENDED}
    assert list(table.add_columns("main", names)) == []


def test_the_columns_take_a_new_field() -> None:
    decode = msgspec.json.Decoder(strict_struct("Extended", (MOOD, SCORE))).decode
    wire = wire_columns((MOOD, SCORE), [decode(b'{"mood": "calm", "polyScore": 4}')])
    rows = typed((MOOD, SCORE), wire.columns)
    assert {name: values.to_pylist() for name, values in rows.items()} == {"mood": ["calm"], "score": [4]}


def test_the_guarantees_take_a_new_field() -> None:
    columns = model(EXTENDED).columns
    assert set(columns) - set(model(CONVERSATION).columns) == {"mood", "polyScore"}
    assert not columns["mood"].nullable
    assert columns["polyScore"].nullable
    assert [check.error for check in columns["polyScore"].checks] == ["number is at least 0"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_every_table_has_project_and_date_and_describes_its_columns(table: Table) -> None:
    assert [one.name for one in table.fields[:2]] == ["project", "date"]
    assert table.grain
    assert all(one.description for one in table.fields)
    names = [one.name for one in table.fields]
    assert len(names) == len({name.lower() for name in names})


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_type_that_duckdb_knows(kind: Kind, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"SELECT CAST(NULL AS {kind.sql_type})")


@pytest.mark.parametrize("fields", [CONVERSATION, TURN])
def test_only_numbers_have_a_minimum_and_only_they_have_a_unit(fields: tuple[Field, ...]) -> None:
    numbers = (Kind.INTEGER, Kind.NUMBER, Kind.LATENCY)
    assert all(one.kind in numbers for one in fields if one.minimum is not None or one.unit)


def test_the_clean_record_of_these_tests_has_every_required_field() -> None:
    assert set(CLEAN) == {one.wire for one in CONVERSATION if one.wire is not None and one.required}


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: str(table.name))
def test_a_column_whose_description_says_when_it_is_null_is_declared_so(table: Table) -> None:
    assert [one.name for one in table.fields if "NULL" in one.description and never_null(one)] == []


@pytest.mark.parametrize("table", [*EVERY_TABLE, *MARTS], ids=lambda table: table.name)
def test_every_column_has_a_class_of_personal_data(table: Table) -> None:
    assert [one.name for one in table.fields if one.pii is None] == []


def test_text_without_a_class_would_be_found() -> None:
    classes = {kind: field("mood", kind, "How the user felt").pii for kind in Kind}
    unknown = {kind for kind, pii in classes.items() if pii is None}
    assert unknown == {Kind.TEXT, Kind.TEXT_LIST, Kind.OBJECT, Kind.OBJECT_LIST}


@pytest.mark.parametrize(
    ("table", "column", "pii"),
    [
        ("conversations", "from_number", Pii.CONTACT),
        ("conversations", "state", Pii.FREE),
        ("turns", "user_input", Pii.TEXT),
        ("conversation_details", "note", Pii.TEXT),
        ("conversation_facts", "contact", Pii.CONTACT),
        ("deployments", "created_by", Pii.STAFF),
        ("audio", "path", Pii.AUDIO),
        ("quarantine", "payload", Pii.FREE),
    ],
)
def test_what_is_personal_is_declared_so(table: str, column: str, pii: Pii) -> None:
    (found,) = [one for one in EVERY_TABLE if one.name == table]
    assert {one.name: one.pii for one in found.fields}[column] is pii
