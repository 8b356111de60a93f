"""Delta Lake: tables in a folder or an object store, by deltalake; a day's replacement is one commit of each table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.contract.tables import literal
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.client import import_client, split_options
from polyai_assets.delivery.targets.lake import LakeTarget, describe_commit
from polyai_assets.delivery.targets.lake_dialects import DELTA
from polyai_assets.delivery.targets.lake_rows import arrow_schema
from polyai_assets.delivery.targets.table_by_table import with_version
from polyai_assets.delivery.targets.target import (
    CONVERSATION,
    DeliveryConflict,
    TargetRefuses,
    TargetUnreachable,
)

if TYPE_CHECKING:
    import pyarrow as pa


class Delta(LakeTarget):
    """A folder of tables: a path or a URL, with options of the storage behind the question mark."""

    dialect = DELTA

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        super().__init__(connection)
        root, self._options = split_options(settings.where)
        self._root = f"{root.rstrip('/')}/{settings.schema}"

    @cached_property
    def _client(self) -> Any:
        return import_client("deltalake", "delta")

    def probe(self) -> None:
        """Look for a log in the storage."""
        self.open("polyai_delivery_log")

    def open(self, table: str) -> Any:
        """Open a table in its newest version; see LakeTarget."""
        client = self._client
        with self._explained():
            place = f"{self._root}/{table}"
            if not client.DeltaTable.is_deltatable(place, self._options):
                return None
            return client.DeltaTable(place, storage_options=self._options)

    def types(self, opened: Any) -> Mapping[str, str]:
        """Read the schema, with the names of types as Delta has them; see LakeTarget."""
        return {field.name: _type_of(field.type) for field in opened.schema().fields}

    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create a table by project and date; see DeliveryTarget."""
        client = self._client
        with self._explained():
            client.DeltaTable.create(
                f"{self._root}/{table}",
                client.Schema.from_arrow(arrow_schema(with_version(table, columns), comments)),
                mode="ignore",
                partition_by=["project", "date"],
                description=comments.get("") or None,
                storage_options=self._options,
            )

    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns in one commit; see DeliveryTarget."""
        opened = self.open(table)
        with self._explained():
            fields = self._client.Schema.from_arrow(arrow_schema(columns, comments)).fields
            opened.alter.add_columns(fields)

    def read(self, opened: Any, columns: Sequence[str], project: str | None, days: Collection[date]) -> Any:
        """Give its files, of which DuckDB skips those of other days; see LakeTarget."""
        with self._explained():
            return opened.to_pyarrow_dataset()

    def overwrite(
        self,
        opened: Any,
        rows: "pa.RecordBatchReader",
        project: str,
        days: Collection[date],
        versions: Mapping[date, int],
    ) -> None:
        """Replace what a predicate selects, upon the version that was opened; see LakeTarget."""
        client = self._client
        begun = [client.Transaction(_application(project, day), versions[day]) for day in versions]
        listed = ", ".join(f"CAST('{day}' AS DATE)" for day in sorted(days))
        with self._explained():
            client.write_deltalake(
                opened,
                rows,
                mode="overwrite",
                schema_mode="merge",
                predicate=f"project = {literal(project)} AND date IN ({listed})",
                commit_properties=client.CommitProperties(describe_commit(project, versions), 0, begun),
            )

    def versions(self, opened: Any, project: str, days: Collection[date]) -> Mapping[date, int]:
        """Read them as those of an application's transactions; see LakeTarget."""
        with self._explained():
            found = {day: opened.transaction_version(_application(project, day)) for day in days}
        return {day: version for day, version in found.items() if version is not None}

    def delete(self, opened: Any, project: str, conversations: Collection[str]) -> None:
        """Rewrite the files that have rows of them; see LakeTarget."""
        listed = ", ".join(map(literal, sorted(conversations)))
        with self._explained():
            opened.delete(f"project = {literal(project)} AND {CONVERSATION} IN ({listed})")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell by the kind of an error what it is."""
        known = import_client("deltalake.exceptions", "delta")
        try:
            yield
        except known.CommitFailedError as error:
            raise DeliveryConflict(str(error)) from None
        except OSError as error:
            raise TargetUnreachable(f"the storage does not answer: {error}") from None
        except (known.DeltaError, ValueError) as error:
            raise TargetRefuses(f"Delta does not take it: {error}") from None


def _application(project: str, day: date) -> str:
    return f"polyai {project} {day}"


def _type_of(found: Any) -> str:
    """Name a type as Delta does; `array<string>` for a list of texts."""
    if found.type == "array":
        return f"array<{found.element_type.type}>"
    return str(found.type)
