"""Saved searches as their users have them: asked, ranked, asked again, red where that fails, rebuilt without a call."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.api.conversations import MOST_FOUND
from polyai_assets.assets.search_days import SearchHits
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    QUIET,
    Deployment,
    Run,
    broken,
    partition,
    partitions_of,
)
from polyai_assets_tests.steps import Steps

ASSET = ("search_hits",)
DAYS = (DAY1, DAY2, DAY3)
PARKING = SearchConfig(name="parking", type="transcript", query="place to park")
MEANING = SearchConfig(name="sauna", type="semantic", query="sauna broken")
HITS = "SELECT CAST(date AS VARCHAR), search, conversation_id, rank FROM search_hits ORDER BY ALL"


def put(
    simulator: Simulator, name: str, said: str, started_at: str = f"{DAY1}T12:00:00Z", **more: Any
) -> None:
    """Give the hotel a conversation in which something is said."""
    record = {
        "id": name,
        "started_at": started_at,
        "in_progress": False,
        "environment": "live",
        "channel": "CHAT",
        "variant_id": "",
        "turns": [{"user_input": said, "agent_response": ""}],
    }
    simulator.put(HOTEL.key, record | more)


def beside_a_searching_one(prepare_steps: PrepareSteps, configure: Configure, **options: Any) -> Steps:
    """A hotel without searches, in a platform in which another project has one."""
    return prepare_steps(configure(**options), configure(BANK, searches=[PARKING]))


def asked(steps: Steps) -> list[dict[str, list[str]]]:
    return [one.query for one in steps.simulator.requests]


def replayed(deployment: Deployment, first: date, last: date) -> Run:
    job = deployment.definitions.resolve_implicit_global_asset_job_def()
    tags = {
        "dagster/asset_partition_range_start": partition(first),
        "dagster/asset_partition_range_end": partition(last),
    }
    config = {"ops": {"search_hits": {"config": {"replay": True}}}}
    result = job.execute_in_process(
        instance=deployment.instance,
        tags=tags,
        asset_selection=[deployment.key("search_hits")],
        run_config={**QUIET, **config},
        raise_on_error=False,
    )
    return Run(result)


def forget_the_warehouse(steps: Steps) -> None:
    Path(steps.platform.warehouse).unlink()
    steps.simulator.requests.clear()


@pytest.fixture
def searching(prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator) -> Steps:
    """A hotel with two searches, and something for each to find on the first two days."""
    put(polyai, "b-far", "is there a sauna")
    put(polyai, "c-near", "the sauna is broken", f"{DAY1}T12:01:00Z")
    put(polyai, "a-park", "I need a place to park", f"{DAY1}T12:02:00Z")
    put(polyai, "d-park", "no place to park?", f"{DAY2}T00:00:00Z")
    return prepare_steps(configure(searches=[PARKING, MEANING], max_attempts=1))


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


def test_a_red_day_keeps_its_hits_and_does_not_hold_back_the_others(searching: Steps, in_dagster: InDagster):
    deployment = in_dagster(searching)
    deployment.run(DAY1, DAY3, ASSET)
    before = deployment.ask(HITS)
    put(deployment.simulator, "e-park", "a place to park", f"{DAY1}T01:00:00Z")
    put(deployment.simulator, "f-park", "a place to park", f"{DAY3}T01:00:00Z")
    deployment.simulator.faults.add(broken(DAY1))
    run = deployment.run(DAY1, DAY3, ASSET)
    assert "1 of 3 partitions are red" in run.failure
    assert "It was asked by the search 'parking'." in run.failure
    assert deployment.statuses("search_hits", DAYS) == ["FAILED", "MATERIALIZED", "MATERIALIZED"]
    assert deployment.ask(HITS) == [*before, (str(DAY3), "parking", "f-park", 1)]


def test_a_day_is_red_if_one_of_its_searches_fails_and_nothing_of_it_changes(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    before = searching.ask("FROM search_hits ORDER BY ALL")
    searching.simulator.faults.add(Fault("error", {"status": 418}, after=1))
    assert not searching.run(DAY1, assets=ASSET).success
    assert searching.ask("FROM search_hits ORDER BY ALL") == before
    assert searching.run(DAY1, assets=ASSET, replay=True).success
    assert searching.ask("FROM search_hits ORDER BY ALL") == before


def test_an_error_that_every_day_would_meet_is_met_once(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(configure(searches=[PARKING], key="wrong"))
    run = steps.run(DAY1, DAY3, ASSET)
    assert len(run.red) == 3
    assert len(steps.simulator.requests) == 1
    assert "wrong" not in run.failure


def test_a_missing_key_names_its_variable(prepare_steps: PrepareSteps, configure: Configure):
    run = prepare_steps(configure(searches=[PARKING], key=None)).run(DAY1, DAY3, ASSET)
    assert "KEY_OF_HOTEL_BOT" in run.failure


def test_an_outage_is_not_waited_for_day_after_day(
    prepare_steps: PrepareSteps, configure: Configure, in_dagster: InDagster, monkeypatch: pytest.MonkeyPatch
):
    retries_at_once(monkeypatch, 1)
    deployment = in_dagster(prepare_steps(configure(searches=[PARKING], max_attempts=1)))
    deployment.simulator.faults.add(Fault("error", {"status": 503}, times=None))
    run = deployment.run(DAY1, DAY1 + timedelta(days=8), ASSET)
    assert (run.success, run.retries) == (False, 1)
    assert len(deployment.simulator.requests) == 2 * 3


def test_after_an_outage_the_run_is_tried_again(
    prepare_steps: PrepareSteps, configure: Configure, in_dagster: InDagster, monkeypatch: pytest.MonkeyPatch
):
    retries_at_once(monkeypatch, 1)
    deployment = in_dagster(prepare_steps(configure(searches=[PARKING], max_attempts=1)))
    deployment.simulator.faults.add(Fault("error", {"status": 503}, times=3))
    assert deployment.run(DAY1, DAY3, ASSET).success


def test_a_red_project_does_not_hold_back_another(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(
        configure(HOTEL, searches=[PARKING], key="wrong"), configure(BANK, searches=[PARKING])
    )
    assert not steps.run(DAY1, DAY3, ASSET, projects=(HOTEL, BANK)).success
    assert steps.statuses("search_hits", DAYS, HOTEL) == ["FAILED"] * 3
    assert steps.statuses("search_hits", DAYS, BANK) == ["MATERIALIZED"] * 3


def test_the_table_is_rebuilt_from_the_raw_store_without_a_call(searching: Steps, in_dagster: InDagster):
    searching.run(DAY1, DAY3, ASSET)
    everything = searching.ask("FROM search_hits ORDER BY ALL")
    forget_the_warehouse(searching)
    assert replayed(in_dagster(searching), DAY1, DAY3).success
    assert searching.ask("FROM search_hits ORDER BY ALL") == everything
    assert searching.simulator.requests == []


def test_what_was_never_asked_cannot_be_listed_again(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    run = searching.run(DAY1, DAY2, ASSET, replay=True)
    assert (
        f"- {partition(DAY2)}: its searches were never asked. First: `polyai backfill {HOTEL.key} "
        f"--since {DAY2} --until {DAY2} --searches`" in run.failure
    )
    assert searching.statuses("search_hits", [DAY1, DAY2]) == ["MATERIALIZED", "FAILED"]


def test_a_rebuilt_day_tells_which_searches_were_added_or_changed_since(
    searching: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    searching.run(DAY1, assets=ASSET)
    changed = MEANING.model_copy(update={"query": "steam bath"})
    other = prepare_steps(configure(searches=[changed, PARKING.model_copy(update={"name": "new"})]))
    assert other.run(DAY1, assets=ASSET, replay=True).success
    assert other.metadata("search_hits", DAY1)["added_or_changed_since"] == ["new", "sauna"]
    assert {search for _, search, *_ in other.ask(HITS)} == {"sauna"}


def test_a_damaged_file_is_told_and_asking_anew_mends_it(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    (file,) = Path(searching.platform.raw_store, "searches").rglob("*.json")
    file.write_bytes(b"{")
    told = f"{file} is no file of answers that we can read"
    assert told in searching.run(DAY1, assets=ASSET, replay=True).failure
    assert searching.run(DAY1, assets=ASSET).success
    assert searching.run(DAY1, assets=ASSET, replay=True).success


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
