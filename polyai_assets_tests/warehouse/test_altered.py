"""What others have made of our tables in the warehouse, and how large its file becomes."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.contract.tables import TURNS
from polyai_assets.warehouse.altered import WarehouseAltered
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, ids, loaded

pytestmark = pytest.mark.usefixtures("no_facts")

RENAMED = "CREATE TABLE mine AS FROM conversations; DROP TABLE conversations; "


@pytest.fixture
def warehouse(warehouse: Warehouse, tmp_path: Path, prepared: Prepare) -> Warehouse:
    """A warehouse with two conversations of the day."""
    prepared(
        "CA1 and CA2",
        tmp_path,
        lambda folder: loaded(Warehouse(str(folder / "polyai.duckdb")), payload(FULL), payload(id="CA2")),
    )
    return warehouse


def alter(warehouse: Warehouse, statements: str) -> None:
    with duckdb.connect(warehouse.target) as connection:
        connection.execute(statements)


HARMLESS = {
    "what others add to tables": (
        "ALTER TABLE conversations ADD COLUMN mine VARCHAR DEFAULT 'x'",
        "ALTER TABLE turns ADD COLUMN mine VARCHAR",
        "CREATE INDEX in_mine ON turns(mine)",
        "CREATE INDEX of_conversations ON conversations(conversation_id)",
        "CREATE INDEX of_turns ON turns(turn_index)",
        "CREATE VIEW all_mine AS SELECT * FROM conversations",
        "CREATE VIEW turns_of_mine AS SELECT * FROM turns",
        "CREATE TABLE mine AS FROM conversations",
        "CREATE MACRO conversations() AS 1",
    ),
    "what others change in tables": (
        "ALTER TABLE conversations ALTER COLUMN started_at TYPE VARCHAR",
        "ALTER TABLE turns ALTER COLUMN conversation_id SET NOT NULL",
        "ALTER TABLE conversations ADD PRIMARY KEY (project, date, conversation_id)",
    ),
}


@pytest.mark.parametrize("statements", HARMLESS.values(), ids=HARMLESS)
def test_what_does_no_harm_is_left_and_partitions_are_replaced(
    warehouse: Warehouse, statements: Sequence[str]
) -> None:
    alter(warehouse, "; ".join(statements))
    for _ in range(2):
        loaded(warehouse, payload(FULL), payload(id="CA3"))
    assert ids(warehouse) == ["CA1", "CA3"]
    assert ask(warehouse, "SELECT count(*) AS n FROM conversations WHERE conversation_id = 'CA3'") == [
        {"n": 1}
    ]


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (
            "CREATE UNIQUE INDEX mine ON conversations(project, conversation_id)",
            ["the unique index mine on conversations", '`DROP INDEX "mine"`'],
        ),
        (
            'CREATE UNIQUE INDEX "it\'s ""mine""" ON turns(conversation_id, turn_index)',
            ['the unique index it\'s "mine" on turns', '`DROP INDEX "it\'s ""mine"""`'],
        ),
        (
            "ALTER TABLE conversations ADD COLUMN mine VARCHAR DEFAULT 'x'; "
            "ALTER TABLE conversations ALTER COLUMN mine SET NOT NULL; "
            "ALTER TABLE conversations ALTER COLUMN mine DROP DEFAULT",
            ["NOT NULL on conversations", 'ALTER TABLE "conversations" RENAME TO "conversations_old"'],
        ),
        (
            "ALTER TABLE conversations ALTER COLUMN conversation_id TYPE BIGINT USING 1",
            ["the column conversation_id of conversations, which is BIGINT and not VARCHAR"],
        ),
        (
            "ALTER TABLE conversations ADD PRIMARY KEY (conversation_id); "
            "CREATE TABLE mine (id VARCHAR REFERENCES conversations(conversation_id)); "
            "INSERT INTO mine VALUES ('CA1')",
            ["FOREIGN KEY", 'DROP TABLE "mine"'],
        ),
        (
            f"{RENAMED} CREATE VIEW conversations AS FROM mine",
            ["the view conversations", '`DROP VIEW "conversations"`'],
        ),
    ],
)
def test_what_stands_in_the_way_is_named_with_the_remedy_and_nothing_is_lost(
    warehouse: Warehouse, statements: str, named: Sequence[str]
) -> None:
    alter(warehouse, statements)
    before = ask(warehouse, "SELECT * FROM conversations ORDER BY conversation_id")
    with pytest.raises(WarehouseAltered) as caught:
        loaded(warehouse, payload(FULL), payload(id="CA3"))
    for part in (*named, warehouse.target, str(PARTITION.partition), "fetch the day again"):
        assert part in str(caught.value)
    assert ask(warehouse, "SELECT * FROM conversations ORDER BY conversation_id") == before


def test_after_the_remedy_the_partition_is_replaced(warehouse: Warehouse) -> None:
    alter(warehouse, "CREATE UNIQUE INDEX mine ON conversations(conversation_id)")
    with pytest.raises(WarehouseAltered, match='`DROP INDEX "mine"`'):
        loaded(warehouse, payload(FULL))
    alter(warehouse, 'DROP INDEX "mine"')
    loaded(warehouse, payload(FULL), payload(id="CA2"))
    assert ids(warehouse) == ["CA1", "CA2"]


@pytest.mark.parametrize("index", [None, "CREATE INDEX mine ON turns(conversation_id)"])
def test_the_file_does_not_grow_when_a_partition_is_replaced_again_and_again(
    warehouse: Warehouse, index: str | None
) -> None:
    rows = pa.table(
        {
            "conversation_id": [f"CA{n}" for n in range(50)],
            "turn_index": [0] * 50,
            "user_input": [f"{n:04}" * 2_000 for n in range(50)],
        }
    )

    def load(repetitions: int) -> int:
        for _ in range(repetitions):
            with own_duckdb() as connection:
                replace_tables(connection, warehouse, PARTITION, {TURNS: rows})
        return Path(warehouse.target).stat().st_size

    load(1)
    if index is not None:
        alter(warehouse, index)
    settled = load(2)
    assert load(4) <= 1.5 * settled  # else it would be more than twice as large
    assert not Path(f"{warehouse.target}.wal").exists()
