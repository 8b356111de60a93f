"""Fetches recordings of the hotel in a process of its own, and kills it at a chosen instant."""

import resource
import threading
from datetime import date
from pathlib import Path

from polyai_assets.assets.recordings import AudioOutcome, Recordings
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.assets.ingesting import Array, connect, count_calls, die
from polyai_assets_tests.deployment import HOTEL, configured, partitions_of


def record(url: str, folder: Path, days: list[date], store: str = "") -> list[AudioOutcome]:
    """Fetch the recordings of days."""
    step = Recordings(
        store=RawStore(store or str(folder / "raw")),
        warehouse=Warehouse(str(folder / "polyai.duckdb"), wait=30),
        spool=folder / "spool",
        connect=connect,
    )
    config = configured(HOTEL, url, max_attempts=1, audio=wanting(direction=["combined", "user"]))
    return list(step.run(config, partitions_of(config.project, days)))


def record_and_count(url: str, folder: Path, days: list[date], calls: Array) -> None:
    """Fetch the recordings to the end, and tell how many calls were made."""

    def note(number: int) -> None:
        calls[0] = number

    count_calls(note)
    record(url, folder, days)


def record_until(url: str, folder: Path, days: list[date], last_call: int, moment: float) -> None:
    """Fetch the recordings until the process is killed: `moment` seconds after so many calls."""

    def kill_at(number: int) -> None:
        if number == last_call:
            threading.Thread(target=die, args=[moment], daemon=True).start()

    count_calls(kill_at)
    record(url, folder, days)


def record_and_weigh(url: str, folder: Path, days: list[date], peak: Array) -> None:
    """Fetch the recordings, and tell the most memory that this process ever had, in kilobytes."""
    record(url, folder, days)
    peak[0] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
