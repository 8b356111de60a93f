"""`polyai demo --ui`: the Dagster UI on the demo's project, with its simulated PolyAI."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import resources
from pathlib import Path

import dagster as dg
import duckdb

from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import AUDIO
from polyai_assets.demo.platform import DemoPlatform
from polyai_assets.demo.project import DemoError, writable_project
from polyai_assets.demo.result import demo_console
from polyai_assets.demo.run import run_on
from polyai_assets.demo.simulated import is_taken, simulated_here
from polyai_assets.simulator import DEMO_SAMPLE_RATE


def open_ui(start: Path, port: int) -> None:
    """Serve the Dagster UI until interrupted; run the demo first where it never ran. Raises DemoError."""
    root = writable_project(start)
    if is_taken(port):
        other = port + 1
        raise DemoError(
            f"port {port} is taken, so the Dagster UI cannot have it: take another one, with make dev PORT={other} "
            f"or polyai demo --ui --port {other}"
        )
    executable = shutil.which("dg", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if executable is None:
        raise DemoError(
            "dg is not installed: run make install, or pip install dagster-dg-cli dagster-webserver"
        )
    console = demo_console()
    with simulated_here(root) as (simulator, url):
        platform = DemoPlatform.load(root, url)
        if not _has_run(Path(platform.config.warehouse)):
            run_on(simulator, platform, root)
        for line in due_downloads(platform.config):
            console.print(line)
        console.print(
            f"Dagster UI: http://127.0.0.1:{port} (in half a minute)   simulated PolyAI: {url}   stop with Ctrl-C"
        )
        serve([executable, "dev", "--port", str(port)], root)
        forget_daemon()
        console.print("stopped")


def forget_daemon() -> None:
    """Forget the signs of life of a daemon that was stopped on purpose: `polyai doctor` would miss it."""
    with dg.DagsterInstance.get() as instance:
        instance.wipe_daemon_heartbeats()


def serve(command: list[str], root: Path) -> None:
    """Run a program until it ends. Ctrl-C reaches it, too, and so does a SIGTERM that ends this process.

    It is waited for, as its own processes end with it.
    """
    with subprocess.Popen(command, cwd=root) as program:
        before = signal.signal(signal.SIGTERM, lambda *_: program.send_signal(signal.SIGINT))
        try:
            while program.returncode is None:
                with suppress(KeyboardInterrupt):
                    program.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


def _has_run(warehouse: Path) -> bool:
    """Tell whether the demo has come as far as the last table that it fills."""
    if not warehouse.exists():
        return False
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return (AUDIO.name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()


def due_downloads(platform: PlatformConfig) -> list[str]:
    """Say what the sensors are going to fetch by themselves, and how much that is."""
    query = resources.files("polyai_assets").joinpath("demo", "downloads.sql").read_text()
    lines = []
    with duckdb.connect(platform.warehouse, read_only=True) as connection:
        for config in platform.projects:
            found = connection.execute(query, {"project": config.project.key}).fetchone() or (0, 0, 0)
            details, recordings, seconds = found
            due = [_counted(details, "detail")] if config.details is True and details else []
            if config.audio.calls != "none" and recordings:
                due.append(
                    f"{_counted(recordings, 'recording')} ({seconds * DEMO_SAMPLE_RATE / 1e6:,.0f} MB)"
                )
            if due:
                lines.append(f"Sensors fetch by themselves, for {config.project}: {' and '.join(due)}")
    return lines


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
