"""Files on a local disk that are there whole or not at all, whatever happens meanwhile; and disks that are full."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(OSError):
    """A local disk takes no more. Says which file or folder could not be written, and what to do."""


@contextmanager
def told_if_full(place: Path) -> Iterator[None]:
    """Say where, when a disk takes no more: the error of a write does not. Raises DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"{place} cannot be written: {os.strerror(error.errno)}. Free space on the disk that holds it (or raise "
            "its quota), then materialize the day again: it keeps what it had."
        ) from error


def put_local(target: Path, content: BinaryIO, *, is_new: bool = False) -> None:
    """Write beside the target, flush to disk, rename: a reader sees the old file or the new one, never a part.

    With `is_new` an old file stays. Raises FileExistsError then.
    """
    with told_if_full(target):
        _put(target, content, is_new=is_new)


def _put(target: Path, content: BinaryIO, *, is_new: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            target.hardlink_to(temporary)
        else:
            Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    _flush(target.parent)


def move_local(path: Path, target: Path) -> None:
    """Flush a file to disk and rename it; where it lies on another disk, copy it as `put_local` does."""
    with told_if_full(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _flush(path)
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with path.open("rb") as file:
            put_local(target, file)
        path.unlink()
    else:
        _flush(target.parent)


def _flush(path: Path) -> None:
    """Flush a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
