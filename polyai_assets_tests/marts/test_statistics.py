"""Bounds of shares and of their differences: as published, and as Python finds them from their definition."""

import math
from collections.abc import Iterator

import duckdb
import pytest

from polyai_assets.contract.ratios import RATIOS
from polyai_assets.marts.statements import execute_all, macro_statements


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        execute_all(connection, macro_statements())
        yield connection


def asked(connection: duckdb.DuckDBPyConnection, call: str, *values: object) -> object:
    return connection.execute(f"SELECT {call}", list(values)).fetchall()[0][0]


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_as_newcombe_published_it(
    macros: duckdb.DuckDBPyConnection, k: int, n: int, low: float, high: float
):
    found = asked(macros, "[wilson_low($1, $2), wilson_high($1, $2)]", k, n)
    assert found == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_as_newcombe_published_it(
    macros: duckdb.DuckDBPyConnection,
    first: tuple[int, int],
    second: tuple[int, int],
    low: float,
    high: float,
):
    found = asked(macros, "[newcombe_low($1, $2, $3, $4), newcombe_high($1, $2, $3, $4)]", *first, *second)
    assert found == pytest.approx([low, high], abs=5e-5)


def test_the_bounds_of_a_share_are_where_a_test_would_just_not_reject(macros: duckdb.DuckDBPyConnection):
    rows = macros.execute(
        "SELECT k, n, wilson_low(k, n), wilson_high(k, n) FROM (SELECT n, unnest(generate_series(0, n)) AS k "
        "FROM (SELECT unnest([1, 2, 7, 50, 333, 1999]) AS n))"
    ).fetchall()
    for k, n, low, high in rows:
        for bound in (low, high):
            if 1e-9 < bound < 1 - 1e-9:
                z = abs(k / n - bound) / math.sqrt(bound * (1 - bound) / n)
                assert z == pytest.approx(1.959963984540054, rel=1e-6), (k, n)
        assert 0 <= low <= k / n + 1e-12, (k, n)
        assert k / n - 1e-12 <= high <= 1, (k, n)
    assert len(rows) > 2000


def test_nothing_is_no_share(macros: duckdb.DuckDBPyConnection):
    found = asked(
        macros, "[wilson_low(0, 0), wilson_high(0, 0), newcombe_low(0, 0, 1, 2), newcombe_high(1, 2, 0, 0)]"
    )
    assert found == [None] * 4
    nothing = [asked(macros, f"{ratio.name}({', '.join('0' for _ in ratio.measures)})") for ratio in RATIOS]
    assert nothing == [None] * len(RATIOS)


@pytest.mark.parametrize(("n", "figure"), [(49, None), (50, 0.5)])
def test_a_figure_of_too_few_cases_is_none(macros: duckdb.DuckDBPyConnection, n: int, figure: float | None):
    assert asked(macros, "if_enough(0.5, $1, 50)", n) == figure
