"""The windows that a top-up asks for."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.raw.conversations.request import LATE, top_up_windows
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.deployment import DAY1, DAY2
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

START, END = midnight(DAY1), midnight(DAY2)
MINUTE = timedelta(minutes=1)
moments = st.integers(-2 * 86_400, 2 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
fetches = st.integers(0, 3 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)


def fetched(at: datetime):
    return certificate(Hours(0, 24), fetch_started_at=at)


@given(st.lists(moments), fetches)
def test_every_moment_of_the_day_is_asked_for_and_none_of_another(around: list[datetime], at: datetime):
    windows = top_up_windows(fetched(at), DAY1, around)
    for moment in around:
        covered = any(window.start <= moment < window.end for window in windows)
        assert covered or not START <= moment < END
    assert all(START <= window.start < window.end <= END for window in windows)


@given(st.lists(moments), fetches)
def test_no_two_windows_ask_for_the_same(around: list[datetime], at: datetime):
    windows = top_up_windows(fetched(at), DAY1, around)
    assert all(before.asked[1] < after.asked[0] for before, after in pairwise(windows))


@given(fetches)
def test_a_day_that_was_not_over_is_asked_for_from_shortly_before_its_fetch_on(at: datetime):
    windows = top_up_windows(fetched(at), DAY1, [])
    if at < END:
        (window,) = windows
        assert (window.start, window.end) == (max(START, at - LATE), END)
    else:
        assert windows == ()


def test_moments_close_together_are_one_window():
    near = [START + MINUTE, START + MINUTE + timedelta(seconds=1), START + 5 * MINUTE]
    assert len(top_up_windows(fetched(END), DAY1, near)) == 2


def test_a_day_that_was_never_fetched_has_nothing_to_top_up():
    assert top_up_windows(None, DAY1, [START]) == ()
