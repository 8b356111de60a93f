"""Erasing conversations from files on this machine that are no store: journals, logs, sheets, Dagster's databases.

A file is looked through for the bytes of ids and contacts. What is known is mended by its kind; what is not is named,
for a person to decide.
"""

import csv
import io
import logging
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from filelock import FileLock, Timeout

from polyai_assets.machine.folders import FILE_MODE
from polyai_assets.raw.disk import put_local
from polyai_assets.raw.partition import Partition

_SQLITE = b"SQLite format 3\0"
_CHUNK = 1 << 22
_SKIPPED = {".venv", ".git", "node_modules", "__pycache__"}
SHEETS = {".xlsx"}
_SPOOLS = ("walks", "details", "recordings")

log = logging.getLogger(__name__)


class Needles:
    """The bytes that are looked for: ids and contacts, as they are written in text and in JSON."""

    def __init__(self, texts: Collection[str]) -> None:
        self.texts = sorted((text for text in texts if len(text) >= 6), key=len, reverse=True)
        self._bytes = [text.encode("utf-8", "surrogatepass") for text in self.texts]
        self._pattern = re.compile(b"|".join(map(re.escape, self._bytes)) or rb"(?!)")
        self.longest = max(map(len, self._bytes), default=0)

    def are_in(self, content: bytes) -> bool:
        """Tell whether bytes hold one of them."""
        return self._pattern.search(content) is not None

    def crossed_out(self, content: bytes) -> bytes:
        """Give bytes of the same length in which each of them is crossed out."""
        return self._pattern.sub(lambda found: b"x" * len(found.group()), content)

    def crossed_out_text(self, text: str) -> str:
        """Give a text in which each of them is crossed out."""
        return self.crossed_out(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


class FilesErased(NamedTuple):
    """What was done: how many files were mended or removed, and those that hold one of them still."""

    mended: int
    left: list[Path]


def files_with(needles: Needles, folders: Collection[Path]) -> Iterator[Path]:
    """Find the files below folders that hold one of them."""
    seen: set[Path] = set()
    for folder in folders:
        for path in files_in(folder):
            resolved = path.resolve()
            if resolved not in seen and _holds(path, needles):
                yield path
            seen.add(resolved)


def erase_files(
    needles: Needles, folders: Collection[Path], spool: Path, partitions: Collection[Partition]
) -> FilesErased:
    """Mend or remove files below folders that hold one of them, and what is on its way of these days."""
    mended = sum(map(_remove_if_free, _recordings(spool, partitions)))
    left = []
    for path in list(files_with(needles, folders)):
        if _mend(path, needles, spool):
            mended += 1
        else:
            left.append(path)
    return FilesErased(mended, left)


def files_in(folder: Path) -> Iterator[Path]:
    """Give the files below a folder; a file is itself."""
    if folder.is_file():
        yield folder
        return
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in _SKIPPED:
            continue
        if path.is_dir():
            yield from files_in(path)
        elif path.is_file():
            yield path


def _holds(path: Path, needles: Needles) -> bool:
    with suppress(OSError):
        if path.suffix in SHEETS:
            return needles.are_in(_sheet_text(path))
        with path.open("rb") as file:
            before = b""
            while chunk := file.read(_CHUNK):
                if needles.are_in(before + chunk):
                    return True
                before = chunk[-needles.longest :]
    return False


def _sheet_text(path: Path) -> bytes:
    try:
        with ZipFile(path) as packed:
            return b"\n".join(packed.read(name) for name in packed.namelist() if name.endswith(".xml"))
    except BadZipFile:
        return path.read_bytes()


def _mend(path: Path, needles: Needles, spool: Path) -> bool:
    """Take them out of a file; False where that cannot be done."""
    try:
        kind = next((kind for kind in _SPOOLS if path.is_relative_to(spool / kind)), None)
        if kind is not None:
            return _remove_if_free(spool / kind / path.relative_to(spool / kind).parts[0])
        if path.suffix in SHEETS:
            return False
        with path.open("rb") as file:
            is_sqlite = file.read(len(_SQLITE)) == _SQLITE
        if is_sqlite:
            return _mend_sqlite(path, needles)
        if path.suffix.lower() == ".csv":
            return _mend_csv(path, needles)
        return _mend_text(path, needles)
    except (OSError, sqlite3.Error) as error:
        log.warning("%s cannot be mended: %s", path, error)
        return False


def _remove_if_free(path: Path) -> bool:
    """Remove what is on its way, unless a run is on it: that run leaves out what was erased, and removes it itself."""
    if not path.exists():
        return False
    lock = path.parent / f"{path.name.partition('.')[0]}.lock"
    try:
        with FileLock(lock, timeout=0):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    except Timeout:
        return False
    return True


def _recordings(spool: Path, partitions: Collection[Partition]) -> Iterator[Path]:
    yield from (spool / "recordings" / partition.spool_name for partition in partitions)


def _mend_text(path: Path, needles: Needles) -> bool:
    """Cross them out in a text; bytes that are none are not ours to change."""
    content = path.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    mode = path.stat().st_mode & 0o777
    put_local(path, io.BytesIO(needles.crossed_out(content)))
    path.chmod(mode & FILE_MODE or FILE_MODE)
    return True


def _mend_csv(path: Path, needles: Needles) -> bool:
    """Leave out the rows that have one of them."""
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    kept = io.StringIO(newline="")
    csv.writer(kept, lineterminator="\n").writerows(
        row for row in rows if not needles.are_in("\n".join(row).encode("utf-8", "surrogatepass"))
    )
    put_local(path, io.BytesIO(kept.getvalue().encode()))
    return True


def _mend_sqlite(path: Path, needles: Needles) -> bool:
    """Cross them out in every text of a database, and write it anew: SQLite keeps what was changed in free pages."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.create_function("crossed_out", 1, lambda value: _crossed_out(value, needles))
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for (table,) in tables:
            for _, column, *_ in connection.execute(f"PRAGMA table_info({_quoted(table)})").fetchall():
                name = _quoted(column)
                connection.execute(
                    f"UPDATE {_quoted(table)} SET {name} = crossed_out({name}) "
                    f"WHERE typeof({name}) IN ('text', 'blob') AND {name} IS NOT crossed_out({name})"
                )
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return not _holds(path, needles)


def _crossed_out(value: Any, needles: Needles) -> Any:
    if isinstance(value, bytes):
        return needles.crossed_out(value)
    return needles.crossed_out_text(value) if isinstance(value, str) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
