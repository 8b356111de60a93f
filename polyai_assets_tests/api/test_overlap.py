"""Walks by offset over a list that changes meanwhile bring all that stays in it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import NothingNew
from polyai_assets.api.overlap import MOST_IN_VAIN
from polyai_assets.api.page import Position
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import KEY, PROJECT, MakeClient
from polyai_assets_tests.api.drifting_list import Change, DriftingList
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer
from polyai_assets_tests.examples import examples

EVERYTHING = ConversationQuery()


def minutes(count: int) -> dict[str, int]:
    """So many conversations, one a minute."""
    return {f"c{number:02}": 60 * number for number in range(count)}


def walk(client: ConversationsClient, start: Position | None = None) -> list[str | None]:
    pages = client.pages(EVERYTHING, start=start or Position())
    return [record.id for one in pages for record in one.records]


def remove(*names: str) -> Change:
    return lambda held: [held.remove(name) for name in names] and None


def nothing(held: DriftingList) -> None:
    pass


@pytest.mark.parametrize("end", [{}, {"next_offset": None}])
def test_a_server_without_cursors_is_followed_by_offset(
    make_client: MakeClient, server: ScriptedServer, end: dict[str, None]
) -> None:
    server.serve(DriftingList(minutes(9), end=end))
    pages = list(make_client(page_size=4).pages(EVERYTHING))
    assert [[record.id for record in one.records] for one in pages] == [
        ["c00", "c01", "c02", "c03"],
        ["c04", "c05", "c06", "c07"],
        ["c08"],
    ]
    assert [one.closed_by for one in pages] == [None, None, "no next_offset"]


def test_every_page_begins_with_the_last_two_conversations_of_the_one_before(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(DriftingList(minutes(9)))
    walk(make_client(page_size=4))
    assert server.asked_for("offset") == [None, "2", "6"]
    assert server.asked_for("limit") == ["4", "6", "6"]


def test_pages_of_one_conversation_overlap_too(make_client: MakeClient, server: ScriptedServer) -> None:
    server.serve(DriftingList(minutes(6)))
    assert walk(make_client(page_size=1)) == list(minutes(6))
    assert len(server.asked) == 6


def test_a_conversation_that_was_pulled_back_over_the_edge_is_not_lost(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(DriftingList(minutes(9), nothing, remove("c00", "c01", "c02")))
    assert walk(make_client(page_size=4)) == list(minutes(9))


def test_a_list_that_shrank_to_less_than_was_walked_is_walked_to_its_end(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(DriftingList(minutes(30), nothing, nothing, remove(*list(minutes(20)))))
    assert walk(make_client(page_size=10)) == list(minutes(30))


def test_conversations_that_are_pushed_on_are_not_brought_twice(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(DriftingList(minutes(9), nothing, lambda held: held.add("early", 0)))
    found = walk(make_client(page_size=4))
    assert sorted(map(str, found)) == sorted(minutes(9))


def test_of_conversations_that_start_together_none_is_lost_at_an_edge(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    together = minutes(3) | {f"t{number}": 120 for number in range(5)} | {"z": 999}
    server.serve(DriftingList(together))
    for page_size in range(1, 9):
        assert sorted(map(str, walk(make_client(page_size=page_size)))) == sorted(together)


def test_a_page_may_not_begin_among_conversations_that_started_together_and_were_not_all_brought(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    orders = iter([["a", "b", "t1", "t2", "t3", "t4", "z"], *[["t3", "t1", "t2", "t4", "z"]] * 9])

    class InOrder(DriftingList):
        def _ordered(self) -> list[str]:
            return next(orders)

    server.serve(InOrder({"a": 0, "b": 60, "t1": 120, "t2": 120, "t3": 120, "t4": 120, "z": 180}))
    assert sorted(map(str, walk(make_client(page_size=4)))) == ["a", "b", "t1", "t2", "t3", "t4", "z"]


def test_a_conversation_that_the_list_has_twice_comes_twice(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    class Twice(DriftingList):
        def _ordered(self) -> list[str]:
            return sorted([*self.starts, "c03"])

    server.serve(Twice(minutes(6)))
    assert walk(make_client(page_size=4)) == ["c00", "c01", "c02", "c03", "c03", "c04", "c05"]


def test_an_overlap_fits_into_the_largest_page_there_is(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(DriftingList(minutes(1300)))
    assert walk(make_client(page_size=1000)) == list(minutes(1300))
    assert server.asked_for("limit") == ["1000", "1000"]


def test_a_walk_goes_on_where_another_process_stopped_and_loses_nothing(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    held = DriftingList(minutes(12))
    server.serve(held)
    first = next(make_client(page_size=5).pages(EVERYTHING))
    walked = [(record.identity, datetime.fromisoformat(f"{record.started_at}Z")) for record in first.records]
    held.remove("c01")
    held.remove("c02")
    rest = make_client(page_size=5).pages(EVERYTHING, start=first.next or Position(), walked=walked)
    assert [record.id for one in rest for record in one.records] == list(minutes(12))[5:]


def test_a_server_that_passes_over_the_offset_is_an_error_and_no_loop(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    class Deaf(DriftingList):
        def __call__(self, asked: Asked) -> Answer:
            return Answer(body=self._page(self._ordered(), int(asked.param("offset") or 0) + 2, 1000))

    server.serve(Deaf(minutes(2)))
    with pytest.raises(NothingNew):
        walk(client)
    assert len(server.asked) == MOST_IN_VAIN + 2


@pytest.fixture(scope="module")
def always_there() -> Iterator[tuple[ScriptedServer, Connection]]:
    with pytest.MonkeyPatch.context() as patched, ScriptedServer() as server:
        patched.setenv("NO_PROXY", "127.0.0.1")
        yield (
            server,
            Connection(
                project=PROJECT,
                api_key=SecretStr(KEY),
                key_source="a test",
                base_url=server.url,
                requests_per_second=1e6,
            ),
        )


# Few moments, so that many start together, and much that is taken away from where the walk has been.
moments = st.integers(0, 12)
gone = st.lists(st.integers(0, 30).map("c{:02}".format), min_size=1, max_size=8).map(
    lambda them: remove(*them)
)
came = st.tuples(st.uuids().map(str), moments).map(lambda new: lambda held: held.add(*new))


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(
    starts=st.lists(moments, min_size=5, max_size=40).map(
        lambda them: {f"c{number:02}": start for number, start in enumerate(sorted(them))}
    ),
    changes=st.lists(gone | came | st.just(nothing), max_size=12),
    page_size=st.integers(1, 7),
    newest_first=st.booleans(),
)
def test_whatever_comes_and_goes_all_that_stays_is_brought_once(
    always_there: tuple[ScriptedServer, Connection],
    starts: dict[str, int],
    changes: list[Change],
    page_size: int,
    newest_first: bool,
) -> None:
    server, connection = always_there
    held = DriftingList(starts, nothing, *changes, newest_first=newest_first)
    server.serve(held)
    with ConversationsClient(connection, page_size=page_size) as client:
        found = walk(client)
    assert held.always <= set(found)
    assert len(found) == len(set(found))
