"""What changed in conversations, those that vanished, and those that were found on another day."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import (
    PARTITION,
    START,
    ask,
    batch,
    change,
    elsewhere,
    ids,
    stage,
    start_on,
)
from polyai_assets_tests.warehouse.one_day import replace_partition

pytestmark = pytest.mark.usefixtures("no_facts")

NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))
OTHER = elsewhere(PARTITION, project="us-1/acme/bank")


def gone(*names: str) -> pa.RecordBatch:
    return batch(*(payload(FULL, id=name) for name in names), vanished_at=START)


def there(*names: str, on: Load = PARTITION) -> pa.RecordBatch:
    return batch(*(payload(FULL, id=name) for name in names), start=start_on(on.date))


def vanished(warehouse: Warehouse) -> list[str]:
    return ids(warehouse, "vanished_conversations")


@pytest.fixture
def without_two(warehouse: Warehouse, tmp_path: Path, prepared: Prepare) -> Warehouse:
    """A warehouse of a day from which CA1 and CA2 have vanished."""

    def make(folder: Path) -> None:
        with own_duckdb() as connection:
            there = Warehouse(str(folder / "polyai.duckdb"))
            replace_partition(connection, there, PARTITION, [gone("CA1", "CA2")])

    prepared("CA1 and CA2 have vanished", tmp_path, make)
    return warehouse


@pytest.fixture
def load(warehouse: Warehouse):
    def load(*batches: pa.RecordBatch, partition: Load = PARTITION, changes=()) -> Staged:
        with own_duckdb() as connection:
            return replace_partition(connection, warehouse, partition, batches, changes)

    return load


def test_a_vanished_conversation_is_kept_aside_with_its_payload(load, warehouse: Warehouse) -> None:
    no_text = batch(b'{"id":"CA3","x":"\xff"}', vanished_at=START)
    load(there("CA1"), gone("CA2"), no_text, batch(b'"no conversation"', vanished_at=START))
    assert ids(warehouse) == ["CA1"]
    assert set(ids(warehouse, "turns")) == {"CA1"}
    assert ask(
        warehouse, "SELECT conversation_id, vanished_at, payload FROM vanished_conversations ORDER BY ALL"
    ) == [
        {"conversation_id": name, "vanished_at": START, "payload": kept}
        for name, kept in (
            ("", '"no conversation"'),  # without an id
            ("CA2", payload(FULL, id="CA2").decode()),
            ("CA3", r'{"id":"CA3","x":"\xff"}'),  # bytes that are no text are escaped
        )
    ]


def test_vanished_and_present_records_may_share_a_batch(connection: duckdb.DuckDBPyConnection) -> None:
    mixed = pa.Table.from_batches([there("CA1"), gone("CA2"), there("CA3")]).combine_chunks().to_batches()[0]
    staged = stage(connection, mixed)
    assert (staged.rows["conversations"], staged.rows["vanished_conversations"]) == (2, 1)


def test_a_conversation_that_returns_has_not_vanished(load, without_two: Warehouse) -> None:
    load(there("CA1"))
    assert (ids(without_two), vanished(without_two)) == (["CA1"], [])


def test_a_conversation_that_is_found_on_another_day_has_moved_and_not_vanished(
    load, without_two: Warehouse
) -> None:
    load(there("CA1", on=NEXT_DAY), partition=NEXT_DAY)
    assert vanished(without_two) == ["CA2"]


def test_a_conversation_that_vanishes_here_and_is_there_already_has_moved(load, warehouse: Warehouse) -> None:
    load(there("CA1", on=NEXT_DAY), partition=NEXT_DAY)
    load(gone("CA1", "CA2"))
    assert vanished(warehouse) == ["CA2"]


def test_the_same_id_in_another_project_is_another_conversation(load, without_two: Warehouse) -> None:
    assert load(there("CA1"), partition=OTHER).elsewhere == []
    assert vanished(without_two) == ["CA1", "CA2"]


def test_days_on_which_its_conversations_were_before_are_told(load) -> None:
    load(there("CA1", "CA2", on=NEXT_DAY), partition=NEXT_DAY)
    assert load(there("CA1")).elsewhere == [NEXT_DAY.date]
    assert load(there("CA3")).elsewhere == []


def test_a_day_too_far_away_is_not_looked_at(load) -> None:
    long_before = elsewhere(PARTITION, date=PARTITION.date - timedelta(days=40))
    load(there("CA1", on=long_before), partition=long_before)
    assert load(there("CA1")).elsewhere == []


def test_changes_become_rows_and_are_replaced_with_their_partition(load, warehouse: Warehouse) -> None:
    load(there("CA1"), changes=[change("CA1"), change("CA1", field="turns[0].user_input", before="é 日本")])
    load(there("CA9", on=NEXT_DAY), partition=NEXT_DAY, changes=[change("CA9")])
    load(there("CA1"), changes=[change("CA1", field="state.guest", after="2")])
    columns = "date, conversation_id, changed_at, field, before, after"
    found = ask(warehouse, f"SELECT {columns} FROM conversation_changes ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [
        (PARTITION.date, "CA1", START, "state.guest", "", "2"),
        (NEXT_DAY.date, "CA9", START, "channel", "", "CHAT"),
    ]


def test_a_record_of_a_day_that_was_not_asked_for_is_quarantined(load, warehouse: Warehouse) -> None:
    staged = load(there("CA1"), there("CA2", on=NEXT_DAY))
    assert ids(warehouse) == ["CA1"]
    (found,) = staged.quarantined
    assert found.conversation_id == "CA2"
    assert found.reasons == ["it began on 2026-03-02, which was not asked for"]


def test_a_record_in_quarantine_leaves_it_when_it_is_found_on_its_own_day(load, warehouse: Warehouse) -> None:
    load(there("CA1"), there("CA2", on=NEXT_DAY))
    load(there("CA2", on=NEXT_DAY), partition=NEXT_DAY)
    assert (ids(warehouse), ids(warehouse, "quarantine")) == (["CA1", "CA2"], [])
