"""Erasing in a process of its own that is killed at a chosen instant."""

import os
import signal
from pathlib import Path

from pydantic import SecretStr

from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings, PublishSettings
from polyai_assets.erasure.erase import resume
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.assets.ingesting import count_calls
from polyai_assets_tests.assets.searching import PARKING
from polyai_assets_tests.deployment import BANK, HOTEL, START, configured, platform_in


def quiet(_: str) -> None:
    """Say nothing."""


def platform_of(root: Path, url: str, database: str | None = None) -> PlatformConfig:
    """Two projects of which everything is wanted, with all that they keep below `data`.

    A database gets some tables; without one a DuckDB file does.
    """
    data = root / "data"
    projects = (
        configured(project, url, audio=wanting(), searches=[PARKING], samples=5) for project in (HOTEL, BANK)
    )
    return platform_in(
        data,
        *projects,
        start_date=START,
        publish=PublishSettings(str(data / "published"), tables=("conversations", "turns")),
        deliveries=(delivery_to(database) if database else delivery_to_file(data),),
    )


def delivery_to(database: str, *more: str) -> DeliverySettings:
    """A delivery that gets tables of what is published, and these more."""
    tables = ("conversations", *more)
    return DeliverySettings("analytics", "postgres", SecretStr(database), tables=tables, history=True)


def delivery_to_file(data: Path) -> DeliverySettings:
    return DeliverySettings(
        "own", "duckdb", SecretStr(str(data / "own.duckdb")), tables=("conversations", "turns")
    )


def erase_until(url: str, root: Path, last_call: int) -> None:
    """Go on with an erasure until the process is killed at a call that leaves a trace."""

    def kill_at(number: int) -> None:
        if number >= last_call:
            os.kill(os.getpid(), signal.SIGKILL)

    count_calls(kill_at)
    resume(root, [platform_of(root, url)], quiet)
