"""Which requests a fault hits, how often, and how it is switched over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import BANK, HOTEL, Ask

NO_RANGE = {"start_time": None, "end_time": None}
NOON = datetime(2026, 11, 3, 18, tzinfo=UTC)


def test_a_fault_hits_only_its_project(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("error", project=BANK.key))

    assert ask(HOTEL).status_code == 200
    assert ask(BANK).status_code == 500


def test_a_fault_hits_only_ranges_that_meet_its_window(ask: Ask, simulator: Simulator) -> None:
    window = {"since": datetime(2026, 11, 4, tzinfo=UTC), "until": datetime(2026, 11, 5, tzinfo=UTC)}
    simulator.faults.add(Fault("error", times=None, **window))

    assert ask().status_code == 200
    assert ask(start_time="2026-11-05T00:00:00Z", end_time="2026-11-06T00:00:00Z").status_code == 200
    assert ask(start_time="2026-11-04T23:00:00Z", end_time="2026-11-06T00:00:00Z").status_code == 500
    assert ask(**NO_RANGE).status_code == 500


def test_a_fault_changes_only_records_in_its_window(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("set_field", {"field": "late", "value": True}, since=NOON))

    for conversation in ask().json()["conversations"]:
        assert ("late" in conversation) == (conversation["started_at"] >= "2026-11-03T18")


def test_a_fault_hits_only_its_page_of_a_walk(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("error", page=2, times=None))
    first = ask(limit=10)

    assert first.status_code == 200
    assert ask(limit=10, cursor=first.json()["cursor"]).status_code == 500
    assert ask(limit=10, offset=10).status_code == 500
    assert ask(limit=10, offset=20).status_code == 200


def test_a_fault_counts_its_hits_until_it_is_over(ask: Ask, simulator: Simulator) -> None:
    fault = simulator.faults.add(Fault("error", times=2, after=1))

    assert [ask().status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    assert (fault.hits, fault.is_over) == (2, True)


def test_an_unknown_kind_or_parameter_is_refused_at_once(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="use one of rate_limited"):
        simulator.faults.add(Fault("explode"))
    with pytest.raises(ValueError, match="statsu"):
        simulator.faults.add(Fault("error", {"statsu": 500}))
    with pytest.raises(ValueError, match="'to'"):
        simulator.faults.add(Fault("redirect"))
    with pytest.raises(ValueError, match="no zone"):
        Fault("error", since=datetime(2026, 11, 3))  # noqa: DTZ001 - the missing zone is what is tested


def test_faults_can_be_switched_over_http(
    ask: Ask, url: str, session: requests.Session, simulator: Simulator
) -> None:
    address = f"{url}/_simulator/faults"
    fault = {"kind": "error", "parameters": {"status": 502}, "times": 3, "since": "2026-11-01T00:00:00Z"}

    added = session.post(address, json=fault, timeout=10)
    hit = ask().status_code
    listed = session.get(address, timeout=10).json()
    cleared = session.delete(address, timeout=10)

    assert (added.status_code, hit, cleared.status_code) == (201, 502, 204)
    assert listed[0]["fault"] | fault == listed[0]["fault"]
    assert (listed[0]["hits"], listed[0]["is_over"]) == (1, False)
    assert ask().status_code == 200
    assert all(request.path.startswith("/v3/") for request in simulator.requests)


@pytest.mark.parametrize(
    "fault", [{"kind": "explode"}, {"kind": "error", "pages": 2}, {}, {"kind": "error", "times": "x"}]
)
def test_a_wrong_fault_over_http_is_400(url: str, session: requests.Session, fault: dict[str, Any]) -> None:
    reply = session.post(f"{url}/_simulator/faults", json=fault, timeout=10)

    assert reply.status_code == 400
    assert reply.json()["error_message"]
