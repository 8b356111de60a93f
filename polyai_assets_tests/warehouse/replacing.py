"""Replaces partitions in a process of its own, as another machine would.

    python -m polyai_assets_tests.warehouse.replacing <target> <data> <tag> <date>…

It says "ready" and begins once its input is closed. The tag is in the ids of its conversations.
"""

import sys
from datetime import date

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.warehouse.conftest import PARTITION, elsewhere, loaded

COUNT = 12
"""Conversations of a partition: more than DuckLake keeps in its catalog instead of a file."""


def main(target: str, data: str, tag: str, *days: str) -> None:
    warehouse = Warehouse(target, data, wait=60)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    for day in days:
        partition = elsewhere(PARTITION, date=date.fromisoformat(day))
        loaded(warehouse, *(payload(FULL, id=f"{tag}-{n}") for n in range(COUNT)), partition=partition)


if __name__ == "__main__":
    main(*sys.argv[1:])
