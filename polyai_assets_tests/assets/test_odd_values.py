"""Values that Python, Arrow, pandas or DuckDB cannot hold: whichever record has them, its day and the others stand."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from polyai_assets.assets.specs import step_name
from polyai_assets.automation.runs import range_requests
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.simulator.exchange import Call
from polyai_assets_tests.assets.audio import talk, wanting
from polyai_assets_tests.conftest import Configure, Deploy, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, INGEST, project_of

pytestmark = pytest.mark.usefixtures("no_facts")

HUGE = 10**400
MOMENTS = (
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T23:59:59Z",
    "Fri, 31 Dec 9999 23:59:59 -1200",
    "infinity",
    "1" * 5000,
)
NUMBERS = (HUGE, -HUGE, 10**30, 1e308, -1e308, 2**63, -(2**63), -1, "1e999")

Odd = tuple[str, Any, bool]


def of_record(value: Any) -> Iterator[Odd]:
    """Fields of a record, their value, and whether they are those of turns."""
    if value in NUMBERS:
        for name in ("total_duration", "polyai_duration", "num_turns", "num_silences", "num_ood"):
            yield name, value, False
        yield "latency", value, True
    else:
        yield "user_input_datetime", value, True
        yield "agent_response_datetime", value, True
    yield "metrics", {"A": str(value), "B": value}, False


def of_detail(value: Any) -> Iterator[Odd]:
    times, numbers = ("createdAt", "startedAt", "finishedAt"), ("totalDuration", "duration", "polyScore")
    yield from ((name, value, False) for name in (numbers if value in NUMBERS else times))
    yield "metrics", {"A": [{"value": value, "timestamp": value}]}, False
    events = [{"id": "e", "name": "f", "start_time": value, "duration": value}]
    yield "functionEvents", {"1": events, str(HUGE): events, "\u00b2": events}, False


def send(polyai: Simulator, call: Call, fields_of: Callable[[Any], Iterator[Odd]]) -> set[str]:
    """Let a conversation have each of the values in all fields that may have it."""
    names = []
    for number, value in enumerate((*NUMBERS, *MOMENTS)):
        names.append(f"{call} {number}")
        talk(polyai, names[-1], turns=[{"user_input": "a", "agent_response": "b"}], num_turns=1)
        for field, odd, in_turns in fields_of(value):
            parameters = {"field": field, "value": odd, "in_turns": in_turns, "ids": [names[-1]]}
            polyai.faults.add(Fault("set_field", parameters, times=None, call=call))
    return {*names}


def test_a_record_with_a_value_that_nothing_holds_is_a_row_and_costs_nobody_else_theirs(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator
):
    names = send(polyai, "list", of_record) | send(polyai, "detail", of_detail)
    steps = prepare_steps(configure(audio=wanting(), max_attempts=1))
    assert steps.run(DAY1, assets=[*INGEST, *DETAILS, "audio"]).success
    for table in ("conversations", "turns", "conversation_details", "audio"):
        found = {name for (name,) in steps.ask(f"SELECT DISTINCT conversation_id FROM {table}")}
        assert names <= found, table
    assert steps.ask("SELECT count(*) FROM conversation_details WHERE status <> 'found'") == [(0,)]


@pytest.mark.parametrize("moment", ["yesterday", MOMENTS[0]])
def test_a_run_that_is_told_of_a_moment_which_is_none_says_so(
    deploy: Deploy, configure: Configure, moment: str
):
    deployment = deploy(configure())
    config = {"ops": {step_name(deployment.platform): {"config": {"top_up_around": [moment]}}}}
    (request,) = range_requests(deployment.platform, project_of(HOTEL), [DAY1], reason="by hand")
    run = deployment.request(request._replace(run_config=config))
    assert f"top_up_around has {moment!r}, which is no moment" in run.failure
