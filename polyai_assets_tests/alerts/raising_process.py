"""Raises alerts in a process of its own, as another run would.

It imports neither pytest nor Dagster, which would take longer than all else that it does.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import duckdb
from pydantic import SecretStr

from polyai_assets.alerts.raising import raise_alerts
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.looking import own_duckdb

LAKE = ("ducklake", "postgres_scanner")
"""The extensions of a DuckLake: to load them takes longer than to raise an alert."""


@contextmanager
def connect(*extensions: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with own_duckdb(*extensions) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def connect_to(warehouse: Warehouse) -> Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]:
    """Give what opens a connection for a warehouse: to one that has the extensions already."""
    return partial(connect, *LAKE) if warehouse.is_on_postgres else connect


def raise_at_once(
    project: str,
    moment: datetime,
    url: str,
    raw: str,
    target: str,
    data: str | None,
    barrier: Any,
    delivered: Any,
) -> None:
    """Raise alerts when all the others are there, too; add to an array how many messages were delivered."""
    warehouse = Warehouse(target, data, wait=60)
    settings = AlertSettings((SecretStr(url),))
    place = barrier.wait(60)
    result = raise_alerts(connect_to(warehouse), warehouse, RawStore(raw), [project], settings, moment)
    delivered[place] = result.delivered
