"""Publishes in a process of its own, as another program on this machine or on another one would.

It may be killed at a chosen instant: after so many calls that leave a trace outside of the process.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.write_back.lease import Leases
from polyai_assets.write_back.publish import publish
from polyai_assets_tests.deployment import HOTEL, configured
from polyai_assets_tests.write_back.conftest import connect, recipient

LEAVE_A_TRACE = {"sendall", "recv_into", "execute", "close", "unlink"}

Number = Any  # of multiprocessing; it has no class that can be named


def publish_once(target: str, data: str | None, folder: Path, url: str) -> None:
    config = configured(HOTEL, url, agents_base_url=url, write_back=True)
    publish(
        connect,
        Warehouse(target, data, wait=60),
        [recipient(config)],
        Leases(folder / "publishers"),
        lambda: datetime.now(UTC),
        open_client=partial(AgentsClient, sleep=lambda _: None),
    )


def publish_at_once(target: str, data: str | None, folder: Path, url: str, barrier: Any) -> None:
    """Publish when all the others are there, too."""
    barrier.wait(60)
    publish_once(target, data, folder, url)


def publish_and_count(target: str, folder: Path, url: str, calls: Number) -> None:
    """Publish, and tell how many calls were made."""

    def count(_frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and argument.__name__ in LEAVE_A_TRACE:
            calls.value += 1

    sys.setprofile(count)
    publish_once(target, None, folder, url)
    sys.setprofile(None)


def publish_until(target: str, folder: Path, url: str, last: int) -> None:
    """Publish until the process is killed, in the moment of its call number `last`."""
    number = 0

    def kill_at(_frame: FrameType, event: str, argument: Any) -> None:
        nonlocal number
        # A call is over when its event says so: half of the kills come before, half of them after.
        if event in ("c_call", "c_return") and argument.__name__ in LEAVE_A_TRACE:
            number += 1
            if number == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(kill_at)
    publish_once(target, None, folder, url)
