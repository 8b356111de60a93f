"""Figures of erased conversations that are kept: every load counts them again, and nothing says whose they were."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from polyai_assets.api.project import Project
from polyai_assets.erasure.figures import keep_figures
from polyai_assets.privacy.erased_facts import (
    ErasedFactsUnreadable,
    keep_erased_facts,
    read_erased_facts,
)
from polyai_assets.raw.store import CERTIFICATE, RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.facts.renew import renew_facts
from polyai_assets.warehouse.load import SETTLED, Load
from polyai_assets_tests.contract.details import RECORDED, detail_of
from polyai_assets_tests.contract.records import FULL
from polyai_assets_tests.delivery.conftest import NOW, certificate_of
from polyai_assets_tests.deployment import platform_in
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, current_facts
from polyai_assets_tests.warehouse.facts.planting import replace_records

NUMBER, NAME = "+442079460958", "Zebedee"
CALLER = {
    "from_number": NUMBER,
    "turns": [{**FULL["turns"][0], "user_input": f"I am {NAME}", "entities": [NAME]}],
}
RECORDS = [FULL | CALLER, FULL | {"id": "CA2", "started_at": "2026-03-01T23:30:00Z", "handoff": False}]
RECORDED_DETAIL = json.dumps(RECORDED).encode()
PROJECT = Project.parse(PARTITION.project)
COUNTED = (
    *(
        "business_date",
        "local_hour",
        "channel_group",
        "site",
        "outcome",
        "num_turns",
        "user_turns",
        "total_seconds",
    ),
    *("handoff", "latency_p95", "csat_score", "cost_agent", "intents", "is_test"),
)


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    made = RawStore(str(tmp_path / "raw"))
    certify(made)
    return made


def certify(store: RawStore, **changed: Any) -> None:
    certificate = certificate_of(PARTITION.date, (b"1",), **changed)
    store.write(f"{PARTITION.partition.folder}/{CERTIFICATE}", msgspec.json.encode(certificate))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)
    replace_records(made, PARTITION, RECORDS)
    return made


def figures(warehouse: Warehouse) -> list[dict[str, Any]]:
    return ask(warehouse, f"SELECT {', '.join(COUNTED)} FROM conversation_facts ORDER BY ALL")


def kept(tmp_path: Path, store: RawStore, erasure: str = "e1") -> Load:
    """Keep the figures of CA1; gives how the day is loaded from then on."""
    keep_figures(platform_in(tmp_path), {PARTITION.project: {"CA1"}}, own_duckdb, erasure)
    erased = read_erased_facts(store, PROJECT, [PARTITION.date])
    return replace(PARTITION, erased_facts=erased[PARTITION.date])


def test_every_load_counts_them_again_whatever_is_loaded(
    tmp_path: Path, warehouse: Warehouse, store: RawStore
):
    before, load = figures(warehouse), kept(tmp_path, store)
    replace_records(warehouse, load, RECORDS[1:])
    assert figures(warehouse) == before
    settled = replace(load, state=SETTLED)
    with own_duckdb() as connection:
        assert current_facts(connection, warehouse, load) is not None
        assert current_facts(connection, warehouse, settled) is None
        assert renew_facts(connection, warehouse, settled).rows == 2
        assert current_facts(connection, warehouse, settled) is not None
        replace_details(connection, warehouse, settled, [detail_of(RECORDED_DETAIL, conversation_id="CA2")])
    assert figures(warehouse) == before
    assert [
        row["conversation_id"] for row in ask(warehouse, "SELECT conversation_id FROM conversations")
    ] == ["CA2"]


def test_what_is_kept_says_that_there_was_a_call_and_not_whose(
    tmp_path: Path, warehouse: Warehouse, store: RawStore
):
    load = kept(tmp_path, store)
    replace_records(warehouse, load, RECORDS[1:])
    (row,) = ask(warehouse, "FROM conversation_facts WHERE conversation_id LIKE 'erased-%'")
    said = repr([row, load.erased_facts])
    assert [text for text in ("CA1", NUMBER, NUMBER[1:], NAME) if text in said] == []
    assert (row["contact"], row["contact_kind"], row["call_sid"], row["studio_url"]) == (
        None,
        "none",
        None,
        "",
    )
    assert (row["started_at"].minute, row["started_at"].second) == (0, 0)
    assert (row["certificate_sha256"], row["partition_state"]) == (load.records, load.state)


def test_an_erasure_that_goes_on_keeps_what_it_has_kept_and_another_one_adds_to_it(
    tmp_path: Path, warehouse: Warehouse, store: RawStore
):
    first = kept(tmp_path, store).erased_facts
    assert kept(tmp_path, store).erased_facts == first
    assert len(kept(tmp_path, store, "e2").erased_facts) == 2
    assert read_erased_facts(store, Project.parse("us-1/acme/other"), [PARTITION.date]) == {}


def test_a_damaged_file_is_named(store: RawStore):
    keep_erased_facts(store, PROJECT, PARTITION.date, "e1", [b"{}"])
    folder = Path(store.url) / "erased" / "facts" / PARTITION.project
    (folder / f"{PARTITION.date}.e1.json").write_bytes(b"[")
    with pytest.raises(ErasedFactsUnreadable, match=r"e1\.json cannot be read"):
        read_erased_facts(store, PROJECT, [PARTITION.date])


def test_where_nothing_is_loaded_nothing_is_kept(tmp_path: Path, store: RawStore):
    keep_figures(platform_in(tmp_path), {PARTITION.project: {"CA1"}}, own_duckdb, "e1")
    assert read_erased_facts(store, PROJECT, [PARTITION.date]) == {}


def test_of_a_day_that_is_not_loaded_any_more_nothing_is_kept(
    tmp_path: Path, warehouse: Warehouse, store: RawStore
):
    certify(store, retired={"raw": NOW})
    keep_figures(platform_in(tmp_path), {PARTITION.project: {"CA1"}}, own_duckdb, "e1")
    assert read_erased_facts(store, PROJECT, [PARTITION.date]) == {}
