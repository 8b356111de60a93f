import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.simulator import Clock, SimulatedProject, Simulator
from polyai_assets.simulator.answers import Refused
from polyai_assets.simulator.page import CursorPlace, seal, unseal
from polyai_assets_tests.simulator.conftest import HOTEL, NOW, Ask, ids


def walk(ask: Ask, limit: int) -> Iterator[dict[str, object]]:
    page = ask(limit=limit).json()
    yield page
    while page["cursor"] is not None:
        page = ask(limit=limit, cursor=page["cursor"]).json()
        yield page


@pytest.mark.parametrize("limit", [1, 7, 20, 40, 1000])
def test_following_the_cursor_gives_every_conversation_once_in_order(ask: Ask, limit: int) -> None:
    pages = list(walk(ask, limit))

    found = [(c["started_at"], c["id"]) for page in pages for c in page["conversations"]]
    assert len(found) == 40
    assert found == sorted(set(found))
    assert len(pages) == -(-40 // limit)


def test_only_a_page_with_a_next_one_has_a_next_offset(ask: Ask) -> None:
    pages = list(walk(ask, 16))

    assert [page.get("next_offset") for page in pages] == [16, 32, None]
    assert "next_offset" not in pages[-1]


def test_following_the_offset_gives_the_same_conversations(ask: Ask) -> None:
    by_offset = ids(ask(limit=25)) + ids(ask(limit=25, offset=25))

    assert by_offset == ids(ask())


def test_an_offset_beyond_the_end_gives_an_empty_page(ask: Ask) -> None:
    assert len(ids(ask(offset=39))) == 1
    assert ids(ask(offset=40)) == []


def test_a_cursor_is_not_shifted_by_conversations_that_come_before_it(ask: Ask, simulator: Simulator) -> None:
    everything = ids(ask())
    first = ask(limit=20).json()
    simulator.put(HOTEL.key, {"id": "EARLY", "started_at": "2026-11-03T00:00:00Z"})

    by_cursor = ids(ask(limit=20, cursor=first["cursor"]))
    by_offset = ids(ask(limit=20, offset=first["next_offset"]))

    assert by_cursor == everything[20:]
    assert by_offset == everything[19:39]


def test_conversations_of_the_same_moment_are_ordered_by_id_across_pages(
    ask: Ask, simulator: Simulator
) -> None:
    for name in "ca", "cb", "cc":
        simulator.put(HOTEL.key, {"id": name, "started_at": "2026-11-03T00:00:00Z"})

    pages = list(walk(ask, 1))

    assert [page["conversations"][0]["id"] for page in pages[:3]] == ["ca", "cb", "cc"]
    assert len(pages) == 43


def test_a_cursor_of_a_query_with_other_filters_is_400(ask: Ask) -> None:
    cursor = ask(limit=5).json()["cursor"]

    assert ask(limit=9, cursor=cursor).status_code == 200
    assert ask(limit=5, cursor=cursor, channel="chat").status_code == 400


@pytest.mark.slow
def test_a_deployment_without_cursors_pages_by_offset_only(session) -> None:
    simulator = Simulator(
        [SimulatedProject("us-1", "a", "b", "k", steady=True)], clock=Clock(NOW), pagination="offset"
    )
    day = {"start_time": "2026-11-03T00:00:00Z", "end_time": "2026-11-04T00:00:00Z", "limit": "60"}
    with simulator.running() as url:
        address, headers = f"{url}/v3/a/b/conversations", {"x-api-key": "k"}
        first = session.get(address, params=day, headers=headers, timeout=10).json()
        second = session.get(address, params=day | {"offset": "60"}, headers=headers, timeout=10).json()

    assert first.keys() == {"conversations", "next_offset"}
    assert second.keys() == {"conversations"}
    assert len(second["conversations"]) == 40


positions = st.builds(
    CursorPlace, st.integers(0, 2**53), st.text(max_size=60), st.integers(0, 2**31), st.integers(1, 10**6)
)


@given(positions)
def test_a_cursor_comes_back_whole_and_needs_no_escaping(position: CursorPlace) -> None:
    cursor = seal(position, ("live", None))

    assert unseal(cursor, ("live", None)) == position
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")


@given(st.text(max_size=80))
def test_any_other_text_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(Refused, match="malformed"):
        unseal(text, ())
