"""Which checks there are, and running them all.

What the checks need is imported where it is looked at: that Dagster cannot be imported has to be reported, too.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from polyai_assets.doctor.check import Check, Line, run_checks

if TYPE_CHECKING:
    from polyai_assets.configuration import PlatformConfig
    from polyai_assets.doctor.check import Diagnosis

MACHINE = "this machine"
_SECONDS = 12.0

Clock = Callable[[], datetime]


def now_utc() -> datetime:
    """Give the time of this machine."""
    return datetime.now(UTC)


def examine(
    start: Path,
    project: str | None = None,
    *,
    send_test: bool = False,
    now: Clock = now_utc,
    seconds: float = _SECONDS,
) -> list[Line]:
    """Look at everything that the Dagster project around `start` needs, or only at what one project needs.

    Never raises for what is broken: each thing that fails is a line. Everything outside this machine is looked at at
    the same time, for at most `seconds`.
    """
    platforms: list[PlatformConfig] = []
    machine = [
        Check("packages", MACHINE, _packages, "make install"),
        Check("configuration", MACHINE, partial(_configuration, start, project, platforms), "dg check defs"),
    ]
    lines = run_checks(machine, 4 * seconds)  # Dagster takes seconds to import on a slow disk
    if platforms:
        definitions = Check("definitions", MACHINE, partial(_definitions, start), "dg check defs")
        lines += run_checks([definitions], 4 * seconds)
    checks = [
        # After the configuration, which has read the variables in `.env`: this one may stand there, too.
        Check("DAGSTER_HOME", MACHINE, _home, "set DAGSTER_HOME to a folder that can be read"),
        Check("Dagster daemon", MACHINE, partial(_daemon, now), "check the storage in dagster.yaml"),
        *(check for platform in platforms for check in _of_platform(platform, start, send_test, now)),
    ]
    return lines + run_checks(checks, seconds)


def _packages() -> "Iterable[Diagnosis]":
    from polyai_assets.doctor.packages import look_at_packages

    return look_at_packages()


def _home() -> "Iterable[Diagnosis]":
    from polyai_assets.doctor.dagster_home import look_at_home

    return look_at_home()


def _daemon(now: Clock) -> "Iterable[Diagnosis]":
    from polyai_assets.doctor.dagster_home import look_at_daemon

    return look_at_daemon(now())


def _definitions(start: Path) -> "Iterable[Diagnosis]":
    from polyai_assets.doctor.loading import look_at_definitions

    return look_at_definitions(start)


def _configuration(
    start: Path, project: str | None, platforms: "list[PlatformConfig]"
) -> "Iterable[Diagnosis]":
    """Load the configuration into `platforms`, all of it or what concerns a project."""
    from polyai_assets.doctor.loading import load

    loaded = load(start, project)
    platforms += loaded.platforms
    return loaded.findings


def _of_platform(platform: "PlatformConfig", start: Path, send_test: bool, now: Clock) -> list[Check]:
    from polyai_assets.doctor.platform_checks import checks_of_platform

    return checks_of_platform(platform, start, send_test=send_test, now=now)
