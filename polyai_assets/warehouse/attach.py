"""Attaching the warehouse for a short while.

One process may hold a DuckDB file, and a reader blocks a writer. So the file is attached only while a
partition is replaced, and a process that finds it held waits: DuckDB's own error names the holder. Trying
again is fairer than a lock file of our own, and it sees the DuckDB shell too. A run waits in full once: a program
that has held the file for so long will not let go of it for the next day either.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_random

from polyai_assets.contract.tables import literal
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import FILE_MODE, own_folder
from polyai_assets.machine.secret_sources import in_connection_string
from polyai_assets.machine.secrets import SECRETS, masked
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets.warehouse.locks import holder_of, refusal_of
from polyai_assets.warehouse.target import Target

SCHEMA = '"warehouse"."main"'
"""Where the tables are, once the warehouse is attached."""

CATALOG = "warehouse_catalog"
"""The database in which a DuckLake keeps its own tables, once the warehouse is attached."""

_ANY_SIZE = 10**12
"""Rows of a table up to which DuckDB removes what was deleted although a person has put an index on it: the file would
grow with every replaced partition, for ever."""

_waited_in_vain: set[tuple[str, str | None]] = set()
"""Target and run where another process was waited for in full, and has not let go of the file since."""

log = logging.getLogger(__name__)


class WarehouseBusy(Actionable):
    """Another process held the warehouse for longer than we wait."""


class WarehouseUnreachable(Actionable, OSError):
    """The catalog of the warehouse cannot be reached; the message says why, without passwords."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where the tables are kept.

    `target` is a path of a DuckDB file, or `ducklake:…` as DuckDB's ATTACH takes it; `data` is the folder or
    URL of a DuckLake's Parquet files. `wait` is how long to wait for another process, in seconds. Once one has been
    waited for in vain, everything else of the same `run` fails at once while the file is still held. `memory` is how
    many bytes DuckDB may use at most, where that is not for the machine to say.
    """

    target: str = field(repr=False)  # it may hold a password
    data: str | None = None
    wait: float = 600.0
    run: str | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        SECRETS.keep(*in_connection_string(self.target))

    @property
    def name(self) -> str:
        """The target as it may be shown: without passwords."""
        return masked(self.target)

    @property
    def is_ducklake(self) -> bool:
        """Whether it is a DuckLake, which many processes may use at once."""
        return Target(self.target).is_ducklake

    @property
    def is_on_s3(self) -> bool:
        """Whether a DuckLake's Parquet files are in S3."""
        return self.data is not None and self.data.startswith("s3://")

    @property
    def is_on_postgres(self) -> bool:
        """Whether it is a DuckLake whose catalog is a Postgres database."""
        return Target(self.target).is_on_postgres

    @contextmanager
    def attached(self, connection: duckdb.DuckDBPyConnection, *, read_only: bool = False) -> Iterator[None]:
        """Attach the warehouse to the connection as `warehouse`, and detach it at the end.

        Raises WarehouseBusy when another process holds the file for longer than `wait`, WarehouseUnreachable, and
        ExtensionMissing.
        """
        if self.is_ducklake:
            load_extension(connection, "ducklake")
            if self.is_on_postgres:
                load_extension(connection, "postgres_scanner")
            if self.is_on_s3:
                load_extension(connection, "httpfs")  # it finds region and key in AWS's usual variables
                if (
                    "DUCKDB_S3_ENDPOINT" in os.environ
                ):  # a store of one's own, where buckets have no host names
                    connection.execute("SET s3_url_style = 'path'")
        elif read_only and not Target(self.target).may_exist:
            raise WarehouseUnreachable(f"{self.name} does not exist: nothing was loaded yet")
        else:
            own_folder(Path(self.target).parent)
        if "?" in self.target and not self.is_on_postgres:
            # it takes what follows for the parameters of a URL, and looks for its log in another folder
            raise WarehouseUnreachable(
                f"{self.name} has a ? in its path, where DuckDB can keep nothing: rename that folder, or set "
                "`warehouse` to a path without it"
            )
        is_new = not Target(self.target).may_exist
        with self._passwords_hidden():
            self._attach(connection, read_only)
            if is_new:
                Path(self.target).chmod(FILE_MODE)
            try:
                yield
            finally:
                connection.execute("DETACH warehouse")

    @contextmanager
    def _passwords_hidden(self) -> Iterator[None]:
        """Keep passwords out of DuckDB's errors: it repeats the whole target when it cannot connect."""
        try:
            yield
        except duckdb.Error as error:
            shown = masked(str(error))
            if shown == str(error):
                raise
            raise WarehouseUnreachable(f"{self.name} cannot be reached: {shown}") from None

    def _attach(self, connection: duckdb.DuckDBPyConnection, read_only: bool) -> None:
        options = ["READ_ONLY"] if read_only else []
        if self.is_ducklake:
            options.append(f"METADATA_CATALOG '{CATALOG}'")
        elif not read_only:
            options.append(f"VACUUM_REBUILD_INDEXES {_ANY_SIZE}")
        if self.data is not None:
            options.append(f"DATA_PATH {literal(self.data)}")
        listed = f" ({', '.join(options)})" if options else ""
        statement = f"ATTACH {literal(self.target)} AS warehouse{listed}"
        waited = (self.target, self.run) in _waited_in_vain
        attempts = Retrying(
            retry=retry_if_exception(_passes),
            wait=wait_random(0.1, 0.5),
            stop=stop_after_delay(0 if waited else self.wait),
            before_sleep=self._say_waiting,
            retry_error_callback=self._give_up,
        )
        try:
            attempts(connection.execute, statement)
            _waited_in_vain.discard((self.target, self.run))
        except duckdb.Error as error:
            refusal = refusal_of(self.name, error)
            if refusal is not None:
                raise WarehouseUnreachable(masked(refusal)) from None
            if not self.is_ducklake:
                raise
            raise WarehouseUnreachable(f"{self.name} cannot be reached: {error}") from None

    def _say_waiting(self, state: RetryCallState) -> None:
        # once at first, then about every 30 seconds
        if state.attempt_number % 100 == 1 and state.outcome is not None:
            log.warning("waiting for %s: %s", self.name, holder_of(state.outcome.exception()))

    def _give_up(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if self.run is not None:
            _waited_in_vain.add((self.target, self.run))
        raise WarehouseBusy(
            f"{self.name} was held for more than {self.wait:.0f} seconds: {holder_of(error)}. "
            "Close that program (a DuckDB shell or a notebook, perhaps), then run this again."
        ) from None


def _passes(error: BaseException) -> bool:
    """Tell whether a later attempt may fare better."""
    return isinstance(error, duckdb.Error) and holder_of(error) is not None
