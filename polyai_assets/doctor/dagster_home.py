"""Dagster's own folder and its daemon, without which nothing happens by itself."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.doctor.places import why_not_writable
from polyai_assets.machine.text_file import TextUnreadable, read_text

HOME, TELEMETRY, DAEMON = "DAGSTER_HOME", "telemetry", "Dagster daemon"

_SET_HOME = "export DAGSTER_HOME=$PWD/data (an absolute path)"
_START = "start it: dg dev, or dagster-daemon run as a service"
_ALIVE = timedelta(minutes=5)
"""Daemons give a sign of life twice a minute."""
_NEEDED = ("SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR", "BACKFILL")


def look_at_home(environment: Mapping[str, str] = os.environ) -> Iterator[Diagnosis]:
    """Look whether DAGSTER_HOME is set and can be written to, and what its dagster.yaml says of telemetry."""
    home = environment.get(HOME, "")
    if not home:
        yield red(HOME, "is not set: runs, and what sensors and alerts remember, would be lost", _SET_HOME)
        return
    folder = Path(home)
    if not folder.is_absolute() or not folder.is_dir():
        yield red(HOME, f"{home} is no folder, or no absolute path", _SET_HOME)
        return
    problem = why_not_writable(folder)
    if problem:
        yield red(HOME, f"{home} cannot be written to: {problem}", "give this user the right to write there")
    else:
        yield green(HOME, home)
    yield _telemetry(folder / "dagster.yaml")


def _telemetry(file: Path) -> Diagnosis:
    next_step = f"write telemetry: {{enabled: false}} into {file}"
    if not file.is_file():
        return yellow(TELEMETRY, "there is no dagster.yaml, so Dagster sends usage statistics", next_step)
    try:
        settings = yaml.safe_load(read_text(file)) or {}
    except (TextUnreadable, yaml.YAMLError) as error:
        return red(TELEMETRY, str(error), f"correct {file}: Dagster cannot read it either")
    telemetry = settings.get("telemetry") if isinstance(settings, dict) else None
    if not isinstance(telemetry, dict) or telemetry.get("enabled", True):
        return yellow(TELEMETRY, "Dagster sends usage statistics to its makers", next_step)
    return green(TELEMETRY, "off")


def look_at_daemon(now: datetime, environment: Mapping[str, str] = os.environ) -> Iterator[Diagnosis]:
    """Look for signs of life of the daemon in the instance that DAGSTER_HOME names."""
    home = environment.get(HOME, "")
    if not home or not Path(home).is_dir():
        yield yellow(DAEMON, "not looked for: there is no DAGSTER_HOME", _SET_HOME)
        return
    from polyai_assets.automation.dagster_home import DagsterUnreachable, open_home

    try:
        with open_home(Path(home)) as instance:
            beats = instance.get_daemon_heartbeats()
    except DagsterUnreachable as error:
        yield red(DAEMON, error.reason, error.next_step)
        return
    ages = {kind: now - datetime.fromtimestamp(beat.timestamp, UTC) for kind, beat in beats.items()}
    without = "without it no sensor, no schedule and no alert runs"
    if not ages:
        yield yellow(DAEMON, f"does not run here: {without}", _START)
        return
    silent = sorted(kind for kind in _NEEDED if ages.get(kind, timedelta.max) > _ALIVE)
    if silent:
        last = now - min(ages.values())
        yield red(DAEMON, f"gave its last sign of life at {last:%Y-%m-%d %H:%M} UTC: {without}", _START)
        return
    troubled = sorted(kind for kind, beat in beats.items() if beat.errors)
    if troubled:
        yield yellow(DAEMON, f"runs, with errors in {', '.join(troubled)}", "read its log")
    else:
        yield green(DAEMON, "runs")
