"""Records much heavier than usual, with the memory that the pipeline gives DuckDB."""

from typing import Any

import duckdb
import pytest

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.tiers import LONG, long
from polyai_assets_tests.warehouse.conftest import ask, batch, loaded, stage

pytestmark = pytest.mark.slow

MB = 1_000_000


@LONG
def test_a_record_of_50_megabytes_is_loaded_with_a_memory_limit_of_200(warehouse: Warehouse) -> None:
    staged = loaded(warehouse, payload(), payload(id="CA2", state={"a": "x" * (50 * MB)}), payload(id="CA3"))
    assert staged.quarantined == []
    found = ask(warehouse, "SELECT conversation_id, length(state) AS size FROM conversations ORDER BY ALL")
    assert [(row["conversation_id"], row["size"]) for row in found] == [
        ("CA1", None),
        ("CA2", 50 * MB + len('{"a":""}')),
        ("CA3", None),
    ]


@pytest.mark.parametrize(
    "heavy",
    [
        {"state": {f"k{number}": "x" * 90 for number in range(40_000)}},
        {"metrics": {f"m{number}": ["x" * 100] * 10 for number in range(3_000)}},
        long({"turns": [{"user_input": "hello", "metadata": {"a": "y" * 900}}] * 4_000}),
        long({"unknown": "x" * (4 * MB)}),
    ],
    ids=lambda heavy: str(*heavy),
)
def test_a_record_of_4_megabytes_is_loaded_with_a_memory_limit_of_200(
    warehouse: Warehouse, heavy: dict[str, Any]
) -> None:
    staged = loaded(warehouse, payload(**heavy))
    assert staged.rows["conversations"] == 1
    assert staged.rows["turns"] == len(heavy.get("turns", ()))
    assert staged.rows["metrics"] == 10 * len(heavy.get("metrics", ()))
    assert staged.violations == []


@LONG
def test_a_batch_of_50_megabytes_is_loaded_with_a_memory_limit_of_200(warehouse: Warehouse) -> None:
    bodies = [payload(id=f"CA{number}", state={"a": "x" * 25_000}) for number in range(2_000)]
    assert loaded(warehouse, *bodies).rows["conversations"] == 2_000


def test_the_memory_limit_is_as_before_after_a_heavy_record() -> None:
    with duckdb.connect(config={"memory_limit": "300MiB"}) as connection:
        stage(connection, batch(payload(state={"a": "x" * (5 * MB)})))
        assert connection.execute("SELECT current_setting('memory_limit')").fetchone() == ("300.0 MiB",)
