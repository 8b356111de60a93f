"""The kinds of targets, by the words of the option `type`. A kind's file is imported when one is opened."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from polyai_assets.delivery.settings import DeliverySettings

if TYPE_CHECKING:
    import duckdb

    from polyai_assets.delivery.targets.target import DeliveryTarget

TARGET_KINDS = {
    "postgres": "postgres.Postgres",
    "duckdb": "duck.DuckDB",
    "ducklake": "duck.DuckDB",
    "motherduck": "duck.MotherDuck",
    "snowflake": "snowflake.Snowflake",
    "bigquery": "bigquery.BigQuery",
    "databricks": "databricks.Databricks",
    "iceberg": "iceberg.Iceberg",
    "delta": "delta.Delta",
}
"""By kind: the module in this folder, and the class in it."""


def open_target(settings: DeliverySettings, connection: "duckdb.DuckDBPyConnection") -> "DeliveryTarget":
    """Make a target, which connects when it is first asked for something; `connection` is where files are read.

    Raises NoConnection.
    """
    module, _, name = TARGET_KINDS[settings.kind].partition(".")
    kind: Callable[..., DeliveryTarget] = getattr(import_module(f"{__package__}.{module}"), name)
    return kind(connection, settings)
