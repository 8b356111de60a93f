"""Materializes days of the hotel in a process of its own, and kills it at a chosen instant.

The instant is a number of calls that leave a trace outside of the process (files, the warehouse, the network), in all
threads, plus a moment, which may lie within the last of them: so it does not depend on how fast the machine is.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb

from polyai_assets.assets.days import Ingest
from polyai_assets.assets.outcome import Outcome
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.deployment import HOTEL, configured, partitions_of, project_of
from polyai_assets_tests.looking import own_duckdb

LEAVE_A_TRACE = {
    *("open", "write", "writelines", "flush", "fsync", "close", "truncate", "ftruncate"),
    *("replace", "rename", "unlink", "rmdir", "mkdir"),
    *("sendall", "execute"),
}

Array = Any  # of multiprocessing; it has no class that can be named


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    # For a few rows, threads cost DuckDB more than they bring.
    with own_duckdb(threads=1) as connection:
        yield connection


def ingest_in(folder: Path, now: datetime | None = None, *, loads: bool = True) -> Ingest:
    """The ingest step with all its stores in a folder; unless it `loads`, it stops at the raw store."""
    return Ingest(
        store=RawStore(str(folder / "raw")),
        warehouse=Warehouse(str(folder / "polyai.duckdb"), wait=30),
        spool=folder / "spool",
        connect=connect,
        fetches=True,
        loads=loads,
        now=lambda: now or datetime.now(UTC),
    )


def small_pages(url: str) -> ProjectConfig:
    return configured(HOTEL, url, page_size=5, parallel_windows=1, max_attempts=1)


def ingest(url: str, folder: Path, days: list[date]) -> list[Outcome]:
    return list(ingest_in(folder).run(small_pages(url), partitions_of(project_of(HOTEL), days)))


def ingest_once(url: str, folder: Path, days: list[date]) -> None:
    """Materialize days of which all must become good."""
    assert [one.error for one in ingest(url, folder, days)] == [None] * len(days)


def ingest_raw(url: str, folder: Path, days: list[date]) -> None:
    """Fetch days into the raw store, for a step that needs no tables of theirs; all must become good."""
    outcomes = ingest_in(folder, loads=False).run(small_pages(url), partitions_of(project_of(HOTEL), days))
    assert [one.error for one in outcomes] == [None] * len(days)


def ingest_and_count(url: str, folder: Path, days: list[date], calls: Array) -> None:
    """Materialize days to the end, and tell how many calls had been made when each of them was done."""
    made = 0

    def note(number: int) -> None:
        nonlocal made
        made = number

    count_calls(note)
    for place, _ in enumerate(
        ingest_in(folder).run(small_pages(url), partitions_of(project_of(HOTEL), days))
    ):
        calls[place] = made


def ingest_until(url: str, folder: Path, days: list[date], last_call: int, moment: float) -> None:
    """Materialize days until the process is killed: `moment` seconds after so many calls."""

    def kill_at(number: int) -> None:
        if number == last_call:
            threading.Thread(target=die, args=[moment], daemon=True).start()

    count_calls(kill_at)
    ingest(url, folder, days)


def die(moment: float) -> None:
    time.sleep(moment)
    os.kill(os.getpid(), signal.SIGKILL)


def count_calls(told: Callable[[int], None]) -> None:
    number = 0

    def count(_frame: FrameType, event: str, argument: Any) -> None:
        nonlocal number
        if event == "c_call" and argument.__name__ in LEAVE_A_TRACE:
            number += 1
            told(number)

    threading.setprofile(count)
    sys.setprofile(count)
