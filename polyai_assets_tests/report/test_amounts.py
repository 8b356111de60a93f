"""Figures are written alike everywhere."""

import pytest

from polyai_assets.report import amounts


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (amounts.count(1234567), "1,234,567"),
        (amounts.count(None), "\N{EN DASH}"),
        (amounts.share(0.1236), "12.4\xa0%"),
        (amounts.seconds(182.6), "183\xa0s"),
        (amounts.score(-0.5), "\N{MINUS SIGN}0.50"),
        (amounts.money(1234.5, "GBP"), "1,234\xa0GBP"),
        (amounts.money(12.5, "GBP"), "12.50\xa0GBP"),
        (amounts.money(None, "GBP"), "\N{EN DASH}"),
        (amounts.change(amounts.count, 110, 100), "+10.0\xa0%"),
        (amounts.change(amounts.count, 110, 0), "\N{EN DASH}"),
        (amounts.change(amounts.count, 110, None), "\N{EN DASH}"),
        (amounts.change(amounts.share, 0.7, 0.72), "\N{MINUS SIGN}2.0\xa0pp"),
        (amounts.change(amounts.seconds, 180.2, 180), "no change"),
        (amounts.change(amounts.short_seconds, 1.25, 1), "+0.25\xa0s"),
        (amounts.change(amounts.score, 4, 4.25), "\N{MINUS SIGN}0.25"),
    ],
)
def test_a_figure_is_written_with_its_unit_and_sign(written: str, expected: str) -> None:
    assert written == expected
