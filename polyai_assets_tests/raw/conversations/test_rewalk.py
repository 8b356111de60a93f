"""Days proven by walking them again, against lists that lose something at their seams and cannot count."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, repeat

import pytest

from polyai_assets.api.query import timestamp
from polyai_assets.raw.conversations.proof import Proof, ProofState, Road
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, error
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3
from polyai_assets_tests.raw.conftest import FetchDays, ids_of

DAYS = (DAY1, DAY2)
STARTS = {f"CA{number:03}": midnight(DAY1) + number * timedelta(minutes=15) for number in range(192)}


@dataclass(frozen=True, kw_only=True)
class Lossy:
    """A list by cursor without offsets."""

    longest_page: int = 1000
    """A page holds no more, and one that holds less than was asked for ends the walk."""
    most_of_a_list: int = 1000
    """No walk brings more."""
    loses_last_of_page: bool = False
    repeats_last_of_page: bool = False
    never: Sequence[str] = ()
    loses_once: Sequence[str] = ()
    """What the walks over the whole of the days lack, and no other."""

    def __call__(self, asked: Asked) -> Answer:
        if asked.param("offset") is not None:
            return error(400, "BAD_REQUEST", "offset: unknown parameter")
        first, last = (datetime.fromisoformat(asked.param(name) or "") for name in ("start_time", "end_time"))
        is_whole = (first, last) == (midnight(DAY1) - SECOND, midnight(DAY3) + SECOND)
        lost = {*self.never, *(self.loses_once if is_whole else ())}
        names = [name for name, start in STARTS.items() if first <= start < last and name not in lost]
        names = names[: self.most_of_a_list]
        begin, limit = int(asked.param("cursor") or 0), int(asked.param("limit") or 0)
        rows = names[begin:][: min(limit, self.longest_page)]
        following = begin + len(rows)
        ends = len(rows) < limit or following >= len(names)
        if not ends and self.loses_last_of_page:
            rows = [*rows[:-2], rows[-2]] if self.repeats_last_of_page else rows[:-1]
        if not ends and self.repeats_last_of_page:
            rows = [*rows[:-1], rows[-2]]
        return rows_answered(rows, None if ends else str(following))


SECOND = timedelta(seconds=1)


def rows_answered(names: Sequence[str], cursor: str | None) -> Answer:
    records = [{"id": name, "started_at": timestamp(STARTS[name]), "num_turns": 0} for name in names]
    return Answer(body=json.dumps({"conversations": records, "cursor": cursor}).encode())


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


def proof_of(fetched: Fetch) -> Proof:
    """The proof of the first day; the second has the same state."""
    first, second = (fetched.proofs[day] for day in DAYS)
    assert first.state is second.state
    return first


def brought(fetched: Fetch) -> set[str | None]:
    return {name for day in DAYS for name in ids_of(fetched, day)}


def test_a_whole_day_is_proven_by_a_second_walk_that_agrees(fetch_days: FetchDays, server: ScriptedServer):
    server.serve(Lossy())
    fetched = fetch_days(*DAYS, base_url=server.url, verify="rewalk", parallel_windows=1)
    proof = proof_of(fetched)
    assert (proof.state, proof.road) == (ProofState.PROVEN, Road.REWALK)
    assert proof.explanation == "2 walks, cut differently, fetched the same 96 conversations"
    assert proof.agreed == ["walk 1 (1 window, pages of 200)", "walk 2 (2 windows, pages of 66)"]
    assert [walk.number for walk in fetched.walks] == [1, 2, 2]


@pytest.mark.parametrize("verify", ["offset", "rewalk"])
@pytest.mark.parametrize(
    "lossy",
    [
        Lossy(longest_page=60),
        Lossy(most_of_a_list=90),
        Lossy(loses_last_of_page=True),
        Lossy(loses_last_of_page=True, repeats_last_of_page=True),
        Lossy(loses_once=["CA003", "CA050", "CA130"]),
    ],
    ids=str,
)
def test_what_the_first_walk_lost_is_kept_and_proven_once_two_walks_agree(
    fetch_days: FetchDays, server: ScriptedServer, lossy: Lossy, verify: str
):
    server.serve(lossy)
    alone = fetch_days(*DAYS, base_url=server.url, parallel_windows=1)
    assert len(brought(alone)) < len(STARTS)
    fetched = fetch_days(*DAYS, base_url=server.url, verify=verify, parallel_windows=1)
    assert brought(fetched) == set(STARTS)
    assert proof_of(fetched).state is ProofState.PROVEN
    assert proof_of(fetched).road is Road.REWALK


def without_starts(server: ScriptedServer, started_at: Iterator[int]) -> None:
    """Serve the conversations of a list with ids and starts that are numbers, another start for each request."""
    lossy = Lossy()

    def answer(asked: Asked) -> Answer:
        answered = lossy(asked)
        if answered.status != 200:
            return answered
        body = json.loads(answered.body)
        unreadable = next(started_at)
        for record in body["conversations"]:
            record |= {"id": int(record["id"].removeprefix("CA")), "started_at": unreadable}
        return Answer(body=json.dumps(body).encode())

    server.serve(answer)


def test_conversations_that_do_not_say_when_they_began_are_among_those_on_which_walks_agree(
    fetch_days: FetchDays, server: ScriptedServer
):
    without_starts(server, repeat(5))
    fetched = fetch_days(DAY1, base_url=server.url, verify="rewalk", parallel_windows=1)
    # 96 of the day, and what came with them from beyond its end, of which nothing says that it is of the next
    assert fetched.proofs[DAY1].explanation == "2 walks, cut differently, fetched the same 97 conversations"


def test_no_walks_agree_on_conversations_of_which_nothing_says_that_they_are_the_same(
    fetch_days: FetchDays, server: ScriptedServer
):
    without_starts(server, count())
    fetched = fetch_days(DAY1, base_url=server.url, verify="rewalk", parallel_windows=1)
    assert fetched.proofs[DAY1].state is ProofState.UNPROVEN


def test_walks_that_never_agree_prove_nothing_and_all_that_they_brought_is_kept(
    fetch_days: FetchDays, server: ScriptedServer
):
    server.serve(Lossy(most_of_a_list=9))
    fetched = fetch_days(*DAYS, base_url=server.url, verify="offset", parallel_windows=1)
    proof = proof_of(fetched)
    assert (proof.state, proof.road, proof.agreed) == (ProofState.UNPROVEN, Road.NONE, [])
    assert "5 walks, cut differently, fetched 9, " in proof.explanation
    assert "all of them are kept" in proof.explanation
    assert proof.calls >= 10
    assert 40 < len(brought(fetched)) < len(STARTS)
    assert len(server.asked) < 100


def test_what_no_walk_ever_brings_shows_in_none_and_the_proof_says_who_agreed(
    fetch_days: FetchDays, server: ScriptedServer
):
    server.serve(Lossy(never=["CA007"]))
    proof = proof_of(fetch_days(*DAYS, base_url=server.url, verify="offset", parallel_windows=1))
    assert proof.state is ProofState.PROVEN
    assert [name[:6] for name in proof.agreed] == ["walk 1", "walk 2"]


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_repeats_that_stand_for_as_many_losses_in_list_and_count_are_walked_again(
    fetch_days: FetchDays, server: ScriptedServer, version: str
):
    def find(asked: Asked) -> Answer:
        first, last = (datetime.fromisoformat(asked.param(name) or "") for name in ("start_time", "end_time"))
        names = [name for name, start in STARTS.items() if first <= start < last]
        if last - first > timedelta(hours=20):
            names = [names[place - 1] if place % 9 == 8 else name for place, name in enumerate(names)]
        offset, limit = (
            int(asked.param("offset") or asked.param("cursor") or 0),
            int(asked.param("limit") or 0),
        )
        following = offset + limit if offset + limit < len(names) else None
        if version == "v1":
            records = [{"id": name, "started_at": timestamp(STARTS[name])} for name in names[offset:][:limit]]
            more = {} if following is None else {"next_offset": following}
            return Answer(body=json.dumps({"conversations": records, **more}).encode())
        return rows_answered(names[offset:][:limit], None if following is None else str(following))

    server.serve(find)
    fetched = fetch_days(*DAYS, base_url=server.url, verify="offset", parallel_windows=1, api_version=version)
    assert brought(fetched) == set(STARTS)
    assert (proof_of(fetched).state, proof_of(fetched).road) == (ProofState.PROVEN, Road.REWALK)
