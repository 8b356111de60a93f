"""The simulated PolyAI of the demo: in this process while the demo or the UI runs, in one of its own afterwards.

The commands that the documentation shows ask PolyAI, so one stays when the demo is over. It ends by itself after an
hour without a request. For the demo, its clock is turned back to a moment when conversations are in progress.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import requests
from dotenv import dotenv_values, set_key
from filelock import FileLock, Timeout

from polyai_assets.api.project import Project
from polyai_assets.demo.project import DemoError
from polyai_assets.machine.folders import own_folder, private_file
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import DEMO_SAMPLE_RATE, Clock, Simulator, demo_projects

PORT = 8765
OPENED_BY = "simulator"
IDLE = 60
"""Minutes without a request after which one that stayed ends."""

KEY_VARIABLE = "POLYAI_DEMO_KEY"
PORT_VARIABLE = "POLYAI_DEMO_PORT"
HOME_VARIABLE = "DAGSTER_HOME"

_ABOUT = "# Written by `polyai demo`; the simulated PolyAI needs no secret. Your own variables may stand here, too.\n"
_STEP = timedelta(minutes=2)
_LEAST = timedelta(minutes=10)
_MOST = timedelta(days=1)
_WANTED = 2

_DAYS = 8
"""So many days of a project are looked at: the demo fetches no older ones."""
_STARTS = 30.0  # seconds at most


class Left(msgspec.Struct, frozen=True):
    """The process that stayed, and its port."""

    pid: int
    port: int


def make_simulator(key: str) -> Simulator:
    """Make the PolyAI of the demo."""
    return Simulator(demo_projects(key), clock=Clock(), sample_rate=DEMO_SAMPLE_RATE)


@contextmanager
def simulated_here(root: Path) -> Iterator[tuple[Simulator, str]]:
    """Serve the simulated PolyAI from this process; gives it with its URL. Variables and `.env` name its port.

    It takes the place of one that stayed; if the usual port is taken, it has another. Raises DemoError while another
    process does the same for this project.
    """
    data = root / "data"
    own_folder(data)
    lock = FileLock(data / "demo.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise DemoError(
            f"another `polyai demo` or `make dev` runs in {root}: end it first, with Ctrl-C"
        ) from None
    try:
        key = os.environ.get(KEY_VARIABLE, OPENED_BY)
        left = end_left(root)
        port = _free(left.port if left else PORT)
        simulator = make_simulator(key)
        with simulator.running(port=port) as url:
            set_variables(root, port, key)
            yield simulator, url
    finally:
        lock.release()


def set_variables(root: Path, port: int, key: str) -> None:
    """Set where the demo's simulated PolyAI is and what opens it, and where Dagster keeps its runs.

    They are set in this process and in the file `.env`, where every later command finds them. The file may be a
    person's own, too: only the lines of the demo change.
    """
    home = str(root / "data")
    os.environ |= {KEY_VARIABLE: key, PORT_VARIABLE: str(port), HOME_VARIABLE: home}
    file = root / ".env"
    if file.is_dir():  # some people have an environment of Python there; then a shell sets them
        return
    if not file.exists():
        private_file(file)
        file.write_text(_ABOUT, encoding="utf-8")
    known = dotenv_values(file)
    for name, value in {HOME_VARIABLE: home, KEY_VARIABLE: key, PORT_VARIABLE: str(port)}.items():
        if known.get(name) != value:
            set_key(file, name, value, quote_mode="auto")


def leave_running(root: Path, port: int) -> Left:
    """Start the simulated PolyAI in a process of its own, on a port that is free again. Raises DemoError."""
    command = "from polyai_assets.cli.main import main; main()"
    options = ["--port", str(port), "--idle", str(IDLE)]
    log = root / "data" / "simulator.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "simulate", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    end = time.monotonic() + _STARTS
    while process.poll() is None and time.monotonic() < end:
        with suppress(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/_simulator/clock", timeout=_STARTS)
            left = Left(process.pid, port)
            _record(root).write_bytes(msgspec.json.encode(left))
            return left
        time.sleep(0.1)
    raise DemoError(f"the simulated PolyAI did not start on port {port}: {log} says why. Run the demo again.")


def end_left(root: Path) -> Left | None:
    """End the one that stayed, and wait until its port is free; gives what ended, None if none was there."""
    try:
        left = msgspec.json.decode(_record(root).read_bytes(), type=Left)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    url = f"http://127.0.0.1:{left.port}/_simulator/stop"
    try:
        ended = requests.post(url, json={"pid": left.pid}, timeout=_STARTS).ok
    except requests.RequestException:
        ended = False  # it has ended by itself, or something else has its port
    _record(root).unlink(missing_ok=True)
    end = time.monotonic() + _STARTS
    while ended and is_taken(left.port) and time.monotonic() < end:
        time.sleep(0.1)
    return left if ended else None


def busy_moment(
    in_progress: Callable[[datetime], int], now: datetime, fetched_at: datetime | None
) -> datetime | None:
    """Find the latest moment of the last day, at least ten minutes ago, at which two conversations were in progress.

    None where there is none since something was last fetched: as of an earlier moment, what has been fetched would not
    have happened yet, and would seem to vanish. The moments are the same for every `now`, so that a later call never
    finds an earlier one.
    """
    latest = now - _LEAST
    moment = latest - (latest - datetime.min.replace(tzinfo=UTC)) % _STEP
    while moment >= now - _MOST and (fetched_at is None or moment > fetched_at):
        if in_progress(moment) >= _WANTED:
            return moment
        moment -= _STEP
    return None


def last_fetch(store: RawStore, projects: Iterable[Project]) -> datetime | None:
    """Find when the newest fetch ended that is kept of the newest days of projects."""
    newest = (
        store.certificate(Partition(project, day))
        for project in projects
        for day in store.days(project)[-_DAYS:]
    )
    return max(
        (certificate.fetch_finished_at for certificate in newest if certificate is not None), default=None
    )


def is_taken(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return True
    return False


def _free(port: int) -> int:
    """Give a port if nothing listens on it, else any other one."""
    if not is_taken(port):
        return port
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _record(root: Path) -> Path:
    return root / "data" / "simulator.json"
