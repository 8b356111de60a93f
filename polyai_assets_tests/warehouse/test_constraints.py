"""What is said of columns, against tables of records that have everything wrong with them."""

from dataclasses import replace

import duckdb
import pytest

from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.fields import never_null
from polyai_assets.contract.tables import CONTRACT_VIOLATIONS, CONVERSATIONS, METRICS, TABLES, TURNS, Table
from polyai_assets.privacy.masking import masking_of
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.contract.records import CLEAN, FULL, payload
from polyai_assets_tests.warehouse.conftest import (
    PARTITION,
    START,
    Rows,
    batch,
    change,
    elsewhere,
    everything,
)
from polyai_assets_tests.warehouse.one_day import replace_partition

pytestmark = pytest.mark.slow

UNUSABLE = {"id", "started_at"}  # without them a record is no row
SENT = {one.wire for one in CONVERSATION if one.wire is not None} - UNUSABLE
REDACTING = masking_of(PrivacyPolicy(pii="drop", text="redact"), "acme")
CALLED_FROM = {"turns": [FULL["turns"][0] | {"user_input": "my number is 020 7946 0958"}]}
SENT_OF_TURNS = {one.wire for one in TURN if one.wire is not None}


def turns_of(value: object) -> list[dict[str, object]]:
    return [{}, dict.fromkeys(sorted(SENT_OF_TURNS), value)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """All tables after records that are bare, full, or null, empty and of other types throughout."""
    odd = [
        payload(
            CLEAN | dict.fromkeys(SENT, value), id=f"CA{place}", turns=turns_of(value), metrics={"m": value}
        )
        for place, value in enumerate([None, "", "text", -1, [], {}, [None], True])
    ]
    bare = {"id": "bare", "started_at": CLEAN["started_at"], "turns": [{}]}
    present = batch(payload(FULL), payload(bare, metrics={"m": [None, ""]}), b"not JSON", b'{"id": 7}', *odd)
    vanished = batch(payload(FULL, id="gone"), b"{}", vanished_at=START)
    warehouse = Warehouse(str(tmp_path_factory.mktemp("filled") / "polyai.duckdb"))
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        replace_partition(connection, warehouse, PARTITION, [present, vanished], [change("CA1")])
        masked = replace(elsewhere(PARTITION, project="us-1/acme/clinic"), masking=REDACTING)
        replace_partition(connection, warehouse, masked, [batch(payload(FULL | CALLED_FROM))])
    return everything(warehouse)


def with_nulls(rows: Rows) -> set[str]:
    return {name for row in rows for name, value in row.items() if value is None}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_a_column_that_is_said_to_be_never_null_is_not(filled: dict[str, Rows], table: Table) -> None:
    promised = {one.name for one in table.fields if never_null(one)}
    assert filled[table.name], f"the records of this test fill no row of {table.name}"
    assert promised & with_nulls(filled[table.name]) == set()


@pytest.mark.parametrize(
    "table", [CONVERSATIONS, TURNS, METRICS, CONTRACT_VIOLATIONS], ids=lambda one: one.name
)
def test_a_column_of_which_that_is_not_said_can_be_null(filled: dict[str, Rows], table: Table) -> None:
    open_to_null = {one.name for one in table.fields if not never_null(one)}
    assert with_nulls(filled[table.name]) == open_to_null
