"""A checksum over rows, in SQL: the same for the same rows, in whatever order they lie and wherever they are read."""

from collections.abc import Sequence

from polyai_assets.contract.tables import quote

_PRIME = 9_223_372_036_854_775_783
"""The greatest prime below 2^63: what is left of a digest by it fits into 64 bits."""


def checksum_of(columns: Sequence[str]) -> str:
    """Give the expression that sums up a digest of every row, as text; without rows it is 0."""
    values = ", ".join(f"coalesce('=' || CAST({quote(name)} AS VARCHAR), '-')" for name in columns)
    digest = f"CAST(md5_number(concat_ws(chr(31), {values})) % {_PRIME} AS BIGINT)"
    return f"CAST(coalesce(sum({digest}), 0) AS VARCHAR)"
