"""What goes over the wire, and how connections are used."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.page import Position
from polyai_assets.api.project import Project
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import MakeClient
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Asked,
    ScriptedServer,
    chunked,
    error,
    gzipped,
    last,
    page,
)

EVERYTHING = ConversationQuery()


def test_the_path_names_version_account_and_project(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(last())
    list(client.pages(EVERYTHING))
    assert server.asked[0].path == "/v3/acme/hotel-bot/conversations"


def test_parts_of_the_path_are_percent_encoded(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(last())
    list(make_client(project=Project("us-1", "a c%me?", "hôtel#1")).pages(EVERYTHING))
    assert server.asked[0].path == "/v3/a%20c%25me%3F/h%C3%B4tel%231/conversations"


def test_a_base_url_may_have_a_path_of_its_own(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(last())
    list(make_client(base_url=f"{server.url}/polyai/").pages(EVERYTHING))
    assert server.asked[0].path == "/polyai/v3/acme/hotel-bot/conversations"


def test_spaces_travel_as_percent_20_and_not_as_plus(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(last())
    list(client.pages(ConversationQuery(variant_name="Main line + 50% & more")))
    assert "variant_name=Main%20line%20%2B%2050%25%20%26%20more" in server.asked[0].target


def test_a_compressed_page_is_asked_for_and_understood(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    plain = page(["a"], cursor=None)
    server.will(gzipped(plain))
    (only,) = client.pages(EVERYTHING)
    assert server.asked[0].headers["Accept-Encoding"] == "gzip"
    assert [record.id for record in only.records] == ["a"]
    assert only.bytes == len(plain.body)


@pytest.mark.parametrize("answer", [page(["a"], cursor=None), gzipped(page(["a"], cursor=None))])
def test_a_page_in_chunks_is_understood(
    client: ConversationsClient, server: ScriptedServer, answer: Answer
) -> None:
    server.will(chunked(answer))
    (only,) = client.pages(EVERYTHING)
    assert [record.id for record in only.records] == ["a"]


def test_a_walk_uses_one_connection_even_across_an_error(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(
        page(["a"], cursor="one"), chunked(page(["b"], cursor="two")), error(503, "BUSY", "later"), last("c")
    )
    list(client.pages(EVERYTHING))
    assert len({asked.connection for asked in server.asked}) == 1


def test_no_cookie_is_sent_back(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(page(["a"], cursor="one", headers={"Set-Cookie": "session=1; Path=/"}), last("b"))
    list(client.pages(EVERYTHING))
    assert "Cookie" not in server.asked[1].headers


def test_several_threads_walk_at_the_same_time(client: ConversationsClient, server: ScriptedServer) -> None:
    together = Barrier(4)

    def find(asked: Asked) -> Answer:
        window, number = (asked.param("cursor") or "").split("-")
        following = f"{window}-{int(number) + 1}" if int(number) < 3 else None
        return page([f"{window}/{number}"], cursor=following)

    def walk(window: int) -> list[str | None]:
        together.wait(10)
        pages = client.pages(EVERYTHING, start=Position(cursor=f"{window}-0"))
        return [record.id for one in pages for record in one.records]

    server.serve(find)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(walk, range(4)))
    assert found == [[f"{window}/{number}" for number in range(4)] for window in range(4)]
