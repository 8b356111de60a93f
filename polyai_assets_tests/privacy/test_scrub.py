"""Names are taken out of JSON wherever they stand, and all else is as it was."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.privacy.scrub import Scrubber

NAMES = ("CA1", "CA12", "+44 20 7946 0000")
WORDS = st.sampled_from([*NAMES, "CA", "a CA12 b", "x+44 20 7946 0000CA1", "other", ""])
JSON = st.recursive(
    WORDS | st.integers(0, 9) | st.none(), lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)
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
    content = b'{"vanished": {"CA1": 1, "CA2": 2}, "given_up": ["CA1", "CA2"], "why": "CA1 is odd"}'
    assert msgspec.json.decode(Scrubber(["CA1"]).json(content)) == {
        "vanished": {"CA2": 2},
        "given_up": ["CA2"],
        "why": "[erased] is odd",
    }
