import json
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyai_assets_tests.contract.records import CLEAN, payload, repeating, unicode_text
from polyai_assets_tests.examples import examples
from polyai_assets_tests.warehouse.conftest import batch, rows, stage

EXAMPLES = settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
AT_ONCE = 8
"""Records of an example: to stage one takes as long as to stage several."""

names = unicode_text | st.text("/~.$\"'[]*#01 \\\0", max_size=5)
metrics = st.dictionaries(names, unicode_text | st.lists(unicode_text, max_size=3), max_size=6)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def staged_metrics(connection: duckdb.DuckDBPyConnection, body: bytes) -> list[tuple[Any, ...]]:
    stage(connection, batch(body))
    found = rows(connection, "SELECT name, position, value, value_double FROM staged_metrics ORDER BY ALL")
    return [tuple(row.values()) for row in found]


@pytest.mark.slow
@given(st.lists(st.tuples(metrics, st.booleans()), min_size=1, max_size=AT_ONCE))
@EXAMPLES
def test_every_value_of_every_metric_is_a_row(
    connection: duckdb.DuckDBPyConnection, sent: list[tuple[dict[str, Any], bool]]
) -> None:
    bodies = [
        # one with an unknown field is not strict: it takes the other road
        payload(id=f"CA{place}", metrics=one, **({"unknown": 1} if with_unknown_field else {}))
        for place, (one, with_unknown_field) in enumerate(sent)
    ]
    stage(connection, batch(*bodies))
    found = rows(connection, "SELECT conversation_id, name, position, value FROM staged_metrics")
    kept = rows(connection, "SELECT conversation_id, extra -> 'metrics' AS metrics FROM staged_conversations")
    for place, (one, _) in enumerate(sent):
        listed = {name: value if isinstance(value, list) else [value] for name, value in one.items()}
        expected = [
            (name, position, value)
            for name, values in listed.items()
            for position, value in enumerate(values)
        ]
        mine = [(*row.values(),)[1:] for row in found if row["conversation_id"] == f"CA{place}"]
        assert sorted(mine) == sorted(expected)
        (extra,) = (row["metrics"] for row in kept if row["conversation_id"] == f"CA{place}")
        assert json.loads(extra or "{}") == {name: [] for name, values in listed.items() if not values}


NAMES = (
    *("", " ", "/", "//", "~", "~0", "~1", "a/b~c", ".", "$", "$.a", "*", "[*]", "[0]", "#", "0", "17", "-1"),
    *('"', "\\", "\0"),
)


def test_a_metric_may_have_any_name(connection: duckdb.DuckDBPyConnection) -> None:
    stage(
        connection,
        batch(
            *(
                payload(id=f"CA{place:02}", metrics={"other": "x", name: "7"})
                for place, name in enumerate(NAMES)
            )
        ),
    )
    found = rows(
        connection, "SELECT conversation_id, name, position, value, value_double FROM staged_metrics"
    )
    for place, name in enumerate(NAMES):
        mine = [(*row.values(),)[1:] for row in found if row["conversation_id"] == f"CA{place:02}"]
        assert sorted(mine, key=str) == sorted([("other", 0, "x", None), (name, 0, "7", 7.0)], key=str)


@pytest.mark.slow
@given(st.lists(numbers, min_size=1, max_size=AT_ONCE))
@EXAMPLES
def test_a_value_that_is_a_number_is_kept_as_one_too(
    connection: duckdb.DuckDBPyConnection, sent: list[float]
) -> None:
    found = staged_metrics(connection, payload(metrics={"a": [str(number) for number in sent]}))
    assert found == [("a", place, str(number), float(number)) for place, number in enumerate(sent)]


def test_a_value_that_is_no_finite_number_is_text_alone(connection: duckdb.DuckDBPyConnection) -> None:
    sent = ["", " ", "x", "NaN", "nan", "inf", "Infinity", "-infinity", "1e999", "1,5", "0x10"]
    assert staged_metrics(connection, payload(metrics={"a": sent})) == [
        ("a", place, value, None) for place, value in enumerate(sent)
    ]


def test_values_that_are_no_text_are_kept_as_json(connection: duckdb.DuckDBPyConnection) -> None:
    sent = {"a": 1, "b": None, "c": {"d": "é"}, "e": ["x", 2.5, None], "f": True, "g": 2**70}
    assert staged_metrics(connection, payload(metrics=sent)) == [
        ("a", 0, "1", 1.0),
        ("b", 0, "", None),
        ("c", 0, '{"d": "é"}', None),
        ("e", 0, "x", None),
        ("e", 1, "2.5", 2.5),
        ("e", 2, "", None),
        ("f", 0, "true", None),
        ("g", 0, str(2**70), float(2**70)),
    ]


def test_a_metric_that_comes_twice_has_the_values_of_both(connection: duckdb.DuckDBPyConnection) -> None:
    body = repeating(CLEAN, '"metrics": {"a": "1", "b": "x", "a": ["2", "3"]}')
    assert staged_metrics(connection, body) == [
        ("a", 0, "1", 1.0),
        ("a", 1, "2", 2.0),
        ("a", 2, "3", 3.0),
        ("b", 0, "x", None),
    ]


def test_metrics_of_several_conversations_stay_apart(connection: duckdb.DuckDBPyConnection) -> None:
    stage(
        connection, batch(*(payload(id=f"CA{n}", metrics={"a": str(n), "b": [str(n)] * n}) for n in range(3)))
    )
    found = rows(connection, "SELECT conversation_id, name, value FROM staged_metrics ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [
        (f"CA{n}", name, str(n)) for n in range(3) for name in ["a"] + ["b"] * n
    ]
