"""Months of the copy that are made together: neighbours with few calls."""

from datetime import date

import pytest

from polyai_assets.marts.months import CopiedMonth, days_of, made_together

NOVEMBER, DECEMBER, JANUARY, MARCH = (
    date(2025, 11, 1),
    date(2025, 12, 1),
    date(2026, 1, 1),
    date(2026, 3, 1),
)


@pytest.mark.parametrize(
    ("calls", "together"),
    [
        ({}, []),
        ({NOVEMBER: 0, DECEMBER: 10, JANUARY: 20}, [[NOVEMBER, DECEMBER, JANUARY]]),
        ({DECEMBER: 10, JANUARY: 20, MARCH: 5}, [[DECEMBER, JANUARY], [MARCH]]),
        ({NOVEMBER: 30_000, DECEMBER: 20_000, JANUARY: 1}, [[NOVEMBER, DECEMBER], [JANUARY]]),
        ({NOVEMBER: 900_000, DECEMBER: 0, JANUARY: 50_000}, [[NOVEMBER], [DECEMBER, JANUARY]]),
    ],
)
def test_neighbours_are_made_together_up_to_so_many_calls(
    calls: dict[date, int], together: list[list[date]]
) -> None:
    months = [CopiedMonth(first, "", number) for first, number in calls.items()]
    assert [[month.first for month in group] for group in made_together(months)] == together


def test_the_days_of_months_are_from_the_first_of_one_to_the_last_of_the_other() -> None:
    months = [CopiedMonth(DECEMBER, ""), CopiedMonth(JANUARY, "")]
    assert days_of(months) == {"first": DECEMBER, "last": date(2026, 1, 31)}
