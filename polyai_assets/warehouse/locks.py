"""What DuckDB says of the lock on a file that it cannot open: another process holds it, or the disk knows no locks.

Only the first passes, so only the first is waited for.
"""

import re
from pathlib import Path

import duckdb

_LOCK = "Could not set lock on file"
_HELD = ("lock is held", "already held", "Resource temporarily unavailable")


def holder_of(error: BaseException | None) -> str | None:
    """Say who keeps us from attaching a file; None where it is not that."""
    text = str(error)
    if _LOCK in text and any(held in text for held in _HELD):
        found = re.search(r"held in (.*?) \(PID (\d+)\)", text)
        return f"{Path(found[1]).name} with process id {found[2]} has it open" if found else text
    if "Unique file handle conflict" in text:
        return "another connection of this process has it open"
    if "Failed to initialize DuckLake" in text and ("duplicate key" in text or "already exists" in text):
        return "another process is making its tables"
    return None


def refusal_of(name: str, error: duckdb.Error) -> str | None:
    """Say that the disk which holds the warehouse `name` locks no files, and what to do; None where it is not that."""
    text = str(error)
    if _LOCK not in text or holder_of(error) is not None:
        return None
    return (
        f"{name} cannot be opened: {text.partition('. See also')[0]}. Its disk does not lock files, as network "
        "shares often do not, and without a lock two programs would destroy the file. Set `warehouse` to a file on a "
        "local disk, or to a DuckLake (`ducklake:postgres:…`), which many machines may share; then materialize the "
        "days again: the raw store has them."
    )
