"""Writing a warehouse anew, so that nothing is left in it of rows that were deleted.

DuckDB keeps the blocks of what was deleted and may use them again: until then the rows are there, byte for byte. So the
database is copied into a new file, which then takes the place of the old one. Whoever opens the file meets DuckDB's own
lock: the old file is held until the new one has its name.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import duckdb

from polyai_assets.contract.tables import literal
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import FILE_MODE
from polyai_assets.raw.disk import naming_what_is_full, temporary_folder
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.target import Target

_ROOM = 1.1
"""A copy is no larger than its original, but for what DuckDB rounds up."""

_LOCKED_WITHIN = 0.2
"""Seconds: whoever has opened the old file has tried to lock it by then, and opens the new one next."""

log = logging.getLogger(__name__)


class NoRoomToCompact(Actionable):
    """The disk has no room for a second copy of the warehouse; says how much is needed."""


class WarehouseInUse(Actionable):
    """Other programs open the warehouse again and again, so that it cannot be replaced."""


_TRIES = 20


def check_room(warehouse: Warehouse) -> None:
    """See that a DuckDB file can be written anew beside itself. Raises NoRoomToCompact."""
    file = Target(warehouse.target).file
    if file is None or not file.exists():
        return
    needed, free = int(file.stat().st_size * _ROOM), shutil.disk_usage(file.parent).free
    if free < needed:
        raise NoRoomToCompact(
            f"{file} must be written anew, which needs {needed // 1_000_000:,} MB beside it for a while, and its disk "
            f"has {free // 1_000_000:,} MB. Free space there, then run this again; nothing was changed"
        )


def compact(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    """Write a DuckDB file anew; nothing is done where there is none.

    Whatever happens before the end leaves the file as it was. Raises NoRoomToCompact, WarehouseBusy and WarehouseInUse.
    """
    file = Target(warehouse.target).file
    if file is None or not file.exists():
        return
    check_room(warehouse)
    for _ in range(_TRIES):
        with temporary_folder(file.parent) as folder, naming_what_is_full(file):
            new = folder / file.name
            with warehouse.attached(connection):
                _copy(connection, new)
                copied = file.stat()
            with _held(file) as is_held:
                found = file.stat()
                if is_held and (found.st_ino, found.st_mtime_ns) == (copied.st_ino, copied.st_mtime_ns):
                    new.replace(file)
                    _sync(file.parent)
                    sleep(_LOCKED_WITHIN)
                    log.info("%s is written anew: %s bytes", file, f"{file.stat().st_size:,}")
                    return
        log.info("%s was opened by another program meanwhile; it is copied again", file)
    raise WarehouseInUse(
        f"{file} is opened by other programs again and again. Stop them, then run this again"
    )


def _copy(connection: duckdb.DuckDBPyConnection, new: Path) -> None:
    """Copy the attached warehouse into a new file, with views, macros and comments."""
    connection.execute("CHECKPOINT warehouse")
    connection.execute(f"ATTACH {literal(str(new))} AS compacted")
    try:
        connection.execute("COPY FROM DATABASE warehouse TO compacted")
        connection.execute("CHECKPOINT compacted")
    finally:
        connection.execute("DETACH compacted")
    new.chmod(FILE_MODE)
    _sync(new)


@contextmanager
def _held(file: Path) -> Iterator[bool]:
    """Hold DuckDB's lock on a file, if no other process does; tell whether it is held."""
    with file.open("r+b") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
