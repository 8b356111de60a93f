"""BigQuery: rows are loaded into tables that expire, and inserted by one script, which is one transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import duckdb

from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.client import TargetAddress, import_client
from polyai_assets.delivery.targets.dialects import BIGQUERY
from polyai_assets.delivery.targets.rights import BIGQUERY_RIGHTS, lacking
from polyai_assets.delivery.targets.scripted import CHANGED, ScriptedTarget
from polyai_assets.delivery.targets.staged import StagedAs
from polyai_assets.delivery.targets.target import (
    DeliveryConflict,
    TargetRefuses,
    TargetUnreachable,
    columns_by_table,
)

CONNECTION = "bigquery://project?location=…&credentials=/path/of/key.json"
_CONFLICT = ("concurrent update", CHANGED)


class BigQuery(ScriptedTarget):
    """A dataset of a project, by the application's default credentials or a key's file."""

    dialect = BIGQUERY
    staged_as: ClassVar[Mapping[str, StagedAs]] = {
        "JSON": StagedAs("CAST({} AS VARCHAR)", "STRING", "PARSE_JSON({}, wide_number_mode => 'round')")
    }

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        self._where = settings.where
        self._dataset = settings.schema
        self.schema = self.dialect.quote(settings.schema)
        self._load = uuid4().hex[:12]
        super().__init__()

    @cached_property
    def _client(self) -> Any:
        client = import_client("google.cloud.bigquery", "bigquery")
        address = TargetAddress.parse(self._where, CONNECTION)
        key, location = address.options.get("credentials"), address.options.get("location")
        with self._explained():
            if key:
                return client.Client.from_service_account_json(key, project=address.host, location=location)
            return client.Client(project=address.host, location=location)

    def probe(self) -> None:
        """Connect, and run a query that reads nothing."""
        self.run("SELECT 1")

    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Read the dataset's catalog; see DeliveryTarget."""
        if not self._has_dataset():
            return {}
        listed = ", ".join(map(self.value, tables))
        return columns_by_table(
            self.ask(
                f"SELECT table_name, column_name, data_type FROM {self.schema}.INFORMATION_SCHEMA.COLUMNS "
                f"WHERE table_name IN ({listed})"
            ),
            fold=True,
        )

    def make_schema(self) -> None:
        """Create the dataset where it is missing: to ask for one that is there needs a right, too."""
        if not self._has_dataset():
            super().make_schema()

    def staging(self, table: str) -> str:
        """Name a table of this process."""
        return self.relation(self._staging(table))

    def upload(self, table: str, columns: Sequence[ColumnPublished], file: Path) -> None:
        """Load the file into a table that expires in a day; see StagedTarget."""
        client = import_client("google.cloud.bigquery", "bigquery")
        self.run(
            f"CREATE OR REPLACE TABLE {self.staging(table)} ({self.staged_columns(columns)}) OPTIONS "
            "(expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY))"
        )
        config = client.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
        options = client.format_options.ParquetOptions()
        options.enable_list_inference = True
        config.parquet_options = options
        place = f"{self._client.project}.{self._dataset}.{self._staging(table)}"
        with file.open("rb") as opened, self._explained():
            self._client.load_table_from_file(opened, place, job_config=config).result()

    def clear(self, table: str) -> None:
        """Drop the table."""
        self.ask(f"DROP TABLE IF EXISTS {self.staging(table)}")

    def close(self) -> None:
        """End the client's connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def _staging(self, table: str) -> str:
        return f"_staging_{table}_{self._load}"

    def _has_dataset(self) -> bool:
        known = import_client("google.api_core.exceptions", "bigquery")
        client = self._client
        with self._explained():
            try:
                client.get_dataset(self._dataset)
            except known.NotFound:
                return False
        return True

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a query, or a script, and wait for it."""
        client = self._client
        with self._explained():
            return [tuple(row.values()) for row in client.query(statement).result()]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell by the kind of an error, or its words, what it is."""
        known = import_client("google.api_core.exceptions", "bigquery")
        login = import_client("google.auth.exceptions", "bigquery")
        try:
            yield
        except (
            login.GoogleAuthError,
            known.Unauthorized,
            known.ServerError,
            known.RetryError,
            OSError,
        ) as error:
            raise TargetUnreachable(f"BigQuery does not answer, or refuses the login: {error}") from None
        except known.GoogleAPIError as error:
            if lack := lacking(str(error), BIGQUERY_RIGHTS):
                raise lack from None
            is_conflict = any(words in str(error) for words in _CONFLICT)
            raise (DeliveryConflict if is_conflict else TargetRefuses)(str(error)) from None
