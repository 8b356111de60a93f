"""The list as a detector of change: what a walk sees, also of a list that grows meanwhile, and what follows from it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import UnstableList
from polyai_assets.api.project import AgentsConnection
from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.raw.details.asked_again import Known
from polyai_assets.raw.details.listing import LIMIT, Listing, ListPlan, walk
from polyai_assets.raw.header import Row
from polyai_assets_tests.api.agents_answers import listed, summary
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer
from polyai_assets_tests.deployment import HOTEL, project_of

SINCE = datetime(2026, 6, 3, tzinfo=UTC)
NOW = SINCE + timedelta(days=2)
RECORD, OBJECT = b"\x01" * 32, b"\x02" * 32
KNOWN = Known(FOUND, SINCE, RECORD, OBJECT)
ROW = Row("a", "a", SINCE, SINCE, False, 1, 1, None, RECORD)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[AgentsClient]:
    connection = AgentsConnection(
        project=project_of(HOTEL),
        api_key=SecretStr("key"),
        key_source="a test",
        base_url=server.url,
        requests_per_second=1000,
        max_attempts=1,
    )
    with AgentsClient(connection) as client:
        yield client


class Growing:
    """A list that has new conversations whenever another page is asked for."""

    def __init__(self, size: int, growth: int) -> None:
        self.growth, self.pages = growth, 0
        self.objects = [summary(f"old {number}") for number in range(size)]

    def __call__(self, asked: Asked) -> Answer:
        offset, limit = int(asked.param("offset") or 0), int(asked.param("limit") or 0)
        if self.pages:
            self.objects[:0] = [summary(f"new {self.pages} {n}") for n in range(self.growth)]
        self.pages += 1
        body = {"conversations": self.objects[offset : offset + limit], "count": len(self.objects)}
        return Answer(body=json.dumps(body | {"limit": limit, "offset": offset}).encode())


def plan(most_pages: int = 100, **due: bytes | None) -> ListPlan:
    return ListPlan(SINCE, most_pages, due)


def test_a_list_that_grows_while_it_is_walked_is_seen_whole(
    client: AgentsClient, server: ScriptedServer
) -> None:
    growing = Growing(5 * LIMIT // 2, growth=30)
    server.serve(growing)
    seen = walk(client, plan(), NOW)
    assert {f"old {number}" for number in range(5 * LIMIT // 2)} <= seen.hashes.keys()
    old = json.dumps(summary("old 1")).encode()
    assert seen.hashes["old 1"] == hashlib.sha256(old).digest()
    assert (seen.seen_at, seen.pages) == (NOW, growing.pages)


def test_a_walk_ends_behind_the_oldest_day_that_is_due(client: AgentsClient, server: ScriptedServer) -> None:
    growing = Growing(10 * LIMIT, growth=0)
    for one in growing.objects[LIMIT:]:
        one["startedAt"] = "2026-06-02T23:59:59+00:00"
    server.serve(growing)
    assert walk(client, plan(), NOW).pages == 3


def test_a_walk_is_left_after_as_many_pages_as_pay(client: AgentsClient, server: ScriptedServer) -> None:
    growing = Growing(10 * LIMIT, growth=0)
    server.serve(growing)
    seen = walk(client, plan(most_pages=2), NOW)
    assert (seen.pages, growing.pages) == (2, 2)
    assert len(seen.hashes) == 2 * LIMIT - 5


def test_a_list_that_contradicts_its_count_is_an_error(client: AgentsClient, server: ScriptedServer) -> None:
    server.serve(lambda asked: listed([], count=7, offset=int(asked.param("offset") or 0)))
    with pytest.raises(UnstableList):
        walk(client, plan(), NOW)


def test_who_is_listed_as_before_counts_as_asked_for_at_the_walk() -> None:
    assert Listing(NOW, {"a": OBJECT}, 1).unchanged(ROW, KNOWN) == KNOWN._replace(asked_at=NOW)


@pytest.mark.parametrize(
    ("known", "hashes"),
    [
        (None, {"a": OBJECT}),
        (KNOWN, {}),
        (KNOWN, {"a": RECORD}),
        (KNOWN._replace(listed_sha256=None), {"a": OBJECT}),
        (KNOWN._replace(status=UNREADABLE), {"a": OBJECT}),
        (KNOWN._replace(status=MISSING), {"a": OBJECT}),
        (KNOWN._replace(of_payload_sha256=OBJECT), {"a": OBJECT}),
    ],
)
def test_of_nobody_else_the_list_can_tell(known: Known | None, hashes: dict[str, bytes]) -> None:
    assert Listing(NOW, hashes, 1).unchanged(ROW, known) is None


def test_what_is_told_counts_who_has_changed_and_who_is_compared_for_the_first_time() -> None:
    seen = Listing(NOW, {"a": OBJECT, "b": OBJECT, "c": OBJECT}, 24)
    assert seen.summary(plan(a=OBJECT, b=RECORD, gone=OBJECT)) == (
        "3 due by age: 24 pages of the list, 2 had changed"
    )
    assert seen.summary(plan(a=OBJECT, c=None)) == (
        "2 due by age: 24 pages of the list, 0 had changed, 1 not compared before"
    )
