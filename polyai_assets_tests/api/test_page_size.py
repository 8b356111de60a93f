"""The page size follows the weight of the pages."""

import json

import pytest

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import GatewayTimeout, InvalidQuery, PageTooHeavy
from polyai_assets.api.page_size import CALM, HEAVY, SLOW, PageSize
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import FakeTime, MakeClient
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Asked,
    Behaviour,
    ScriptedServer,
    error,
    last,
    stall,
)

EVERYTHING = ConversationQuery()


class Conversations:
    """`count` conversations of `weight` bytes each, behind a server that refuses pages of more than `wall`."""

    def __init__(
        self, count: int, weight: int = 200, *, wall: int = 1000, refusal: Behaviour | None = None
    ) -> None:
        self.count, self.padding, self.wall = count, "x" * (weight - 60), wall
        self.refusal = refusal or error(413)

    def __call__(self, asked: Asked) -> Behaviour:
        start, limit = int(asked.param("cursor") or 0), int(asked.param("limit") or 0)
        if limit > self.wall:
            return self.refusal
        end = min(start + limit, self.count)
        records = [{"id": str(number), "padding": self.padding} for number in range(start, end)]
        cursor = str(end) if end < self.count else None
        return Answer(body=json.dumps({"conversations": records, "cursor": cursor}).encode())


def limits(server: ScriptedServer) -> list[int]:
    return [int(limit or 0) for limit in server.asked_for("limit")]


def walk(client: ConversationsClient) -> int:
    return len({record.id for page in client.pages(EVERYTHING) for record in page.records})


def test_it_starts_at_100_and_doubles_to_1000_while_pages_are_light(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.serve(Conversations(4000))
    assert walk(client) == 4000
    assert limits(server) == [100, 200, 400, 800, 1000, 1000, 1000]


def test_it_does_not_grow_into_pages_that_would_be_heavy(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.serve(Conversations(1500, weight=HEAVY // 500))
    assert walk(client) == 1500
    assert limits(server) == [100, 200, 400, 400, 400]


def test_it_halves_when_a_page_is_heavy() -> None:
    size = PageSize.adaptive()
    size.learn(limit=100, records=100, size=HEAVY + 1, seconds=1)
    assert size.limit == 50


def test_it_halves_when_a_page_is_slow() -> None:
    size = PageSize.adaptive()
    size.learn(limit=100, records=100, size=1000, seconds=SLOW + 0.1)
    assert size.limit == 50


def test_it_does_not_grow_into_pages_that_would_be_slow() -> None:
    size = PageSize.adaptive()
    size.learn(limit=100, records=100, size=1000, seconds=SLOW / 2 + 0.1)
    assert size.limit == 100


def test_it_does_not_fall_below_1() -> None:
    size = PageSize(3)
    for _ in range(5):
        size.learn(limit=size.limit, records=1, size=HEAVY * 10, seconds=1)
    assert size.limit == 1


def test_several_windows_that_find_the_same_page_heavy_halve_it_once() -> None:
    size = PageSize(800)
    for _ in range(4):
        size.learn(limit=800, records=800, size=HEAVY + 1, seconds=1)
    assert size.limit == 400


def test_several_windows_that_find_the_same_page_light_double_it_once() -> None:
    size = PageSize.adaptive()
    for _ in range(4):
        size.learn(limit=100, records=100, size=1000, seconds=1)
    assert size.limit == 200


def test_a_light_page_asked_for_before_the_size_was_halved_does_not_undo_it() -> None:
    size = PageSize(400)
    size.learn(limit=400, records=400, size=HEAVY + 1, seconds=1)
    size.learn(limit=400, records=400, size=1000, seconds=1)
    assert size.limit == 200


def test_an_empty_page_teaches_nothing() -> None:
    size = PageSize.adaptive()
    size.learn(limit=100, records=0, size=20, seconds=0.1)
    assert size.limit == 100


@pytest.mark.parametrize("refusal", [error(413), error(504)])
def test_a_page_the_server_cannot_deliver_is_asked_for_again_with_half_the_limit(
    client: ConversationsClient, server: ScriptedServer, refusal: Behaviour
) -> None:
    server.serve(Conversations(60, wall=30, refusal=refusal))
    assert walk(client) == 60
    assert limits(server)[:3] == [100, 50, 25]
    assert server.asked_for("cursor")[:4] == [None, None, None, "25"]


def test_a_body_that_breaks_off_a_second_time_is_asked_for_with_half_the_limit(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    broken = Answer(body=b'{"conversations": [')
    server.will(broken, broken, broken, last("a"))
    assert walk(client) == 1
    assert limits(server) == [100, 100, 50, 25]


def test_a_page_that_times_out_is_asked_for_with_half_the_limit(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.will(stall, last("a"))
    assert walk(make_client(read_timeout=0.1)) == 1
    assert limits(server) == [100, 50]


def test_a_wall_at_one_conversation_is_found_without_using_up_the_attempts(
    make_client: MakeClient, server: ScriptedServer, time: FakeTime
) -> None:
    server.serve(Conversations(3, wall=1))
    assert walk(make_client(page_size=1000, max_attempts=2)) == 3
    assert limits(server)[:10] == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]
    assert time.slept == []


def test_a_conversation_that_is_too_heavy_by_itself_is_an_error(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.serve(lambda asked: error(413))
    with pytest.raises(PageTooHeavy, match="us-1/acme/hotel-bot"):
        walk(client)
    assert limits(server) == [100, 50, 25, 12, 6, 3, 1]


def test_after_a_refusal_it_grows_again_but_not_at_once(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(error(504))
    walk_of = Conversations(50 * (CALM + 1) + 100)
    served = iter([error(504)])
    server.serve(lambda asked: next(served, None) or walk_of(asked))
    walk(client)
    assert limits(server) == [100] + [50] * (CALM + 1) + [100]


def test_a_given_page_size_is_kept(make_client: MakeClient, server: ScriptedServer) -> None:
    server.serve(Conversations(100, weight=HEAVY // 10))
    assert walk(make_client(page_size=20)) == 100
    assert set(limits(server)) == {20}


def test_a_given_page_size_gives_way_where_the_server_cannot_deliver_it(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(Conversations(100, wall=10))
    assert walk(make_client(page_size=20)) == 100
    assert limits(server)[:3] == [20, 10, 10]


def test_a_page_far_beyond_heavy_is_not_read_to_its_end(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    half = Conversations(100, wall=50, refusal=Answer(body=b" " * (9 * HEAVY)))
    server.serve(half)
    assert walk(client) == 100
    assert limits(server) == [100, 50, 50]


@pytest.mark.parametrize(("status", "kind"), [(413, PageTooHeavy), (504, GatewayTimeout)])
def test_a_single_page_is_asked_for_with_the_limit_it_was_given_and_no_other(
    make_client: MakeClient, server: ScriptedServer, status: int, kind: type[Exception]
) -> None:
    server.serve(lambda asked: error(status))
    with pytest.raises(kind):
        make_client(max_attempts=3).page(EVERYTHING, limit=64)
    assert set(limits(server)) == {64}


@pytest.mark.parametrize("page_size", [0, 1001])
def test_an_impossible_page_size_is_refused(make_client: MakeClient, page_size: int) -> None:
    with pytest.raises(InvalidQuery):
        make_client(page_size=page_size)
