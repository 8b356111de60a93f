"""Making the copy: into a file of its own, which then takes the place of the one before.

Whoever reads has the old file or the new one, whole; who has opened the old one keeps it until closing it. The
warehouse is held only while it is read. A new file begins as the old one, and months whose facts have changed are made
anew in it; so memory and time do not grow with the number of days.
"""

import shutil
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
from filelock import FileLock

from polyai_assets.contract.tables import CONVERSATION_FACTS, literal
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import FILE_MODE, own_folder
from polyai_assets.marts.fill import CopyFiller, count_rows, layout_of
from polyai_assets.raw.disk import move_local, naming_what_is_full, temporary_folder
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import read_columns
from polyai_assets.warehouse.threads import threads_for

_MEMORY = 400_000_000
"""Bytes that DuckDB may use; what does not fit is spilled beside the copy."""

_NAME = "copy.duckdb"


class NothingToCopy(Actionable):
    """The warehouse has no facts yet; says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySource:
    """What a copy is made of: the warehouse, and the partitions (project, date) that are not settled.

    With `transcripts` what people said is copied, too.
    """

    warehouse: Warehouse
    unsettled: Collection[tuple[str, date]] = ()
    transcripts: bool = False


@dataclass(frozen=True, slots=True)
class CopyMade:
    """What a copy holds: rows by table; and the first days of the months that were made anew in it."""

    rows: dict[str, int]
    months: list[date]


def make_copy(target: Path, source: CopySource, now: datetime) -> CopyMade:
    """Make the copy of the warehouse anew, at `target`.

    Whatever happens before the end leaves the copy of before. Raises NothingToCopy, WarehouseBusy,
    WarehouseUnreachable and DiskFull.
    """
    own_folder(target.parent)
    with (
        FileLock(target.with_name(f".{target.name}.lock")),
        temporary_folder(target.parent) as folder,
        naming_what_is_full(target),
    ):
        file = folder / _NAME
        made = _make(file, target, source, now)
        file.chmod(FILE_MODE)
        move_local(file, target)
    return made


def _make(file: Path, before: Path, source: CopySource, now: datetime) -> CopyMade:
    with duckdb.connect(config=_settings(file.parent)) as connection, ExitStack() as meanwhile:
        connection.execute("SET TimeZone = 'UTC'")
        with source.warehouse.attached(connection, read_only=True):
            columns = read_columns(connection)
            if CONVERSATION_FACTS.name not in columns:
                raise NothingToCopy(
                    f"{source.warehouse.name} has no table {CONVERSATION_FACTS.name} yet: "
                    "load a day (polyai backfill), or replay those that are loaded (polyai backfill --replay)"
                )
            meanwhile.enter_context(threads_for(connection, _calls_in(connection)))
            layout = layout_of(columns, transcripts=source.transcripts)
            filler = CopyFiller(connection, columns, layout, transcripts=source.transcripts)
            _begin(connection, file, before, layout)
            months = filler.fill(source.unsettled)
        filler.finish(now)
        rows = count_rows(connection)
        connection.execute("CHECKPOINT copy")
        connection.execute("USE memory")
        connection.execute("DETACH copy")
    return CopyMade(rows, months)


def _calls_in(connection: duckdb.DuckDBPyConnection) -> int:
    """Count the facts of the attached warehouse."""
    ((calls,),) = connection.execute(f"SELECT count(*) FROM {SCHEMA}.{CONVERSATION_FACTS.name}").fetchall()
    return int(calls)


def _begin(connection: duckdb.DuckDBPyConnection, file: Path, before: Path, layout: str) -> None:
    """Attach the new file as `copy`: as the copy of before, if that has the same layout, else empty."""
    if before.is_file():
        shutil.copyfile(before, file)
        try:
            connection.execute(f"ATTACH {literal(str(file))} AS copy")
            kept = connection.execute("SELECT layout FROM copy.main.copy_info").fetchall()
            if kept == [(layout,)]:
                connection.execute("USE copy")
                return
            connection.execute("DETACH copy")
        except duckdb.Error:  # whatever it is, it is no copy of ours
            connection.execute("DETACH DATABASE IF EXISTS copy")
        file.unlink()
    connection.execute(f"ATTACH {literal(str(file))} AS copy")
    connection.execute("USE copy")


def _settings(folder: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": f"{_MEMORY}B",
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        # written once, at the end: each statement would write what has grown anew
        "checkpoint_threshold": "1TB",
    }
