"""Names are taken out of JSON wherever they stand, and all else is as it was."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.privacy.scrub import Scrubber

NAMES = ("CA123456", "CA1234567", "+44 20 7946 0000")
WORDS = st.sampled_from([*NAMES, "CA", "other", ""])
TEXTS = WORDS | st.sampled_from(["a CA123456 b", "(+44 20 7946 0000), CA1234567: odd"])
JSON = st.recursive(
    TEXTS | st.integers(0, 9) | st.none(), lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)
)


@given(JSON)
def test_no_name_is_left(value: object):
    clean = Scrubber(NAMES).json(msgspec.json.encode(value)).decode()
    assert not [name for name in NAMES if name in clean]


@given(JSON)
def test_what_names_nothing_is_the_same_byte_for_byte(value: object):
    content = msgspec.json.encode(value)
    assert Scrubber(["nobody"]).json(content) == content


def test_members_and_elements_go_and_texts_name_it_no_more():
    content = (
        b'{"vanished": {"CA-001": 1, "CA-0012": 2}, "given_up": ["CA-001", "CA-002"], "why": "CA-001 is odd"}'
    )
    assert msgspec.json.decode(Scrubber(["CA-001"]).json(content)) == {
        "vanished": {"CA-0012": 2},
        "given_up": ["CA-002"],
        "why": "[erased] is odd",
    }


@pytest.mark.parametrize("name", ["rows", "", "1"])
def test_an_id_that_is_one_of_our_own_words_or_a_digit_takes_nothing_else_with_it(name: str):
    content = b'{"rows":1,"why":"1 of 1 rows"}'
    assert Scrubber([name]).json(content) == content
