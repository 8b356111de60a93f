"""Fetching a project by v1 and v2 of the API, with all the proofs of v3."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from polyai_assets.api.query import ConversationQuery
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.proof import ProofState
from polyai_assets.raw.conversations.request import Fetch, FetchRequest
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Clock, Fault, Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, DAY5, HOTEL, NOW
from polyai_assets_tests.raw.conftest import RULES, FetchDays, ids_of

DAYS = (DAY1, DAY2, DAY3)
Attempt = Callable[[str], Fetch]
FULL = ConversationQuery(include_latency=True, include_turn_metadata=True, include_context_state=True)


def ids_in(polyai: Simulator, *days: date) -> list[list[str]]:
    return [
        [
            one["id"]
            for one in polyai.conversations(HOTEL.key, midnight(day), midnight(day + timedelta(days=1)))
        ]
        for day in days
    ]


def found(fetched: Fetch, *days: date) -> list[list[str | None]]:
    return [ids_of(fetched, day) for day in days]


@pytest.mark.parametrize("page_size", [1, 2, 7, 1000])
@pytest.mark.parametrize("parallel_windows", [1, 2])
@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_each_version_brings_every_day_what_it_has_and_proves_the_count(
    fetch_days: FetchDays, polyai: Simulator, version: str, parallel_windows: int, page_size: int
):
    fetched = fetch_days(
        *DAYS, verify="offset", api_version=version, parallel_windows=parallel_windows, page_size=page_size
    )
    assert found(fetched, *DAYS) == ids_in(polyai, *DAYS)
    assert {proof.state for proof in fetched.proofs.values()} == {ProofState.PROVEN}
    assert [walk.duplicates for walk in fetched.walks] == [[]] * parallel_windows
    ends = {"v1": "no next_offset", "v2": "no next_offset", "v3": "null cursor"}
    assert {walk.closed_by for walk in fetched.walks} == {ends[version]}
    assert {request.path.split("/")[1] for request in polyai.requests} == {version}


def test_v2_that_streams_is_walked_by_cursor(fetch_days: FetchDays):
    simulator = Simulator([HOTEL], clock=Clock(NOW), streaming=True)
    with simulator.running() as url:
        fetched = fetch_days(*DAYS, base_url=url, api_version="v2", page_size=2, parallel_windows=1)
    assert found(fetched, *DAYS) == ids_in(simulator, *DAYS)
    assert [walk.closed_by for walk in fetched.walks] == ["null cursor"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_what_vanishes_while_pages_are_fetched_takes_nothing_else_along(
    fetch_days: FetchDays, polyai: Simulator, version: str
):
    (everything,) = ids_in(polyai, DAY1)
    later = [name for day in ids_in(polyai, DAY2, DAY3) for name in day]
    vanishing = polyai.faults.add(Fault("vanish", {"ids": everything, "count": None}, after=2))
    fetched = fetch_days(*DAYS, api_version=version, page_size=2, parallel_windows=1)
    brought = {name for day in found(fetched, *DAYS) for name in day}
    assert set(later) <= brought
    assert vanishing.hits == 1


def test_records_of_v1_are_kept_byte_for_byte(fetch_days: FetchDays, polyai: Simulator):
    odd = b'{ "id":"CA-odd",\t"started_at":"2025-03-02 10:00:00.5", "handoff_reason":null, "x":"\xff" }'
    polyai.put(HOTEL.key, odd, conversation_id="CA-odd", started_at="2025-03-02T10:00:00.5Z")
    fetched = fetch_days(DAY2, api_version="v1")
    assert odd in list(fetched.entries[DAY2].payloads())


def test_times_of_v1_without_a_zone_are_read_as_utc(fetch_days: FetchDays, polyai: Simulator):
    for name, start in (("last", "2025-03-01 23:59:59.999"), ("first", "2025-03-02 00:00:00")):
        polyai.put(HOTEL.key, {"id": name, "started_at": start})
    fetched = fetch_days(DAY1, DAY2, api_version="v1")
    assert ("last" in ids_of(fetched, DAY1), "first" in ids_of(fetched, DAY2)) == (True, True)


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        ("v1", {}),
        ("v2", {"include_latency": True, "include_turn_metadata": True, "include_context_state": True}),
    ],
)
def test_a_certificate_names_the_version_and_only_what_it_was_asked(
    fetch_days: FetchDays, tmp_path: Path, version: str, asked: dict[str, bool]
):
    fetched = fetch_days(DAY1, api_version=version, query=FULL, verify="offset")
    certificate = commit_day(RawStore(str(tmp_path / "raw")), fetched, DAY1, RULES)
    assert certificate.query == {"api_version": version, **asked, "client_env": ["live"]}
    assert certificate.problems() == []
    assert certificate.proof is not None
    assert certificate.proof.explanation == "the API counts 3 conversations by offset too"


def test_a_deployment_that_refuses_a_detail_is_fetched_without_it(fetch_days: FetchDays):
    known = frozenset({"include_latency", "include_turn_metadata"})
    simulator = Simulator([HOTEL], clock=Clock(NOW), includes=known, refuses_unknown_includes=True)
    with simulator.running() as url:
        fetched = fetch_days(*DAYS, base_url=url, query=FULL, verify="offset", parallel_windows=1)
    assert found(fetched, *DAYS) == ids_in(simulator, *DAYS)
    assert {proof.state for proof in fetched.proofs.values()} == {ProofState.PROVEN}
    assert all(b'"latency"' in payload for payload in fetched.entries[DAY1].payloads())
    assert fetched.left_out == ("include_context_state",)
    refused = [request for request in simulator.requests if request.status == 400]
    assert len(refused) == 1  # the clients of one fetch learn from each other


@pytest.fixture
def attempt(tmp_path: Path, configure: Configure) -> Attempt:
    """Fetch three days; each attempt finds the spool as the last one left it."""

    def attempt(version: str) -> Fetch:
        config = configure(max_attempts=1, api_version=version)
        request = FetchRequest(connection=config.connection(), days=DAYS, page_size=2)
        with spool(tmp_path / "spool", NOW) as records:
            return fetch(request, records, now=lambda: NOW)

    return attempt


def down_after(pages: int) -> Fault:
    return Fault("error", {"status": 503}, times=None, after=pages)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("pages", [1, 2, 4])
def test_a_fetch_by_offset_that_died_goes_on_where_it_was(
    attempt: Attempt, polyai: Simulator, version: str, pages: int
):
    polyai.faults.add(down_after(pages))
    assert set(attempt(version).failed) == set(DAYS)
    polyai.faults.clear()
    fetched = attempt(version)
    assert found(fetched, *DAYS) == ids_in(polyai, *DAYS)
    assert [len(walk.pages) for walk in fetched.walks] == [5]
    assert sum(request.status == 200 for request in polyai.requests) == 5


def test_what_drifts_while_a_fetch_is_dead_is_not_lost(attempt: Attempt, polyai: Simulator):
    first, *others = ids_in(polyai, *DAYS)
    polyai.faults.add(down_after(2))
    attempt("v1")
    polyai.faults.clear()
    for name in first:
        polyai.remove(HOTEL.key, name)
    assert found(attempt("v1"), *DAYS)[1:] == others


def test_a_walk_that_one_version_began_is_not_continued_by_another(attempt: Attempt, polyai: Simulator):
    polyai.faults.add(down_after(2))
    attempt("v2")
    polyai.faults.clear()
    fetched = attempt("v1")
    assert found(fetched, *DAYS) == ids_in(polyai, *DAYS)
    first = next(request for request in polyai.requests if request.path.startswith("/v1/"))
    assert "offset" not in first.query


def test_pages_of_v1_hold_up_to_5000(fetch_days: FetchDays, polyai: Simulator):
    fetch_days(DAY5, api_version="v1", page_size=5000)
    assert polyai.requests[0].query["limit"] == ["5000"]
