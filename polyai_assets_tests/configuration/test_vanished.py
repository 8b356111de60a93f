"""The option `vanished`."""

from datetime import timedelta

import pytest

from polyai_assets.configuration.vanished import vanished_policy
from polyai_assets.raw.conversations.vanished import VanishedPolicy


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ("keep", VanishedPolicy()),
        ("keep_without_text", VanishedPolicy(keeps_text=False)),
        ({"drop_after": "30d"}, VanishedPolicy(drop_after=timedelta(days=30))),
    ],
)
def test_it_is_a_word_or_a_time(written: object, policy: VanishedPolicy):
    assert vanished_policy().read(written) == policy
    assert vanished_policy().read(policy) == policy


@pytest.mark.parametrize(
    "written", ["drop", {"drop_after": 30}, {"drop_after": "0d"}, {"after": "30d"}, True, ""]
)
def test_anything_else_is_said_to_be_wrong(written: object):
    with pytest.raises(ValueError, match="must be keep, keep_without_text, or a mapping such as"):
        vanished_policy().read(written)
