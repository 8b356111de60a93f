"""Which hashes came before, counted as a set counts them."""

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.seen_hashes import SeenHashes

ANY = st.integers(-(2**63), 2**63 - 1)
FEW = st.integers(-30, 30) | st.sampled_from([-(2**63), 2**63 - 1])


@given(st.lists(st.lists(FEW | ANY, max_size=40), max_size=20))
def test_as_many_are_new_as_to_a_set(pages: list[list[int]]) -> None:
    seen, expected = SeenHashes(), set[int]()
    for page in pages:
        known = len(expected)
        expected.update(page)
        assert seen.add(page) == len(expected) - known


def test_what_came_long_ago_is_known_however_much_came_since() -> None:
    seen = SeenHashes()
    pages = [[hash(f"CA{page}-{number}") for number in range(100)] for page in range(300)]
    assert [seen.add(page) for page in pages] == [100] * 300
    assert [seen.add(page) for page in pages] == [0] * 300
