"""Iceberg: tables of a catalog, by pyiceberg; each day's replacement is one snapshot of each table."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.client import import_client, split_options
from polyai_assets.delivery.targets.iceberg_errors import explained
from polyai_assets.delivery.targets.lake import LakeTarget, describe_commit
from polyai_assets.delivery.targets.lake_dialects import ICEBERG
from polyai_assets.delivery.targets.lake_rows import arrow_schema
from polyai_assets.delivery.targets.table_by_table import with_version
from polyai_assets.delivery.targets.target import CONVERSATION

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST_DELIVERY = timedelta(days=1)
"""Snapshots that are older are of no delivery that is still under way."""

_NOTHING_DELETED = "Delete operation did not match any records"


class Iceberg(LakeTarget):
    """A namespace of a catalog: its URI, with pyiceberg's properties of a catalog behind the question mark."""

    dialect = ICEBERG

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        super().__init__(connection)
        self._where = settings.where
        self._namespace = settings.schema

    @cached_property
    def _catalog(self) -> Any:
        client = import_client("pyiceberg.catalog", "iceberg")
        uri, properties = split_options(self._where)
        with explained():
            return client.load_catalog("polyai", **({"uri": uri} if uri else {}), **properties)

    def probe(self) -> None:
        """Connect, and look for the namespace."""
        catalog = self._catalog
        with explained():
            catalog.namespace_exists(self._namespace)

    def open(self, table: str) -> Any:
        """Load a table with its newest snapshot; see LakeTarget."""
        catalog = self._catalog
        missing = import_client("pyiceberg.exceptions", "iceberg")
        with explained():
            try:
                return catalog.load_table((self._namespace, table))
            except (missing.NoSuchTableError, missing.NoSuchNamespaceError):
                return None

    def types(self, opened: Any) -> Mapping[str, str]:
        """Read the schema, with the names of types as Iceberg has them; see LakeTarget."""
        return {field.name: str(field.field_type) for field in opened.schema().fields}

    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create a table by project and date; see DeliveryTarget."""
        catalog = self._catalog
        there = import_client("pyiceberg.exceptions", "iceberg").TableAlreadyExistsError
        schema = arrow_schema(with_version(table, columns), comments)
        with explained():
            catalog.create_namespace_if_not_exists(self._namespace)
            try:
                with catalog.create_table_transaction(
                    (self._namespace, table), schema, properties={"comment": comments.get("", "")}
                ) as made, made.update_spec() as spec:  # fmt: skip
                    spec.add_identity("project").add_identity("date")
            except there:
                return

    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns in one commit; see DeliveryTarget."""
        opened = self.open(table)
        with explained(), opened.update_schema() as update:
            update.union_by_name(arrow_schema(columns, comments))

    def read(self, opened: Any, columns: Sequence[str], project: str | None, days: Collection[date]) -> Any:
        """Scan a snapshot; see LakeTarget."""
        with explained():
            filters = {"row_filter": _of_days(project, days)} if project is not None else {}
            return opened.scan(selected_fields=tuple(columns), **filters).to_arrow_batch_reader()

    def overwrite(
        self,
        opened: Any,
        rows: "pa.RecordBatchReader",
        project: str,
        days: Collection[date],
        versions: Mapping[date, int],
    ) -> None:
        """Delete and add in one commit; see LakeTarget."""
        # pyiceberg repeats a commit upon a newer snapshot unless this property, of which it reads its own copy, is 0
        properties = {**opened.metadata.properties, "commit.retry.num-retries": "0"}
        opened.metadata = opened.metadata.model_copy(update={"properties": properties})
        with explained(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", _NOTHING_DELETED)
            described = describe_commit(project, versions)
            opened.overwrite(rows.read_all(), _of_days(project, days), snapshot_properties=described)

    def versions(self, opened: Any, project: str, days: Collection[date]) -> Mapping[date, int]:
        """Read the summaries of snapshots; see LakeTarget."""
        oldest = (datetime.now(UTC) - _LONGEST_DELIVERY).timestamp() * 1_000
        found: dict[date, int] = {}
        for snapshot in opened.metadata.snapshots:
            said = snapshot.summary.additional_properties if snapshot.summary else {}
            if snapshot.timestamp_ms < oldest or said.get("polyai.project") != project:
                continue
            for item in said["polyai.versions"].split(","):
                day, _, version = item.partition("=")
                found[date.fromisoformat(day)] = max(found.get(date.fromisoformat(day), 0), int(version))
        return {day: version for day, version in found.items() if day in days}

    def delete(self, opened: Any, project: str, conversations: Collection[str]) -> None:
        """Rewrite the files that have rows of them; see LakeTarget."""
        expressions = import_client("pyiceberg.expressions", "iceberg")
        of_project = expressions.EqualTo("project", project)
        with explained(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", _NOTHING_DELETED)
            opened.delete(expressions.And(of_project, expressions.In(CONVERSATION, set(conversations))))


def _of_days(project: str | None, days: Collection[date]) -> Any:
    expressions = import_client("pyiceberg.expressions", "iceberg")
    of_project = expressions.EqualTo("project", project)
    return expressions.And(of_project, expressions.In("date", set(days))) if days else of_project
