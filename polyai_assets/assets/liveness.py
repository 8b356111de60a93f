"""Whether the process of a run is still there.

Dagster does not notice that a run was killed: it stays "started" for ever, and its days would count as being fetched
for ever. So a process that works on a run holds a lock on a file from the first line of its step until it ends; the
lock ends with the process, whatever ends that.
"""

import atexit
import os
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from polyai_assets.machine.folders import own_folder, private_folder


class _Sign:
    """The lock by which this process shows which run it works on. It works on one at a time."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None
        self._process = 0

    def show(self, file: Path) -> None:
        """Hold the lock on a file from now on, and let go of the one before."""
        if self._lock is not None and Path(self._lock.lock_file) == file and self._process == os.getpid():
            return  # another try of its step
        self.let_go()
        private_folder(file.parent)
        lock = FileLock(file, thread_local=False)
        lock.acquire()
        self._lock, self._process = lock, os.getpid()

    def let_go(self) -> None:
        """Let go of the lock, and remove its file. What was forked off leaves that to whom it was forked off from."""
        lock, self._lock = self._lock, None
        if lock is not None and self._process == os.getpid():
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()


_SIGN = _Sign()
atexit.register(_SIGN.let_go)


def show_alive(spool: Path, run_id: str) -> None:
    """Show, as long as this process lives and works on no other run, that the run is worked on."""
    own_folder(spool)
    _SIGN.show(_file(spool, run_id))


def has_died(spool: Path, run_id: str) -> bool:
    """Tell whether the run was worked on, on this machine, by a process that is gone."""
    file = _file(spool, run_id)
    return file.exists() and _is_let_go(file)


def forget(spool: Path, run_id: str) -> None:
    """Remove the trace of a run that has died."""
    _file(spool, run_id).unlink(missing_ok=True)


def forget_ended(spool: Path, unfinished: Set[str]) -> None:
    """Remove the traces of runs that are over, whose processes ended without doing so."""
    for file in (spool / "runs").glob("*.lock"):
        if file.stem not in unfinished and _is_let_go(file):
            file.unlink(missing_ok=True)


def _is_let_go(file: Path) -> bool:
    with suppress(Timeout), FileLock(file, timeout=0):
        return True
    return False


def _file(spool: Path, run_id: str) -> Path:
    return spool / "runs" / f"{run_id}.lock"
