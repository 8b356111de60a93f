"""What the client does otherwise in v1 and v2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import InvalidConnection, InvalidQuery
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import MakeClient
from polyai_assets_tests.api.drifting_list import DriftingList
from polyai_assets_tests.api.scripted_server import Answer, ScriptedServer, last, page

START = datetime(2026, 11, 3, tzinfo=UTC)
DAY = ConversationQuery(start_time=START, end_time=START + timedelta(days=1))


def ids(client: ConversationsClient, query: ConversationQuery = DAY) -> list[str | None]:
    return [record.id for one in client.pages(query) for record in one.records]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_the_path_names_the_version(make_client: MakeClient, server: ScriptedServer, version: str) -> None:
    server.will(last("a"))
    ids(make_client(api_version=version))
    assert server.asked[0].path == f"/{version}/acme/hotel-bot/conversations"


def test_an_unknown_version_is_refused(make_client: MakeClient) -> None:
    with pytest.raises(InvalidConnection, match="v3, v2, v1"):
        make_client(api_version="v4")


@pytest.mark.parametrize(("version", "largest"), [("v1", 5000), ("v2", 1000), ("v3", 1000)])
def test_pages_grow_to_what_the_version_takes(
    make_client: MakeClient, server: ScriptedServer, version: str, largest: int
) -> None:
    server.serve(DriftingList({str(number): number for number in range(12_000)}))
    assert len(ids(make_client(api_version=version))) == 12_000
    assert max(int(limit or 0) for limit in server.asked_for("limit")) == largest


@pytest.mark.parametrize(("version", "limit"), [("v1", 5001), ("v2", 1001), ("v3", 1001), ("v1", 0)])
def test_a_limit_that_the_version_does_not_take_is_refused_before_any_call(
    make_client: MakeClient, server: ScriptedServer, version: str, limit: int
) -> None:
    with pytest.raises(InvalidQuery):
        make_client(api_version=version, page_size=limit)
    with pytest.raises(InvalidQuery):
        make_client(api_version=version).page(DAY, limit=limit)
    assert server.asked == []


def test_v1_is_asked_for_pages_by_offset_with_its_own_filters_alone(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(DriftingList({"a": 0, "b": 60, "c": 120}))
    query = replace(DAY, variant_name="Main line", in_progress=False, include_latency=True)
    assert ids(make_client(api_version="v1", page_size=2), query) == ["a", "b", "c"]
    assert set(server.asked[0].params) == {
        "client_env", "start_time", "end_time", "variant_name", "in_progress", "limit",
    }  # fmt: skip
    assert server.asked[0].params["in_progress"] == ["false"]
    assert "variant_name=Main%20line" in server.asked[0].target
    assert "offset" in server.asked[1].params


@pytest.mark.parametrize(
    "filters",
    [{"channels": ("voice",)}, {"query_type": "semantic", "query": "refund"}],
)
def test_what_v1_would_pass_over_in_silence_is_refused_before_any_call(
    make_client: MakeClient, server: ScriptedServer, filters: dict[str, Any]
) -> None:
    with pytest.raises(InvalidQuery, match="v1 of the API knows no"):
        ids(make_client(api_version="v1"), replace(DAY, **filters))
    with pytest.raises(InvalidQuery, match="v1 of the API knows no sample"):
        make_client(api_version="v1").sample(DAY, 5)
    assert server.asked == []


def test_an_envelope_of_v1_is_read_past_its_descriptions(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    body = (
        b'{"descriptions": {"conversations": {"id": "Unique"}, "next_offset": 7}, '
        b'"conversations": [{"id": "a", "started_at": "2026-11-03 10:00:00.12", "handoff_reason": null}]}'
    )
    server.will(Answer(body=body))
    (only,) = make_client(api_version="v1").pages(DAY)
    assert (only.closed_by, only.records[0].id) == ("no next_offset", "a")
    assert only.records[0].payload in body


def test_v2_is_followed_by_cursor_where_it_has_some(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(page(["a"], cursor="one", next_offset=1), page(["b"], cursor=None, next_offset=2))
    assert ids(make_client(api_version="v2")) == ["a", "b"]


def test_v2_without_cursors_is_followed_by_offset_even_if_it_says_that_the_cursor_is_null(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    class NullCursor(DriftingList):
        def __call__(self, asked: Any) -> Answer:
            body = super().__call__(asked).body
            return Answer(body=body[:-1] + b', "cursor": null}')

    server.serve(NullCursor({"a": 0, "b": 60, "c": 120}))
    assert ids(make_client(api_version="v2", page_size=2)) == ["a", "b", "c"]
