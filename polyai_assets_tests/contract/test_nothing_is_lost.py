"""Whatever is sent can be found again: in a column, in `extra`, in quarantine, or in what is reported."""

import json

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyai_assets.contract.conversation import ALSO_SENT_IN_TURNS as OF_TURNS
from polyai_assets.contract.conversation import CONVERSATION, LATENCY_FIELD, TURN
from polyai_assets.contract.detail import ALSO_SENT_IN_EVENTS as OF_EVENTS
from polyai_assets.contract.detail import DETAIL, FUNCTION_EVENT, METRIC_EVENT
from polyai_assets.contract.fields import LATENCY_MEMBER, own_fields
from polyai_assets.contract.tables import TABLES
from polyai_assets_tests.contract.details import rows_from
from polyai_assets_tests.contract.leaves import Pairs, kinds, members, values, written
from polyai_assets_tests.contract.records import CLEAN
from polyai_assets_tests.examples import examples
from polyai_assets_tests.warehouse.conftest import batch, rows, stage

EXAMPLES = settings(
    max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

latencies = members(
    [LATENCY_MEMBER, "label", f"{LATENCY_MEMBER}_percentile_1d", "asr"],
    label=st.just("text"),
    perceived_latency=st.just("real"),
)
turns = members([*(str(one.wire) for one in own_fields(TURN)), *OF_TURNS], **{LATENCY_FIELD: latencies})
metrics = members(["CSAT", "STEP"], CSAT=st.lists(kinds, max_size=3), STEP=st.just("text"))
conversations = members(
    [str(one.wire) for one in own_fields(CONVERSATION) if one.wire not in CLEAN] + ["turns", "metrics"],
    turns=st.lists(turns, min_size=1, max_size=3),
    metrics=metrics,
)
GIVEN = json.dumps(CLEAN | {"id": "CA#"})[1:-1]

events = members([*(str(one.wire) for one in own_fields(FUNCTION_EVENT)), *OF_EVENTS])
of_metric = st.lists(members([str(one.wire) for one in own_fields(METRIC_EVENT)]) | values, max_size=3)
details = members(
    [str(one.wire) for one in DETAIL if one.wire and not one.required] + ["shortSummary", "functionEvents"],
    shortSummary=members(["heading", "content"]),
    functionEvents=members(
        ["1", "2", "02"], **dict.fromkeys(["1", "2"], st.lists(events | values, max_size=2))
    ),
    metrics=members(["CSAT", "STEP"], CSAT=of_metric, STEP=of_metric),
)


@given(st.lists(conversations, min_size=8, max_size=12))
@EXAMPLES
def test_every_value_of_a_listed_conversation_is_found_again(
    connection: duckdb.DuckDBPyConnection, sent: list[Pairs]
) -> None:
    bodies, numbers = written(GIVEN, sent)
    stage(connection, batch(*bodies))
    kept = repr([rows(connection, f"FROM staged_{table.name}") for table in TABLES])
    assert [number for number in numbers if str(number) not in kept] == []


@given(st.lists(details, min_size=8, max_size=12))
@EXAMPLES
def test_every_value_of_a_detail_is_found_again(sent: list[Pairs]) -> None:
    bodies, numbers = written('"conversationId": "CA#", "accountId": "a", "projectId": "p"', sent)
    kept = repr([(one.row, one.events, one.metrics) for one in map(rows_from, bodies)])
    assert [number for number in numbers if str(number) not in kept] == []


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoinstall_known_extensions": False})
