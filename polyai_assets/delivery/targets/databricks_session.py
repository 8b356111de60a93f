"""A session of Databricks: connecting, statements, and what errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

from polyai_assets.delivery.targets.client import TargetAddress, import_client
from polyai_assets.delivery.targets.dialects import DATABRICKS
from polyai_assets.delivery.targets.rights import DATABRICKS_RIGHTS, lacking
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetRefuses, TargetUnreachable

CONNECTION = "databricks://token:access-token@host/sql/1.0/warehouses/id?catalog=…"
_CONFLICT = ("DELTA_CONCURRENT", "ConcurrentAppend", "ConcurrentDelete", "CONCURRENT_MODIFICATION")


class DatabricksSession:
    """A session, which begins with the first statement."""

    def __init__(self, where: str) -> None:
        self._where = where

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement, and give its rows."""
        opened = self._opened
        with self._explained(), opened.cursor() as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    @contextmanager
    def uploaded(self, file: Path, name: str) -> Iterator[str]:
        """Put a file into a volume of the catalog, below schema, volume and name; gives its place until the end."""
        ((catalog,),) = self.run("SELECT current_catalog()")
        place = f"/Volumes/{catalog}/{name}-{uuid4().hex[:12]}.parquet"
        self.run(f"PUT {DATABRICKS.literal(str(file))} INTO {DATABRICKS.literal(place)} OVERWRITE")
        try:
            yield place
        finally:
            self.run(f"REMOVE {DATABRICKS.literal(place)}")

    def close(self) -> None:
        """End it, where it has begun."""
        if "_opened" in self.__dict__:
            self._opened.close()

    @cached_property
    def _client(self) -> Any:
        return import_client("databricks.sql", "databricks")

    @cached_property
    def _opened(self) -> Any:
        client = self._client
        address = TargetAddress.parse(self._where, CONNECTION)
        with self._explained():
            return client.connect(
                server_hostname=address.host,
                http_path=f"/{address.path}",
                access_token=address.password,
                session_configuration={"timezone": "UTC", "ansi_mode": "true"},
                # the client may read these files, to put them into the volume
                staging_allowed_local_path=gettempdir(),
                **address.options,
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell by the kind of an error, or its words, what it is."""
        known = self._client.exc
        try:
            yield
        except (known.OperationalError, known.InterfaceError, OSError) as error:
            raise TargetUnreachable(f"Databricks does not answer, or refuses the login: {error}") from None
        except known.Error as error:
            if lack := lacking(str(error), DATABRICKS_RIGHTS):
                raise lack from None
            is_conflict = any(words in str(error) for words in _CONFLICT)
            raise (DeliveryConflict if is_conflict else TargetRefuses)(str(error)) from None
