from datetime import UTC, datetime, timedelta

import pytest

from polyai_assets.raw.ends import end_after, plausible_end

TEN = datetime(2025, 3, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "ended_at"),
    [
        (90, TEN + timedelta(seconds=90)),
        (None, TEN),
        (86_401, TEN + DAY),
        (1_000_000_000, TEN + DAY),
        (1e300, TEN),
        (float("nan"), TEN),
        (-1_000_000_000, TEN),
    ],
)
def test_a_conversation_ends_within_a_day_of_its_start_whatever_it_says(
    seconds: float | None, ended_at: datetime
):
    assert end_after(TEN, seconds) == ended_at
    assert end_after(None, seconds) is None


def test_an_end_that_was_kept_without_a_bound_is_bounded():
    assert plausible_end(TEN, TEN + 12_000 * DAY) == TEN + DAY
    assert plausible_end(TEN, TEN - DAY) == TEN
    assert plausible_end(TEN, None) is None
    last = datetime.max.replace(tzinfo=UTC)
    assert plausible_end(last, last) == last
