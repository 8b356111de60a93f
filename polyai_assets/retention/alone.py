"""One process of a machine at a time removes data: stores are written anew meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import own_folder


class RemovalAtWork(Actionable):
    """Another process of this machine is erasing, or removing what was kept for long enough."""


def plans_folder(root: Path) -> Path:
    """Name the folder of the plans of erasures of a Dagster project, where the lock is, too."""
    return root / "data" / "erasure"


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other processes of this machine from removing data meanwhile. Raises RemovalAtWork."""
    folder = plans_folder(root)
    own_folder(folder)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise RemovalAtWork(
            "another `polyai erase` or `polyai retention` is at work here. Wait until it has ended"
        ) from None
