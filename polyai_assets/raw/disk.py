"""Files on a local disk that are there whole or not at all, whatever happens meanwhile; and disks that are full."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import time
from typing import BinaryIO

from filelock import FileLock, SoftFileLock, Timeout

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import FILE_MODE, own_folder, private_folder

_PREFIX = "polyai-assets-"
_LOCK = ".lock"
_LEFT_BEHIND = 3600.0  # seconds: a folder that is younger may not be locked yet
_RENAMED_WITHIN = 60.0  # seconds: to rename a file takes none

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(Actionable, OSError):
    """A local disk takes no more. Says which file or folder could not be written, and what to do."""


@contextmanager
def naming_what_is_full(place: Path) -> Iterator[None]:
    """Say where, when a disk takes no more: the error of a write does not. Raises DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"{place} cannot be written: {os.strerror(error.errno)}. Free space on the disk that holds it (or raise "
            "its quota), then fetch the day again: it keeps what it had."
        ) from error


def put_local(target: Path, content: BinaryIO, *, is_new: bool = False) -> None:
    """Write beside the target, flush to disk, rename: a reader sees the old file or the new one, never a part.

    With `is_new` an old file stays. Raises FileExistsError then.
    """
    with naming_what_is_full(target):
        try:
            _put(target, content, is_new=is_new)
        except OSError as error:
            if error.filename is None or error.errno is None:
                raise
            # the temporary file that it quotes means nothing to a reader
            raise OSError(error.errno, os.strerror(error.errno), str(target)) from error


def _put(target: Path, content: BinaryIO, *, is_new: bool) -> None:
    private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _name_new(temporary, target)
        else:
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    _flush(target.parent)


def _name_new(temporary: Path, target: Path) -> None:
    """Give a file its name, unless another has it. Raises FileExistsError then."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        # exFAT, SMB and much of FUSE have no hard links. Who creates the lock's file renames; it is made by
        # O_EXCL, and that of a process that was killed is taken over.
        with SoftFileLock(target.with_name(f".{target.name}.lock"), timeout=_RENAMED_WITHIN):
            if target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            temporary.replace(target)


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Give an empty local folder that is removed at the end, and remove those of processes that were killed.

    It lies in `parent`, or where the system has its temporary files.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    own_folder(parent)
    _remove_left_behind(parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as name:
        folder = Path(name)
        with FileLock(folder / _LOCK):
            yield folder


@cache  # once a process
def _remove_left_behind(parent: Path) -> None:
    """Remove temporary folders of ours that no process holds any more."""
    oldest = time() - _LEFT_BEHIND
    for folder in parent.glob(f"{_PREFIX}*"):
        # those of other users cannot be locked, and another process may be removing the same
        with suppress(OSError, Timeout):
            if folder.stat().st_mtime < oldest:
                with FileLock(folder / _LOCK, timeout=0):
                    shutil.rmtree(folder)


def move_local(path: Path, target: Path) -> None:
    """Flush a file to disk and rename it; where it lies on another disk, copy it as `put_local` does.

    It is then for its owner only, whoever wrote it.
    """
    with naming_what_is_full(target):
        private_folder(target.parent)
    try:
        path.chmod(FILE_MODE)
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
