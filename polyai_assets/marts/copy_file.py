"""Opening the copy: read-only, and never in the way of whoever makes the next one."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from polyai_assets.contract.marts import COPY_INFO
from polyai_assets.machine.actionable import Actionable
from polyai_assets.marts.contents import ASSET

OLD = timedelta(hours=24)
"""A copy that is older is said to be so."""


class CopyMissing(Actionable):
    """There is no copy, or none that this version can read; says what to run."""


@dataclass(frozen=True, slots=True)
class CopyAge:
    """When a copy was made, and what to say of it: "" unless it is old."""

    made_at: datetime
    warning: str


def make_command(key_prefix: tuple[str, ...] = ()) -> str:
    """Give the command that makes the copy anew."""
    return f"dg launch --assets {shlex.quote('/'.join([*key_prefix, ASSET]))}"


@contextmanager
def opened_copy(file: Path, command: str = make_command()) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the copy for reading; `command` makes it anew. Raises CopyMissing."""
    try:
        connection = duckdb.connect(str(file), read_only=True, config={"autoinstall_known_extensions": False})
    except duckdb.IOException as error:
        why = "is not there yet" if not file.exists() else f"cannot be opened ({error})"
        raise CopyMissing(f"the copy {file} {why}. Make it: {command}") from None
    with connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def age_of(connection: duckdb.DuckDBPyConnection, now: datetime, command: str = make_command()) -> CopyAge:
    """Say when an opened copy was made. Raises CopyMissing for a file that is none."""
    try:
        found = connection.execute(f"SELECT made_at FROM {COPY_INFO.name}").fetchone()
    except duckdb.CatalogException:
        found = None
    if found is None:
        raise CopyMissing(f"this file is no copy of the warehouse. Make one: {command}")
    made_at: datetime = found[0]
    is_old = now - made_at > OLD
    warning = f"the copy is of {made_at:%Y-%m-%d %H:%M} UTC. Make it anew: {command}" if is_old else ""
    return CopyAge(made_at, warning)
