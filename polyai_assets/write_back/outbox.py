"""The outbox: a folder into which people drop CSV files of requests.

A file becomes rows in one transaction, and these bear its hash; then it is moved. So a file whose taker died in between
is known when it is found again, and is only moved.
"""

import codecs
import hashlib
import logging
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from polyai_assets.machine.folders import private_folder
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.write_back.csv_file import Row, RowProblem, read_csv
from polyai_assets.write_back.tables import (
    ANNOTATION_REQUESTS,
    NOTE_REQUESTS,
    Table,
    insert,
    transact,
    was_taken_in,
)

log = logging.getLogger(__name__)

_TABLES = {"annotations": ANNOTATION_REQUESTS, "notes": NOTE_REQUESTS}
_ERRORS = ".errors.txt"


@dataclass(slots=True)
class TakenIn:
    """The result for the files that were found: requests by file, and problems by file that stays where it is."""

    files: dict[str, int] = field(default_factory=dict)
    bad: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The folder; it need not be there."""

    folder: Path

    def waiting(self) -> list[Path]:
        """Find the files that can be read, and that nothing was found wrong with as they are now."""
        return [file for file in self._files() if os.access(file, os.R_OK) and not self._is_known_bad(file)]

    def take_in(
        self,
        connection: duckdb.DuckDBPyConnection,
        warehouse: Warehouse,
        projects: Collection[str],
        now: datetime,
    ) -> TakenIn:
        """Make requests of all files; those of `projects` are accepted. The problems of a file are written beside it.

        Raises WarehouseBusy and WarehouseUnreachable.
        """
        taken = TakenIn()
        for file in self._files():
            try:
                self._take_in_file(connection, warehouse, file, projects, now, taken)
            except (OSError, duckdb.DataError) as error:
                log.error("%s cannot be taken in: %s", file.name, error)
                taken.bad[file.name] = [str(error)]
        return taken

    def _take_in_file(
        self,
        connection: duckdb.DuckDBPyConnection,
        warehouse: Warehouse,
        file: Path,
        projects: Collection[str],
        now: datetime,
        taken: TakenIn,
    ) -> None:
        content = _read_whole(file)
        if content is None:
            log.info("%s is still being written, or is gone", file.name)
            return
        digest = _digest(content)
        table = _table_of(file)
        rows: list[Row] = []
        problems = [RowProblem(1, "the name of the file must begin with annotations or notes")]
        if table is not None:
            rows, problems = read_csv(content, table, projects, digest[:16])
        if table is None or problems:
            taken.bad[file.name] = [str(problem) for problem in problems]
            log.error("%s is not taken in: see %s%s beside it", file.name, file.name, _ERRORS)
            _write_problems(file, digest, problems)
            return
        taken.files[file.name] = _add(connection, warehouse, table, rows, file.name, digest)
        _move(file, now)

    def _files(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(
            file for file in self.folder.iterdir() if file.suffix.lower() == ".csv" and file.is_file()
        )

    def _is_known_bad(self, file: Path) -> bool:
        errors = _errors_of(file)
        if not errors.exists():
            return False
        with suppress(OSError):  # gone, or not to be read: taking it in says so
            return _digest(file.read_bytes()).encode() in errors.read_bytes()
        return False


def _digest(content: bytes) -> str:
    """Hash what a file says: saved by another program, it has other line ends and another mark at its beginning."""
    text = content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").strip()
    return hashlib.sha256(text).hexdigest()


def _table_of(file: Path) -> Table | None:
    name = file.name.lower()
    return next((table for prefix, table in _TABLES.items() if name.startswith(prefix)), None)


def _read_whole(file: Path) -> bytes | None:
    """Read a file; None if it changes meanwhile, or another process has moved it."""
    try:
        before = file.stat()
        content = file.read_bytes()
        after = file.stat()
    except FileNotFoundError:
        return None
    is_whole = (before.st_size, before.st_mtime_ns) == (len(content), after.st_mtime_ns)
    return content if is_whole else None


def _add(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    table: Table,
    rows: list[Row],
    name: str,
    digest: str,
) -> int:
    """Make requests of a file's rows; gives how many, none if a file with the same content was taken in before."""
    mark = f"sha256:{digest}"

    def work(connection: duckdb.DuckDBPyConnection) -> int:
        if was_taken_in(connection, table, mark):
            return 0
        return len(insert(connection, table, rows, f"{name} {mark}"))

    added = transact(connection, warehouse, work)
    if added:
        log.info("%s: %d requests", name, added)
    else:
        log.warning("%s: a file with the same content was taken in before; nothing is added", name)
    return added


def _move(file: Path, now: datetime) -> None:
    done = file.parent / "done"
    private_folder(done)
    with suppress(FileNotFoundError):  # another process has moved it
        file.rename(done / f"{file.stem}.{now:%Y%m%dT%H%M%S%fZ}{file.suffix}")
    _errors_of(file).unlink(missing_ok=True)


def _write_problems(file: Path, digest: str, problems: list[RowProblem]) -> None:
    lines = [
        f"{file.name} was not taken in, none of its rows. Correct it here; it is looked at again once it has changed.",
        *map(str, problems),
        f"(looked at: sha256:{digest})",
    ]
    _errors_of(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _errors_of(file: Path) -> Path:
    return file.with_name(file.name + _ERRORS)
