"""Erasing conversations from Dagster's runs and events where it keeps them in a database, such as Postgres.

Its SQLite files are mended as files. Other databases are reached by the instance that `dagster.yaml` describes: by the
connections of its own storages, and in its own tables alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from polyai_assets.automation.dagster_home import DagsterUnreachable, open_home
from polyai_assets.erasure.local_files import Needles
from polyai_assets.machine.text_file import TextUnreadable, read_text
from polyai_assets.retention.held_copies import HeldBy

_STORAGES = ("storage", "run_storage", "event_log_storage", "schedule_storage")
_LOGS = "compute_logs"
_AT_ONCE = 50
"""So many names one statement looks for."""

_DEAD_ROWS = HeldBy("dead rows and the log of Dagster's database", "VACUUM FULL, and its WAL's end")
_NOT_SEARCHED = HeldBy(
    "Dagster's runs and events, which are in no database that can be searched from here",
    "you look for ids there, and delete the runs that name one",
)
_LOGS_ELSEWHERE = HeldBy("logs of steps, which dagster.yaml keeps elsewhere", "its own rules delete them")

Connecting = Callable[[], AbstractContextManager[Any]]


def check_dagster(home: Path) -> None:
    """Open the database that `dagster.yaml` in `home` names, if it names one. Raises DagsterUnreachable."""
    if _names_database(_settings(home / "dagster.yaml")):
        open_home(home).dispose()


def erase_from_dagster(home: Path, needles: Needles) -> list[HeldBy]:
    """Cross names out in the database that `dagster.yaml` in `home` names; gives what holds them still.

    Nothing is done where Dagster keeps everything in files below `home`. Raises DagsterUnreachable.
    """
    settings = _settings(home / "dagster.yaml")
    held = [_LOGS_ELSEWHERE] if _LOGS in settings else []
    if not _names_database(settings):
        return held
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with open_home(home) as instance:
            erased = erase_from_storages(instance, needles)
    except (dg.DagsterError, SQLAlchemyError) as error:
        raise DagsterUnreachable(
            f"the storage that {home / 'dagster.yaml'} names: {error}",
            "start it, or give its user the right to write",
        ) from error
    return [*held, _DEAD_ROWS if erased else _NOT_SEARCHED]


def _names_database(settings: dict[str, Any]) -> bool:
    return any(name in settings for name in _STORAGES)


def erase_from_storages(instance: dg.DagsterInstance, needles: Needles) -> bool:
    """Cross names out in each text of Dagster's tables; False where a storage is no database."""
    is_searched = True
    for connecting, tables in _storages(instance):
        if connecting is None:
            is_searched = False
            continue
        with connecting() as connection:
            is_ours = not connection.in_transaction()  # some storages begin one, others do not
            for table in tables:
                _cross_out(connection, table, needles)
            if is_ours:
                connection.commit()
    return is_searched


def _storages(instance: dg.DagsterInstance) -> Iterator[tuple[Connecting | None, Sequence[Any]]]:
    """Give how to connect to each storage, None where it is no database, and its tables."""
    from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
    from dagster._core.storage.runs.schema import RunStorageSqlMetadata
    from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata

    for storage, connecting, metadata in (
        (instance.event_log_storage, "index_connection", SqlEventLogStorageMetadata),
        (instance.run_storage, "connect", RunStorageSqlMetadata),
        (instance.schedule_storage, "connect", ScheduleStorageSqlMetadata),
    ):
        if storage is not None:
            yield getattr(storage, connecting, None), metadata.sorted_tables


def _cross_out(connection: Any, table: Any, needles: Needles) -> None:
    """Change the rows that hold a name; a table that an older Dagster has not made has none."""
    import sqlalchemy as db

    inspected = db.inspect(connection)
    if not inspected.has_table(table.name):
        return
    there = {column["name"] for column in inspected.get_columns(table.name)}
    texts = [
        column for column in table.columns if isinstance(column.type, db.String) and column.name in there
    ]
    for some in _some_at_once(needles.texts):
        named = db.or_(*(column.contains(text, autoescape=True) for column in texts for text in some))
        for row in connection.execute(db.select(table.c.id, *texts).where(named)).fetchall():
            found = dict(zip((column.name for column in texts), row[1:], strict=True))
            clean = {name: needles.crossed_out_text(text) for name, text in found.items() if text}
            changed = {name: text for name, text in clean.items() if text != found[name]}
            if changed:
                connection.execute(db.update(table).where(table.c.id == row[0]).values(changed))


def _some_at_once(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    return (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))


def _settings(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        read = yaml.safe_load(read_text(file))
    except (TextUnreadable, yaml.YAMLError) as error:
        raise DagsterUnreachable(
            f"{file} cannot be read, and says where Dagster keeps its runs: {error}", "correct it"
        ) from error
    return read if isinstance(read, dict) else {}
