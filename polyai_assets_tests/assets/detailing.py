"""Running the details step without Dagster, also in a process of its own that is killed at a chosen instant."""

import os
import signal
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from polyai_assets.assets.detail_days import Details
from polyai_assets.assets.outcome import DetailsOutcome
from polyai_assets.raw.details.files import DetailSpool
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import Array, connect, count_calls
from polyai_assets_tests.deployment import HOTEL, configured, partitions_of, project_of


def details_in(folder: Path, now: datetime | None = None, *, loads: bool = True) -> Details:
    """The details step with all its stores in a folder; unless it `loads`, it stops at the raw store."""
    return Details(
        store=RawStore(str(folder / "raw")),
        warehouse=Warehouse(str(folder / "polyai.duckdb"), wait=30),
        spool=folder / "spool",
        connect=connect,
        fetches=True,
        loads=loads,
        now=lambda: now or datetime.now(UTC),
    )


def fetch_details(
    url: str, folder: Path, days: Sequence[date], now: datetime | None = None, *, loads: bool = True
) -> list[DetailsOutcome]:
    return list(
        details_in(folder, now, loads=loads).run(
            configured(HOTEL, url, max_attempts=2), partitions_of(project_of(HOTEL), days)
        )
    )


def fetch_and_count(url: str, folder: Path, days: Sequence[date], calls: Array) -> None:
    """Fetch details to the end, and tell how many calls that leave a trace were made."""

    def note(number: int) -> None:
        calls[0] = number

    count_calls(note)
    fetch_details(url, folder, days)


def fetch_until(url: str, folder: Path, days: Sequence[date], last_call: int) -> None:
    """Fetch details until the process is killed at a call that leaves a trace."""

    def kill_at(number: int) -> None:
        if number >= last_call:
            os.kill(os.getpid(), signal.SIGKILL)

    count_calls(kill_at)
    fetch_details(url, folder, days)


def fetch_until_spooled(
    url: str,
    folder: Path,
    days: Sequence[date],
    spooled: int,
    now: datetime | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Fetch details until the process is killed when so many are in the spool."""
    os.environ.update(environment)  # a forked process has that of the server of forks
    add, added = DetailSpool.add, 0

    def add_and_die(*arguments: object) -> None:
        nonlocal added
        add(*arguments)
        added += 1
        if added >= spooled:
            os.kill(os.getpid(), signal.SIGKILL)

    DetailSpool.add = add_and_die  # type: ignore[method-assign, assignment]
    fetch_details(url, folder, days, now)
