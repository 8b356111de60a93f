"""What Dagster shows of each asset: grain, kinds, columns, where it lies."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dagster as dg

from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.fields import Field, constraints_of, key_of, never_null
from polyai_assets.contract.tables import CONVERSATIONS, METRICS, TURNS, Table
from polyai_assets.raw.header import PAYLOAD, Row, columns_of
from polyai_assets.warehouse.target import Target

RAW = "raw_conversations"
RAW_DETAILS = "raw_details"
STEP = "ingest_step"
TABLES = (CONVERSATIONS, TURNS, METRICS)
"""The tables that are assets, in the order of the step's outputs."""

_RAW_TYPES: Mapping[type, str] = {
    str: "string",
    datetime: "timestamp[us, tz=UTC]",
    bool: "bool",
    int: "int64",
    bytes: "fixed_size_binary[32]",
}
RAW_COLUMNS = [
    *(dg.TableColumn(column.name, _RAW_TYPES[column.kind], column.description) for column in columns_of(Row)),
    dg.TableColumn(PAYLOAD.name, "binary", PAYLOAD.description),
]
"""Columns of a raw file."""

_PAYLOAD = "payload"
_READ_BEFORE: Mapping[str, str | None] = {"date": "started_at", "started_at": "started_at"}
"""Columns that come from what the raw store has read of a record already, and from which of its columns."""
_OF_THE_PARTITION = ("project", "region")
"""Columns that come from the partition's key and from no column of the raw store."""

GROUP = "polyai"
OWNERS = ["team:data-platform"]


def raw_spec(platform: PlatformConfig) -> dg.AssetSpec:
    """Describe the raw store as an asset."""
    return dg.AssetSpec(
        asset_key(platform, RAW),
        description=(
            "One Parquet file and one certificate per project and UTC date: every conversation exactly as the "
            "API sent it. The tables are rebuilt from here without a call to the API."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"api", "parquet"},
        metadata={"raw_store": platform.raw_store, "dagster/column_schema": dg.TableSchema(RAW_COLUMNS)},
    )


def table_spec(
    platform: PlatformConfig,
    table: Table,
    source: str | None = RAW,
    read_before: Mapping[str, str | None] = _READ_BEFORE,
) -> dg.AssetSpec:
    """Describe a table of the warehouse as an asset that is made from another one, the `source`, or by the API itself.

    `read_before` are the columns that come from a column of the source, or from none (None); the others come from its
    payload.
    """
    metadata = {"dagster/table_name": f"main.{table.name}", "dagster/column_schema": _schema(table)}
    if source is not None:
        metadata["dagster/column_lineage"] = _lineage(platform, table, source, read_before)
    kind = "ducklake" if Target(platform.warehouse).is_ducklake else "duckdb"
    return dg.AssetSpec(
        asset_key(platform, table.name),
        deps=[] if source is None else [asset_key(platform, source)],
        description=table.grain,
        group_name=GROUP,
        owners=OWNERS,
        kinds={kind, "api"} if source is None else {kind},
        tags={f"pii/{name}": "" for name in table.personal},
        metadata=metadata,
    )


def asset_key(platform: PlatformConfig, name: str) -> dg.AssetKey:
    """Name an asset, under the configured prefix."""
    return dg.AssetKey([*platform.key_prefix, name])


def step_name(platform: PlatformConfig, name: str = STEP) -> str:
    """Name a step, by default the ingest step, under the configured prefix. A job has no name that a step has."""
    return "_".join([*platform.key_prefix, name])


def ingest_keys(platform: PlatformConfig) -> Sequence[dg.AssetKey]:
    """Name the assets of the ingest step: the raw store and the tables."""
    return [asset_key(platform, RAW), *table_keys(platform)]


def table_keys(platform: PlatformConfig) -> Sequence[dg.AssetKey]:
    """Name the tables of the ingest step, which a replay builds again."""
    return [asset_key(platform, table.name) for table in TABLES]


def _schema(table: Table) -> dg.TableSchema:
    key = key_of(table.fields)
    return dg.TableSchema(
        [_column(field, unique=key == [field.name]) for field in table.fields],
        constraints=dg.TableConstraints(other=[f"unique together: {', '.join(key)}"] if len(key) > 1 else []),
    )


def _column(field: Field, *, unique: bool) -> dg.TableColumn:
    return dg.TableColumn(
        field.name,
        field.kind.sql_type,
        description=field.comment,
        constraints=dg.TableColumnConstraints(
            nullable=not never_null(field), unique=unique, other=constraints_of(field)
        ),
        tags=_tags(field),
    )


def _tags(field: Field) -> dict[str, str]:
    personal = {"pii": field.personal} if field.personal else {}
    return ({"key": ""} if field.key else {}) | personal


def _lineage(
    platform: PlatformConfig, table: Table, source: str, read_before: Mapping[str, str | None]
) -> dg.TableColumnLineage:
    """Trace every column of a table to the raw store.

    It stands in the definition: nothing about it changes from one materialization to the next, and so the events
    of a long backfill need not repeat it.
    """
    raw = asset_key(platform, source)
    columns = {field.name: read_before.get(field.name, _PAYLOAD) for field in table.fields}
    return dg.TableColumnLineage(
        {
            name: [] if column is None or name in _OF_THE_PARTITION else [dg.TableColumnDep(raw, column)]
            for name, column in columns.items()
        }
    )
