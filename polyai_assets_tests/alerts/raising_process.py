"""Raises alerts in a process of its own, as another run would.

    python -m polyai_assets_tests.alerts.raising_process <project> <moment> <url> <raw store> <warehouse> [<data>]

It imports neither pytest nor Dagster, which would take longer than all else that it does. It says "ready"
and begins once its input is closed; then it says how many messages it delivered.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
from pydantic import SecretStr

from polyai_assets.alerts.raising import raise_alerts
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def main(project: str, moment: str, url: str, raw: str, target: str, data: str | None = None) -> None:
    warehouse = Warehouse(target, data, wait=60)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    settings = AlertSettings((SecretStr(url),))
    told = raise_alerts(
        connect, warehouse, RawStore(raw), [project], settings, datetime.fromisoformat(moment)
    )
    sys.stdout.write(f"{told.delivered}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
