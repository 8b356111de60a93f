"""Raises alerts in a process of its own, as another run would.

    python -m polyai_assets_tests.alerts.telling <url> <raw store> <warehouse> [<data>]

It says "ready" and begins once its input is closed; then it says how many messages it delivered.
"""

import sys

from pydantic import SecretStr

from polyai_assets.alerts.raising import raise_alerts
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import NOW, PROJECT, connect


def main(url: str, raw: str, target: str, data: str | None = None) -> None:
    warehouse = Warehouse(target, data, wait=60)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    told = raise_alerts(connect, warehouse, RawStore(raw), [PROJECT], AlertSettings((SecretStr(url),)), NOW)
    sys.stdout.write(f"{told.delivered}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
