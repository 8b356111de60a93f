import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.plan.estimate import Estimate, total

values = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)


@given(values)
def test_a_mean_lies_in_its_interval(given_values: list[float]):
    found = Estimate.mean_of(given_values, least_error=0.05)
    assert found.low <= found.likely <= found.high
    assert found.likely == pytest.approx(sum(given_values) / len(given_values))


def test_values_that_differ_say_less_than_equal_ones():
    equal, different = (Estimate.mean_of(one, least_error=0.05) for one in ([10.0] * 20, [1.0, 19.0] * 10))
    assert equal == Estimate(9.5, 10, 10.5)
    assert different.low < 7


def test_one_value_says_little():
    assert Estimate.mean_of([10.0], least_error=0.05) == Estimate(0, 10, 30)


def test_what_was_never_seen_may_be_there():
    assert Estimate.share_of(0, 100) == Estimate(0, 0, 0.03)


@given(st.integers(0, 60), st.integers(1, 60))
def test_a_share_is_between_none_and_all(hits: int, among: int):
    found = Estimate.share_of(min(hits, among), among)
    assert 0 <= found.low <= found.likely <= found.high <= 1


def test_intervals_add_up_and_multiply():
    assert total([Estimate(1, 2, 3), Estimate(10, 20, 30)]) == Estimate(11, 22, 33)
    assert Estimate(1, 2, 3) * Estimate(10, 10, 20) == Estimate(10, 20, 60)
    assert Estimate(1, 2, 3) * 2 == Estimate(2, 4, 6)


def test_what_takes_at_least_something_does():
    assert Estimate(1, 5, 9).at_least(4) == Estimate(4, 5, 9)
