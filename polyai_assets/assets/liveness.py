"""Whether the process of a run is still there.

Dagster does not notice that a run started from a shell was killed: it stays "started" for ever, and its days
would count as being fetched for ever. So a run holds a lock on a file while it works; the lock ends with the
process, whatever ends that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def alive(spool: Path, run_id: str) -> Iterator[None]:
    """Show, while the context is open, that the run is worked on."""
    file = _file(spool, run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file):
        yield
    file.unlink(missing_ok=True)


def has_died(spool: Path, run_id: str) -> bool:
    """Tell whether the run was worked on, on this machine, by a process that is gone."""
    file = _file(spool, run_id)
    if not file.exists():
        return False
    try:
        with FileLock(file, timeout=0):
            return True
    except Timeout:
        return False


def forget(spool: Path, run_id: str) -> None:
    """Remove the trace of a run that has died."""
    _file(spool, run_id).unlink(missing_ok=True)


def _file(spool: Path, run_id: str) -> Path:
    return spool / "runs" / f"{run_id}.lock"
