"""The facts of a partition: a row per conversation, made with the tables that they come from."""

from datetime import date

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, elsewhere, loaded

NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))


def test_every_conversation_has_a_row_and_replacing_a_day_touches_no_other(warehouse: Warehouse) -> None:
    loaded(warehouse, payload(FULL), payload(id="CA2", in_progress=True))
    loaded(warehouse, payload(id="CA3"), partition=NEXT_DAY)
    before = ask(warehouse, f"FROM conversation_facts WHERE date = DATE '{NEXT_DAY.date}'")

    loaded(warehouse, payload(id="CA4"))

    found = ask(warehouse, "SELECT date, conversation_id FROM conversation_facts ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [(PARTITION.date, "CA4"), (NEXT_DAY.date, "CA3")]
    assert ask(warehouse, f"FROM conversation_facts WHERE date = DATE '{NEXT_DAY.date}'") == before
