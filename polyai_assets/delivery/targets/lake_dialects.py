"""The types of lakes. They are read by DuckDB, so that nothing else of their SQL is their own."""

from dataclasses import replace

from polyai_assets.delivery.targets.dialect import DUCKDB, column_type

ICEBERG = replace(
    DUCKDB,
    types={
        "VARCHAR": column_type("string"),
        "TIMESTAMPTZ": column_type("timestamptz"),
        "DATE": column_type("date"),
        "BIGINT": column_type("long"),
        "DOUBLE": column_type("double"),
        "BOOLEAN": column_type("boolean"),
        "VARCHAR[]": column_type("list<string>"),
        "JSON": column_type("string"),
    },
)

DELTA = replace(
    ICEBERG,
    types={
        **ICEBERG.types,
        "TIMESTAMPTZ": column_type("timestamp"),
        "VARCHAR[]": column_type("array<string>"),
    },
)
