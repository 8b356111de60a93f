"""Retention on a lake, in a process of its own that is killed at a chosen instant."""

import os
import signal
from datetime import date
from pathlib import Path

from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets_tests.assets.ingesting import count_calls
from polyai_assets_tests.deployment import HOTEL, START, configured, platform_in
from polyai_assets_tests.retention.aged import retain


def on_a_lake(root: Path, url: str, days: RetentionDays) -> PlatformConfig:
    """A project whose tables are in a DuckLake, with all that it keeps below `data`."""
    data = root / "data"
    lake = {"warehouse": f"ducklake:{data / 'catalog.ducklake'}", "warehouse_data": str(data / "lake")}
    return platform_in(data, configured(HOTEL, url, retention=days), start_date=START, **lake)


def retain_until(url: str, root: Path, days: RetentionDays, today: date, last_call: int) -> None:
    """Remove what is old, until the process is killed at a call that leaves a trace."""

    def kill_at(number: int) -> None:
        if number >= last_call:
            os.kill(os.getpid(), signal.SIGKILL)

    count_calls(kill_at)
    retain(root, on_a_lake(root, url, days), today)
