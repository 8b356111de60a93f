"""What Databricks is asked, word for word, by a client with the signatures of the real one; and what its errors are."""

import re
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, create_autospec

import pytest
from databricks import sql
from databricks.sql.client import Connection, Cursor
from databricks.sql.exc import DatabaseError, RequestError, ServerOperationError

from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.targets.databricks import Databricks
from polyai_assets.delivery.targets.dialects import DATABRICKS
from polyai_assets.delivery.targets.rights import RightMissing
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetRefuses, TargetUnreachable
from polyai_assets_tests.delivery.published import CONVERSATIONS, DAY, NOW, Published, errors, opened
from polyai_assets_tests.delivery.vendors import DatabricksVendor
from polyai_assets_tests.tiers import LONG

STATEMENTS = Path(__file__).parent / "statements" / "databricks.sql"
CONNECTION = "databricks://token:tiger-lions-7@dbc.example.com/sql/1.0/warehouses/w1?catalog=main"
LOG = {field.name: field.kind.sql_type for field in DELIVERY_LOG.fields}
HELD = {
    "conversations": {"gone": "VARCHAR", **CONVERSATIONS, "_version": "BIGINT"},
    "polyai_delivery_log": LOG,
    "polyai_delivery_history": LOG,
}
COLUMNS = [
    (table, name, DATABRICKS.types[kind].ddl)
    for table, columns in HELD.items()
    for name, kind in columns.items()
]
ANSWERS = {"SELECT table_name, column_name": COLUMNS, "SELECT current_catalog()": [("main",)]}


@pytest.fixture
def cursor(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """A cursor that knows two tables and a catalog, and answers nothing else."""
    made: MagicMock = create_autospec(Cursor, instance=True)
    made.__enter__.return_value = made

    def execute(statement: str) -> None:
        answer: list[Any] = next((rows for start, rows in ANSWERS.items() if statement.startswith(start)), [])
        made.description = answer and [("column",)]
        made.fetchall.return_value = answer

    made.execute.side_effect = execute
    connection = create_autospec(Connection, instance=True)
    connection.cursor.return_value = made
    monkeypatch.setattr(sql, "connect", create_autospec(sql.connect, return_value=connection))
    return made


@pytest.mark.slow
def test_the_statements_of_a_delivery_are_these(tmp_path: Path, cursor: MagicMock) -> None:
    published = Published(tmp_path / "published")
    published.put(conversations=[{"conversation_id": "CA1"}], turns=[])
    published.deliver("databricks", CONNECTION, history=True)
    given = "".join(f"{call.args[0]};\n" for call in cursor.execute.call_args_list)
    given = re.sub(r"( COMMENT )'(?:[^'\\]|\\.)*'", r"\1'…'", given)
    given = re.sub(r"(conversations-)\w{12}", r"\1…", given)
    given = re.sub(r"PUT '/\S*/", "PUT '/…/", given)
    assert given == STATEMENTS.read_text("utf-8")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ServerOperationError("[TABLE_OR_VIEW_NOT_FOUND] the table is not there"), TargetRefuses),
        (DatabaseError("[DELTA_CONCURRENT_APPEND] files were added"), DeliveryConflict),
        (RequestError("Error during request to server"), TargetUnreachable),
    ],
)
def test_an_error_of_a_statement_says_whether_another_run_may_fare_better(
    error: Exception, kind: type[Exception], cursor: MagicMock
) -> None:
    cursor.execute.side_effect = error
    with opened("databricks", CONNECTION) as target, pytest.raises(kind):
        target.probe()


def test_who_comes_too_late_to_the_log_marks_the_day_so_that_it_is_delivered_again(
    cursor: MagicMock,
) -> None:
    """Another process has delivered version 2 while version 1 was written into the tables."""
    row = LogRow(
        project="us-1/acme/hotel-bot", date=DAY, version=1, certificate_sha256="0", verdict="complete",
        settled=True, schema_version="1", tables="conversations,turns", rows_expected=1, rows_found=None,
        differing=None, verified_at=None, published_at=NOW, delivered_at=NOW, restated_count=0, nul_characters=0,
    )  # fmt: skip
    asked: list[str] = []

    def execute(statement: str) -> None:
        asked.append(statement)
        found = [astuple(replace(row, version=2))] if "SELECT `project`" in statement else COLUMNS
        cursor.description, cursor.fetchall.return_value = [("column",)], found

    cursor.execute.side_effect = execute
    with opened("databricks", CONNECTION) as target:
        assert isinstance(target, Databricks)
        with pytest.raises(DeliveryConflict):
            target.replace_log([], [row])
    assert asked[-1] == (
        "UPDATE `polyai`.`polyai_delivery_log` SET `differing` = 'conversations,turns' "
        "WHERE `project` = 'us-1/acme/hotel-bot' AND `date` IN (DATE '2026-03-01')"
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ServerOperationError(
                "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nUser does not have CREATE TABLE on "
                "Schema 'main.polyai'. SQLSTATE: 42501"
            ),
            "GRANT CREATE TABLE ON Schema main.polyai TO <its user>",
        ),
    ],
)
def test_a_right_that_is_missing_is_named_with_what_gives_it(
    error: Exception, said: str, cursor: MagicMock
) -> None:
    cursor.execute.side_effect = error
    with opened("databricks", CONNECTION) as target, pytest.raises(RightMissing, match=re.escape(said)):
        target.probe()


class _Killed(BaseException):
    """The process is killed."""


@LONG
@pytest.mark.slow
@pytest.mark.parametrize("newest_turns", [(7, 8), ()], ids=["with turns", "emptied"])
@pytest.mark.parametrize(
    "versions", [(1, 2), (2, 3)], ids=["delivered for the first time", "delivered before"]
)
def test_who_is_overtaken_within_a_statement_and_killed_leaves_what_is_certified(
    newest_turns: tuple[int, ...],
    versions: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    published: Published,
) -> None:
    """A statement cannot see in its commit that another process has written the table and the log since."""
    vendor = DatabricksVendor(tmp_path, monkeypatch)
    late, newest = versions

    def put(version: int, *indexes: int) -> None:
        turns = [{"conversation_id": "CA1", "turn_index": index} for index in indexes]
        published.put(version, conversations=[{"conversation_id": "CA1"}], turns=turns)

    def overtaking(statement: str) -> None:
        if statement.startswith("INSERT INTO `polyai`.`turns`"):
            vendor.fake.before = lambda _: None
            put(newest, *newest_turns)
            assert errors(published.deliver(vendor.kind, vendor.connection)) == []
            vendor.fake.before = killing

    def killing(_: str) -> None:
        raise _Killed

    if late > 1:
        put(1, 0)
        published.deliver(vendor.kind, vendor.connection)
    put(late, 3, 4, 5)
    vendor.fake.before = overtaking
    with pytest.raises(_Killed):
        published.deliver(vendor.kind, vendor.connection)
    vendor.fake.before = lambda _: None
    assert vendor.rows("polyai_delivery_log", "version", "differing") == [(newest, "")]
    assert vendor.rows("certified_turns", "turn_index") == [(index,) for index in newest_turns]

    put(newest + 1, 9)
    assert errors(published.deliver(vendor.kind, vendor.connection)) == []
    assert vendor.rows("turns", "turn_index") == [(9,)]
