"""DuckDB's own: a file, a DuckLake and MotherDuck. All speak the dialect in which the files are read."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from polyai_assets.contract.tables import literal, quote
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.attached import AttachedTarget
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetRefuses, TargetUnreachable
from polyai_assets.machine.actionable import Actionable
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.claim import claimed
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets.warehouse.target import Target

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk

_WAIT = 120.0
"""Seconds that a file is waited for which another process holds."""


class DuckDB(AttachedTarget):
    """A DuckDB file, or a DuckLake as ATTACH takes it: attached as the warehouse is, and with the same patience."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        super().__init__(connection, settings, "warehouse")
        self._warehouse = Warehouse(settings.where, settings.data, wait=_WAIT)
        self._attached = ExitStack()

    @property
    def _may_exist(self) -> bool:
        return Target(self._warehouse.target).may_exist

    def probe(self) -> None:
        """Attach it; a file that is missing is made by the first delivery."""
        if self._may_exist:
            super().probe()

    def read_log(self, project: str | None = None, days: Collection[date] = ()) -> list[LogRow]:
        """Read the log; a file that is missing has none, and is not made for that."""
        return super().read_log(project, days) if self._may_exist else []

    def erase(self, tables: Collection[str], project: str, conversations: Collection[str]) -> None:
        """Delete rows; a file that is missing has none, and is not made for that."""
        if self._may_exist:
            super().erase(tables, project, conversations)

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach it; a file that is missing is made."""
        try:
            self._attached.enter_context(self._warehouse.attached(connection))
        except Actionable as error:
            raise TargetUnreachable(str(error)) from None

    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let go of it."""
        self._attached.close()

    @contextmanager
    def uploaded(self, chunk: "Chunk") -> Iterator[None]:
        """Claim the project: a DuckLake would let two commit that fill an empty day at once."""
        with claimed(self._connection, self._warehouse, f"delivery of {chunk.project}"):
            yield

    def explained(self, error: duckdb.Error) -> Exception:
        """Tell a conflict, which DuckLake reports at the commit, from all else."""
        return (DeliveryConflict if isinstance(error, duckdb.TransactionException) else TargetRefuses)(
            str(error)
        )


class MotherDuck(AttachedTarget):
    """A database of MotherDuck, `md:name`; its token follows as `?motherduck_token=…`, or is in the environment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        place, _, options = settings.where.partition("?")
        super().__init__(connection, settings, place.removeprefix("md:"))
        self._token = options.removeprefix("motherduck_token=")

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach it under its own name: MotherDuck knows no other."""
        load_extension(connection, "motherduck")
        if self._token:
            connection.execute(f"SET motherduck_token = {literal(self._token)}")
        connection.execute(f"ATTACH {literal(f'md:{self.database}')}")

    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Detach it."""
        connection.execute(f"DETACH {quote(self.database)}")

    def explained(self, error: duckdb.Error) -> Exception:
        """Tell by the kind of an error what it is."""
        if isinstance(error, duckdb.TransactionException):
            return DeliveryConflict(str(error))
        is_far = isinstance(error, duckdb.IOException | duckdb.HTTPException | duckdb.ConnectionException)
        return (TargetUnreachable if is_far else TargetRefuses)(str(error))
