"""The metrics of a detail as rows, whatever is in them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from polyai_assets.contract.drift import DriftKind
from polyai_assets_tests.contract.details import RECORDED, rows_from


def metrics_of(sent: Any) -> tuple[list[tuple[Any, ...]], list[Any]]:
    found = rows_from(RECORDED | {"metrics": sent})
    columns = ("name", "position", "value", "recorded_at", "extra")
    return [tuple(row[name] for name in columns) for row in found.metrics], found.drift


def test_a_metric_as_recorded_is_a_row_with_its_moment_in_utc() -> None:
    (row,) = rows_from(RECORDED).metrics
    assert row == {
        "conversation_id": "CA1",
        "name": "CALL_DURATION",
        "position": 0,
        "value": "73",
        "recorded_at": datetime(2026, 6, 3, 13, 19, 19, 757917, UTC),
        "extra": None,
    }


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"A": "5"}, [("A", 0, "5", None, None)]),
        ({"A": ["1", "2"]}, [("A", 0, "1", None, None), ("A", 1, "2", None, None)]),
        ({"A": [{"value": None, "timestamp": None}]}, [("A", 0, "", None, None)]),
        ({"A": None, "B": [], "C": [None]}, []),
        ({}, []),
        (None, []),
    ],
)
def test_the_other_forms_of_metrics_are_rows_without_a_time(sent: Any, found: list[Any]) -> None:
    assert metrics_of(sent) == (found, [])


@pytest.mark.parametrize(
    ("event", "value", "extra", "drift"),
    [
        (7, "7", None, ("", DriftKind.TYPE_CHANGED, "a number instead of object")),
        ({"value": 7}, "7", None, (".value", DriftKind.TYPE_CHANGED, "a number instead of text")),
        ({"value": "x", "unit": "s"}, "x", {"unit": "s"}, (".unit", DriftKind.ADDED, "text like 'x'")),
        (
            {"value": "x", "timestamp": "soon"},
            "x",
            {"timestamp": "soon"},
            (".timestamp", DriftKind.TYPE_CHANGED, "text like 'xxxx' instead of timestamp"),
        ),
    ],
)
def test_what_is_not_as_declared_is_kept_and_told(
    event: Any, value: str, extra: Any, drift: tuple[str, DriftKind, str]
) -> None:
    ((name, position, kept, recorded_at, rest),), told = metrics_of({"A": [event]})
    assert (name, position, kept, recorded_at) == ("A", 0, value, None)
    assert json.loads(rest or "null") == extra
    assert told == [(f"details.metrics[]{drift[0]}", *drift[1:])]


def test_a_metric_that_comes_twice_is_counted_through() -> None:
    found = rows_from(
        b'{"conversationId": "CA1", "accountId": "a", "projectId": "p", "metrics": {"A": "1", "A": "2"}}'
    )
    assert [(row["name"], row["position"], row["value"]) for row in found.metrics] == [
        ("A", 0, "1"),
        ("A", 1, "2"),
    ]
