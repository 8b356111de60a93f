"""What is read of a few conversations."""

import pytest

from polyai_assets.plan.facts import Talk


@pytest.mark.parametrize("sent", [None, "90", True, -1, 10**400, -(10**400), 1e308, float("nan"), [90]])
def test_a_length_that_is_none_counts_as_nothing(sent: object):
    assert Talk(total_duration=sent).seconds == 0.0


def test_a_length_is_in_seconds():
    assert Talk(total_duration=90).seconds == 90.0
