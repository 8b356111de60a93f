"""The past of reference data: which rows held when."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.warehouse.reference import versioned_rows

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (datetime(2026, 6, day, tzinfo=UTC) for day in range(1, 5))
Contents = dict[str, int]


def snapshot(at: datetime, contents: Contents) -> tuple[datetime, dict[tuple[Any, ...], dict[str, Any]]]:
    return at, {(name,): {"name": name, "value": value} for name, value in contents.items()}


def test_a_row_that_changed_ends_and_one_that_is_gone_may_come_back() -> None:
    found = versioned_rows(
        [
            snapshot(MONDAY, {"same": 0, "changed": 1, "gone": 2}),
            snapshot(TUESDAY, {"same": 0, "changed": 9}),
            snapshot(WEDNESDAY, {"same": 0, "changed": 9, "gone": 2}),
        ]
    )
    assert [tuple(row.values()) for row in found] == [
        ("changed", 1, MONDAY, TUESDAY),
        ("gone", 2, MONDAY, TUESDAY),
        ("same", 0, MONDAY, None),
        ("changed", 9, TUESDAY, None),
        ("gone", 2, WEDNESDAY, None),
    ]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), max_size=6))
def test_at_every_moment_exactly_the_rows_of_its_snapshot_held(contents: list[Contents]) -> None:
    moments = [MONDAY + timedelta(days=number) for number in range(len(contents))]
    found = versioned_rows(snapshot(at, content) for at, content in zip(moments, contents, strict=True))
    for at, content in zip(moments, contents, strict=True):
        held = [
            row
            for row in found
            if row["valid_from"] <= at < (row["valid_until"] or datetime.max.replace(tzinfo=UTC))
        ]
        assert sorted((row["name"], row["value"]) for row in held) == sorted(content.items())
