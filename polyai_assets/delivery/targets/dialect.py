"""What differs between the SQL of targets, as data: types, quoting, and what a checksum is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from polyai_assets.contract.tables import literal, quote
from polyai_assets.delivery.manifest import ColumnPublished

JSON = "JSON"
"""The type of a published column that checksums leave out: each engine writes a document in its own way."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type of a target: as its DDL names it, and as its catalog reports it or a wider one, in lower case."""

    ddl: str
    accepts: frozenset[str]


def column_type(ddl: str, *reported: str) -> ColumnType:
    """Declare a type; its own name is among those that are accepted."""
    return ColumnType(ddl, frozenset({ddl.lower(), *reported}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The SQL of a kind of target.

    `types` has a type for each of the published ones: VARCHAR, TIMESTAMPTZ, DATE, BIGINT, DOUBLE, BOOLEAN, VARCHAR[]
    and JSON. `values` turns a value of each but JSON into the text that goes into a checksum, the same text in every
    dialect: an instant is microseconds since 1970, a date `2026-11-03`, a number of seconds rounded to the millionth
    as an integer or `big`, a list its items with U+001F between them, and no list the same as an empty one. `digest`
    makes an integer of the first 8 hexadecimal digits of the MD5 of a text: what is added up fits into 64 bits.
    `{}` stands for the expression. `replaces_nul` says that texts with a NUL character are refused, so that it is
    replaced. `column_comment` stands behind the type of a column, and `table_ending` behind the columns of a table,
    `{}` for the comment; without them comments are statements of their own.
    """

    types: Mapping[str, ColumnType]
    values: Mapping[str, str]
    digest: str
    quote: Callable[[str], str] = quote
    literal: Callable[[str], str] = literal
    replaces_nul: bool = False
    column_comment: str = ""
    table_ending: str = ""


def fingerprint(columns: Iterable[ColumnPublished], dialect: Dialect) -> str:
    """Give the expression that adds up a digest of every row, an integer; without rows it is 0.

    JSON is left out. Rows in another order have the same.
    """
    compared = sorted((column.name, column.type) for column in columns if column.type != JSON)
    values = [
        f"coalesce('=' || {dialect.values[kind].format(dialect.quote(name))}, '-')" for name, kind in compared
    ]
    total = f"coalesce(sum({dialect.digest.format(' || '.join(values))}), 0)"
    return f"CAST({total} AS {dialect.types['BIGINT'].ddl})"


def measuring(source: str, columns: Iterable[ColumnPublished], dialect: Dialect) -> str:
    """Give the query of each day's rows and fingerprint; `source` is what stands behind FROM."""
    day = dialect.quote("date")
    return f"SELECT {day}, count(*), {fingerprint(columns, dialect)} FROM {source} GROUP BY {day}"


DUCKDB = Dialect(
    types={
        "VARCHAR": column_type("VARCHAR"),
        "TIMESTAMPTZ": column_type("TIMESTAMPTZ", "timestamp with time zone"),
        "DATE": column_type("DATE"),
        "BIGINT": column_type("BIGINT", "hugeint"),
        "DOUBLE": column_type("DOUBLE"),
        "BOOLEAN": column_type("BOOLEAN"),
        "VARCHAR[]": column_type("VARCHAR[]"),
        "JSON": column_type("JSON"),
    },
    values={
        "VARCHAR": "{}",
        "TIMESTAMPTZ": "CAST(epoch_us({}) AS VARCHAR)",
        "DATE": "strftime({}, '%Y-%m-%d')",
        "BIGINT": "CAST({} AS VARCHAR)",
        "DOUBLE": "CASE WHEN {0} IS NULL THEN NULL WHEN abs({0}) < 1e9 "
        "THEN CAST(CAST(floor({0} * 1e6 + 0.5) AS BIGINT) AS VARCHAR) ELSE 'big' END",
        "BOOLEAN": "CASE {} WHEN true THEN 't' WHEN false THEN 'f' END",
        "VARCHAR[]": "coalesce(array_to_string({}, chr(31)), '')",
    },
    digest="CAST('0x' || md5({})[:8] AS BIGINT)",
)
"""What files are read with, and what a DuckDB file, a DuckLake and MotherDuck speak."""
