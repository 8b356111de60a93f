"""Saved searches as their users have them: asked, ranked, and asked again."""

from datetime import timedelta

import pytest

from polyai_assets.api.conversations import MOST_FOUND
from polyai_assets.assets.search_days import SearchHits
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.assets.searching import (
    ASSET,
    DAYS,
    HITS,
    MEANING,
    PARKING,
    asked,
    beside_a_searching_one,
    put,
)
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    partitions_of,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


def test_hits_are_listed_by_day_and_search_in_the_servers_order(searching: Steps, in_dagster: InDagster):
    deployment = in_dagster(searching)
    assert deployment.run(DAY1, DAY3, ASSET).success
    assert deployment.ask(HITS) == [
        (str(DAY1), "parking", "a-park", 1),
        (str(DAY1), "sauna", "b-far", 2),
        (str(DAY1), "sauna", "c-near", 1),
        (str(DAY2), "parking", "d-park", 1),
    ]
    assert deployment.statuses("search_hits", DAYS) == ["MATERIALIZED"] * 3
    assert deployment.metadata("search_hits", DAY1) == {
        "dagster/partition_row_count": 3,
        "hits": {"parking": 1, "sauna": 2},
        "cut": [],
        "without_id": 0,
        "provisional": False,
    }


def test_each_search_is_asked_once_a_day_and_for_that_day_alone(searching: Steps):
    searching.run(DAY1, DAY2, ASSET)
    assert [(one["query_type"], one["start_time"], one["end_time"]) for one in asked(searching)] == [
        (["transcript"], ["2025-03-01T00:00:00Z"], ["2025-03-02T00:00:00Z"]),
        (["semantic"], ["2025-03-01T00:00:00Z"], ["2025-03-02T00:00:00Z"]),
        (["transcript"], ["2025-03-02T00:00:00Z"], ["2025-03-03T00:00:00Z"]),
        (["semantic"], ["2025-03-02T00:00:00Z"], ["2025-03-03T00:00:00Z"]),
    ]
    assert not any(name.startswith("include_") for one in asked(searching) for name in one)


def test_a_search_has_its_own_filters_and_else_those_of_the_project(
    prepare_steps: PrepareSteps, configure: Configure
):
    own = {"name": "own", "channels": ("chat",), "variant_name": "West Wing", "turn_type": "user"}
    searches = [PARKING.model_copy(update=own), PARKING]
    config = configure(searches=searches, channels=("voice", "SMS"), variant_id="7")
    steps = prepare_steps(config)
    assert steps.run(DAY1, assets=ASSET).success
    first, second = asked(steps)
    assert (first["channel"], first["variant_name"], first["turn_type"]) == (
        ["chat"],
        ["West Wing"],
        ["user"],
    )
    assert "variant_id" not in first
    assert (second["channel"], second["variant_id"]) == (["voice", "SMS"], ["7"])
    assert "turn_type" not in second


def test_a_search_looks_into_every_environment_of_the_project(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator
):
    put(polyai, "a-sandbox", "a place to park", environment="sandbox")
    put(polyai, "b-live", "a place to park")
    steps = prepare_steps(configure(searches=[PARKING], client_env=("live", "sandbox")))
    steps.run(DAY1, assets=ASSET)
    assert steps.ask("SELECT conversation_id, rank FROM search_hits ORDER BY rank") == [
        ("b-live", 1),
        ("a-sandbox", 2),
    ]


def test_what_a_server_gives_of_the_next_day_is_no_hit(searching: Steps):
    moved = Fault("set_field", {"field": "started_at", "value": f"{DAY2}T00:00:00Z"}, times=None)
    searching.simulator.faults.add(moved)
    searching.run(DAY1, assets=ASSET)
    assert searching.ask(HITS) == []


def test_hits_are_refreshed_whole(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    searching.simulator.remove(HOTEL.key, "c-near")
    put(searching.simulator, "e-park", "another place to park", f"{DAY1}T11:00:00Z")
    searching.run(DAY1, assets=ASSET)
    assert [hit[1:] for hit in searching.ask(HITS)] == [
        ("parking", "a-park", 2),
        ("parking", "e-park", 1),
        ("sauna", "b-far", 1),
    ]


def test_hits_of_a_search_that_is_no_longer_configured_leave(
    searching: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    searching.run(DAY1, DAY2, ASSET)
    fewer = prepare_steps(configure(searches=[PARKING]))
    fewer.run(DAY1, assets=ASSET)
    assert {(day, search) for day, search, *_ in fewer.ask(HITS)} == {
        (str(DAY1), "parking"),
        (str(DAY2), "parking"),
    }
    none = beside_a_searching_one(prepare_steps, configure)
    none.run(DAY1, DAY2, ASSET)
    assert none.ask(HITS) == []


def test_a_project_without_searches_is_asked_for_nothing_and_its_days_are_there(
    prepare_steps: PrepareSteps, configure: Configure
):
    steps = beside_a_searching_one(prepare_steps, configure)
    assert steps.run(DAY1, DAY2, ASSET).success
    assert steps.simulator.requests == []
    assert steps.ask(HITS) == []
    assert steps.statuses("search_hits", [DAY1, DAY2]) == ["MATERIALIZED"] * 2


def test_a_project_without_searches_needs_no_key(prepare_steps: PrepareSteps, configure: Configure):
    assert beside_a_searching_one(prepare_steps, configure, key=None).run(DAY1, assets=ASSET).success


def test_a_cut_search_is_told(searching: Steps):
    for number in range(MOST_FOUND):
        put(searching.simulator, f"more {number}", "a sauna")
    assert searching.run(DAY1, assets=ASSET).success
    assert searching.metadata("search_hits", DAY1)["cut"] == ["sauna"]
    assert searching.metadata("search_hits", DAY1)["hits"]["sauna"] == MOST_FOUND
    assert ("sauna", "c-near", 1) in [hit[1:] for hit in searching.ask(HITS)]


def test_a_day_that_is_not_over_is_asked_too_and_provisional(searching: Steps):
    noon = midnight(DAY1) + timedelta(hours=12)
    store, warehouse = RawStore(searching.platform.raw_store), Warehouse(searching.platform.warehouse)
    step = SearchHits(store, warehouse, searching.root / "spool", connect, now=lambda: noon)
    config = searching.platform.projects[0]
    (outcome,) = step.run(config, partitions_of(config.project, [DAY1]))
    assert outcome.metadata("search_hits")["provisional"] is True
    assert searching.ask("SELECT DISTINCT found_at FROM search_hits") == [(noon,)]


def test_v2_is_searched_as_v3_is(searching: Steps, prepare_steps: PrepareSteps, configure: Configure):
    searching.run(DAY1, assets=ASSET)
    hits = searching.ask(HITS)
    v2 = prepare_steps(configure(searches=[PARKING, MEANING], api_version="v2"))
    searching.simulator.requests.clear()
    assert v2.run(DAY1, assets=ASSET).success
    assert v2.ask(HITS) == hits
    assert {one.path.split("/")[1] for one in v2.simulator.requests} == {"v2"}


def test_conversations_without_an_id_are_counted(searching: Steps):
    record = {
        "started_at": f"{DAY1}T09:00:00Z",
        "environment": "live",
        "channel": "CHAT",
        "turns": [{"user_input": "a place to park"}],
    }
    searching.simulator.put(HOTEL.key, record, conversation_id="none")
    searching.run(DAY1, assets=ASSET)
    assert searching.metadata("search_hits", DAY1)["without_id"] == 1
    assert searching.metadata("search_hits", DAY1)["hits"]["parking"] == 1
