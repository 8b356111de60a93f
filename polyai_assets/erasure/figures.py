"""Keeping the figures of conversations that are erased: rows of facts that say that there was a call, and not whose."""

from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from datetime import date

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.fields import Pii
from polyai_assets.contract.tables import CONVERSATION_FACTS, quote
from polyai_assets.privacy.erased_facts import keep_erased_facts
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import SCHEMA, Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.catalog import read_columns

_REPLACED = {
    "conversation_id": "'erased-' || gen_random_uuid()",
    "started_at": "date_trunc('hour', started_at)",
    "finished_at": "date_trunc('hour', started_at) + (finished_at - started_at)",
    "contact_kind": "'none'",
    "studio_url": "''",
    "is_final": "true",
}
"""Columns that are no one's by their class, and that lead to a conversation; with what stands for them."""
_LEFT_OUT = ("call_sid", "restated_at")


Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


def keep_figures(
    platform: PlatformConfig, names: Mapping[str, Set[str]], connect: Connect, erasure: str
) -> None:
    """Keep the facts of conversations, `names` by project, that are loaded, of days that can be loaded again.

    They are without contact, text and id, and with times to the hour. Raises WarehouseBusy, WarehouseUnreachable and
    StoreUnavailable.
    """
    store = RawStore(platform.raw_store)
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data, run="an erasure")
    for project, listed in names.items():
        kept: dict[date, list[bytes]] = {}
        with connect() as connection:
            for day, facts in _read(connection, warehouse, project, listed):
                kept.setdefault(day, []).append(facts.encode())
        for day, rows in kept.items():
            certificate = store.certificate(Partition(Project.parse(project), day))
            if certificate is not None and not certificate.is_retired:  # no other day is loaded again
                keep_erased_facts(store, Project.parse(project), day, erasure, rows)


def _read(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, project: str, names: Set[str]
) -> list[tuple[date, str]]:
    try:
        with warehouse.attached(connection, read_only=True):
            there = read_columns(connection).get(CONVERSATION_FACTS.name, {})
            given = {"project": project, "names": sorted(names)}
            return connection.execute(_query(set(there)), given).fetchall() if there else []
    except WarehouseUnreachable:
        if warehouse.is_ducklake:
            raise
        return []  # nothing was loaded yet


def _query(there: Set[str]) -> str:
    columns = ", ".join(
        f"{_REPLACED.get(field.name, quote(field.name))} AS {quote(field.name)}"
        for field in CONVERSATION_FACTS.fields
        if field.pii is Pii.NONE and field.name in there and field.name not in _LEFT_OUT
    )
    return (
        f"SELECT date, CAST(to_json(kept) AS VARCHAR) FROM (SELECT {columns} FROM {SCHEMA}.{CONVERSATION_FACTS.name} "
        "WHERE project = $project AND list_contains($names, conversation_id)) AS kept"
    )
