"""The SQL of warehouses other than DuckDB, as data."""

from polyai_assets.contract.tables import quote
from polyai_assets.delivery.targets.dialect import Dialect, column_type


def _backslashed(text: str) -> str:
    """Quote a text for engines in whose literals a backslash escapes what follows it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _escaped(text: str) -> str:
    """Quote a text for engines that escape quotes and line ends by a backslash."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _ticked(name: str) -> str:
    """Quote an identifier for engines that quote it by backticks."""
    return f"`{name}`"


POSTGRES = Dialect(
    types={
        "VARCHAR": column_type("text", "character varying"),
        "TIMESTAMPTZ": column_type("timestamptz", "timestamp with time zone"),
        "DATE": column_type("date"),
        "BIGINT": column_type("bigint", "numeric"),
        "DOUBLE": column_type("double precision"),
        "BOOLEAN": column_type("boolean"),
        "VARCHAR[]": column_type("text[]", "character varying[]"),
        "JSON": column_type("jsonb", "json"),
    },
    values={
        "VARCHAR": "{}",
        "TIMESTAMPTZ": "CAST(CAST(extract(epoch FROM {}) * 1000000 AS bigint) AS text)",
        "DATE": "to_char({}, 'YYYY-MM-DD')",
        "BIGINT": "CAST({} AS text)",
        "DOUBLE": "CASE WHEN {0} IS NULL THEN NULL WHEN abs({0}) < 1e9 "
        "THEN CAST(CAST(floor({0} * 1e6::double precision + 0.5::double precision) AS bigint) AS text) ELSE 'big' END",
        "BOOLEAN": "CASE {} WHEN true THEN 't' WHEN false THEN 'f' END",
        "VARCHAR[]": "coalesce(array_to_string({}, chr(31)), '')",
    },
    digest="('x' || substr(md5({}), 1, 8))::bit(32)::bigint",
    replaces_nul=True,
)

SNOWFLAKE = Dialect(
    types={
        "VARCHAR": column_type("VARCHAR", "text"),
        "TIMESTAMPTZ": column_type("TIMESTAMP_TZ"),
        "DATE": column_type("DATE"),
        "BIGINT": column_type("BIGINT", "number"),
        "DOUBLE": column_type("FLOAT"),
        "BOOLEAN": column_type("BOOLEAN"),
        "VARCHAR[]": column_type("ARRAY", "variant"),
        "JSON": column_type("VARIANT"),
    },
    values={
        "VARCHAR": "{}",
        "TIMESTAMPTZ": "TO_VARCHAR(DATE_PART(EPOCH_MICROSECOND, {}))",
        "DATE": "TO_CHAR({}, 'YYYY-MM-DD')",
        "BIGINT": "TO_VARCHAR({})",
        "DOUBLE": "CASE WHEN {0} IS NULL THEN NULL WHEN ABS({0}) < 1e9 "
        "THEN TO_VARCHAR(CAST(FLOOR({0} * 1e6 + 0.5) AS NUMBER(38, 0))) ELSE 'big' END",
        "BOOLEAN": "CASE {} WHEN TRUE THEN 't' WHEN FALSE THEN 'f' END",
        "VARCHAR[]": "COALESCE(ARRAY_TO_STRING({}::ARRAY, CHR(31)), '')",
    },
    digest="BITSHIFTRIGHT(MD5_NUMBER_UPPER64({}), 32)",
    # the name that Snowflake makes of one without quotes, which also a reserved word may have
    quote=lambda name: quote(name.upper()),
    literal=_backslashed,
    column_comment=" COMMENT {}",
    table_ending=' CLUSTER BY ("DATE", "PROJECT") COMMENT = {}',
)

BIGQUERY = Dialect(
    types={
        "VARCHAR": column_type("STRING"),
        "TIMESTAMPTZ": column_type("TIMESTAMP"),
        "DATE": column_type("DATE"),
        "BIGINT": column_type("INT64", "numeric", "bignumeric"),
        "DOUBLE": column_type("FLOAT64"),
        "BOOLEAN": column_type("BOOL"),
        "VARCHAR[]": column_type("ARRAY<STRING>"),
        "JSON": column_type("JSON"),
    },
    values={
        "VARCHAR": "{}",
        "TIMESTAMPTZ": "CAST(UNIX_MICROS({}) AS STRING)",
        "DATE": "FORMAT_DATE('%Y-%m-%d', {})",
        "BIGINT": "CAST({} AS STRING)",
        "DOUBLE": "CASE WHEN {0} IS NULL THEN NULL WHEN ABS({0}) < 1e9 "
        "THEN CAST(CAST(FLOOR({0} * 1e6 + 0.5) AS INT64) AS STRING) ELSE 'big' END",
        "BOOLEAN": "CASE {} WHEN TRUE THEN 't' WHEN FALSE THEN 'f' END",
        "VARCHAR[]": "COALESCE(ARRAY_TO_STRING({}, CHR(31)), '')",
    },
    digest="CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5({})), 1, 8)) AS INT64)",
    quote=_ticked,
    literal=_escaped,
    column_comment=" OPTIONS (description = {})",
    table_ending=" PARTITION BY `date` CLUSTER BY `project` OPTIONS (description = {})",
)

DATABRICKS = Dialect(
    types={
        "VARCHAR": column_type("STRING"),
        "TIMESTAMPTZ": column_type("TIMESTAMP"),
        "DATE": column_type("DATE"),
        "BIGINT": column_type("BIGINT"),
        "DOUBLE": column_type("DOUBLE"),
        "BOOLEAN": column_type("BOOLEAN"),
        "VARCHAR[]": column_type("ARRAY<STRING>"),
        "JSON": column_type("STRING"),
    },
    values={
        "VARCHAR": "{}",
        "TIMESTAMPTZ": "CAST(unix_micros({}) AS STRING)",
        "DATE": "date_format({}, 'yyyy-MM-dd')",
        "BIGINT": "CAST({} AS STRING)",
        "DOUBLE": "CASE WHEN {0} IS NULL THEN NULL WHEN abs({0}) < 1e9 "
        "THEN CAST(CAST(floor({0} * 1e6D + 0.5D) AS BIGINT) AS STRING) ELSE 'big' END",
        "BOOLEAN": "CASE {} WHEN true THEN 't' WHEN false THEN 'f' END",
        "VARCHAR[]": "coalesce(array_join({}, chr(31)), '')",
    },
    digest="CAST(conv(substr(md5({}), 1, 8), 16, 10) AS BIGINT)",
    quote=_ticked,
    literal=_escaped,
    column_comment=" COMMENT {}",
    table_ending=" CLUSTER BY (`date`, `project`) COMMENT {}",
)
