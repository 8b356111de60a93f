"""What the warehouse holds of any dataset is not loaded again: it was fetched, and found to be as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.retired_days import RetiredOutcome
from polyai_assets.privacy.tombstones import Tombstone, keep_tombstones
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import RAW as RAW_LAYER
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.raw_days import mark_days
from polyai_assets.retention.rows import RowStore
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse import loads
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.audio import AUDIO, silence, talk, wanting
from polyai_assets_tests.assets.searching import PARKING, put
from polyai_assets_tests.conftest import Configure, Prepare
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DETAILS,
    HOTEL,
    INGEST,
    RAW,
    RAW_DETAILS,
    platform_in,
    project_of,
)
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import long

PARTITION = Partition(project_of(HOTEL), DAY1)
STEPS = {
    "conversations": (INGEST, "conversations"),
    "details": (DETAILS, "conversation_details"),
    "recordings": (AUDIO, "audio"),
    "searches": (("search_hits",), "search_hits"),
    "samples": (("qa_samples",), "qa_samples"),
}
"""The assets of each dataset, and a table that has a row for each of its conversations."""

every_dataset = pytest.mark.parametrize(
    "dataset", ["conversations", "details", long("searches"), long("recordings"), long("samples")]
)


@pytest.fixture
def steps(configure: Configure, polyai: Simulator, prepared: Prepare, tmp_path: Path) -> Steps:
    """A day with two calls, all datasets of which are loaded."""
    silence(polyai, DAY1)
    talk(polyai, "one", "two", turns=[{"user_input": "a place to park", "agent_response": ""}])
    config = configure(audio=wanting(), searches=[PARKING], samples=5, max_attempts=1)

    def steps_in(folder: Path) -> Steps:
        return Steps(platform_in(folder, config), folder, polyai)

    def load_all(folder: Path) -> None:
        for assets, _ in STEPS.values():
            assert steps_in(folder).run(assets=assets).success

    prepared("a day of every dataset", tmp_path, load_all)
    return steps_in(tmp_path)


def file_of(steps: Steps) -> bytes:
    return Path(steps.platform.warehouse).read_bytes()


def loaded_at(steps: Steps, dataset: str) -> list[datetime]:
    return [at for (at,) in steps.ask(f"SELECT loaded_at FROM loads WHERE dataset = '{dataset}'")]


def names(steps: Steps, dataset: str) -> list[str]:
    found = steps.ask(f"SELECT conversation_id FROM {STEPS[dataset][1]} ORDER BY ALL")
    return [name for (name,) in found]


def run(steps: Steps, dataset: str) -> PartitionOutcome:
    (outcome,) = steps.run(assets=STEPS[dataset][0]).outcomes
    assert outcome.error is None
    return outcome


def shown(steps: Steps, dataset: str) -> object:
    table = STEPS[dataset][1]
    return {
        name: value
        for name, value in steps.metadata(table, DAY1).items()
        if name not in ("fetched", "asked_for")  # what this run did
    }


@every_dataset
def test_what_has_not_changed_is_not_loaded_and_shows_what_it_showed(steps: Steps, dataset: str) -> None:
    held, at = file_of(steps), loaded_at(steps, dataset)
    assert len(at) == 1
    run(steps, dataset)
    first = shown(steps, dataset)
    assert (file_of(steps), loaded_at(steps, dataset)) == (held, at)
    Path(steps.platform.warehouse).unlink()  # a file that is gone holds nothing
    run(steps, dataset)
    assert (names(steps, dataset), shown(steps, dataset)) == (["one", "two"], first)


@every_dataset
def test_what_another_version_has_loaded_is_loaded_once(
    steps: Steps, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = loaded_at(steps, dataset)
    monkeypatch.setattr(loads, "version", lambda _: "another")
    run(steps, dataset)
    (at,) = loaded_at(steps, dataset)
    assert at > before
    run(steps, dataset)
    assert loaded_at(steps, dataset) == [at]


@every_dataset
def test_a_conversation_that_was_erased_leaves_and_the_day_is_held_without_it(
    steps: Steps, dataset: str
) -> None:
    store = RawStore(steps.platform.raw_store)
    keep_tombstones(store, PARTITION.project, ["one"], Tombstone("2025-03-02T00:00:00", "receipt"))
    run(steps, dataset)
    assert names(steps, dataset) == ["two"]
    held = file_of(steps)
    run(steps, dataset)
    assert file_of(steps) == held


@every_dataset
def test_rows_that_retention_has_removed_do_not_come_back(steps: Steps, dataset: str) -> None:
    store, (config,) = RawStore(steps.platform.raw_store), steps.platform.projects
    mark_days(store, [PARTITION], RAW_LAYER, datetime.now(UTC))
    with own_duckdb() as connection:
        rows = RowStore(connection, Warehouse(steps.platform.warehouse), steps.platform.contract)
        rows.delete_rows(config, DAY2)
    assert isinstance(run(steps, dataset), RetiredOutcome)
    assert names(steps, dataset) == []


def test_a_table_of_which_recordings_were_removed_is_not_taken_for_what_was_loaded(steps: Steps) -> None:
    (config,) = steps.platform.projects
    with own_duckdb() as connection:
        rows = RowStore(connection, Warehouse(steps.platform.warehouse), steps.platform.contract)
        rows.clear_recordings(config, DAY2)
    assert loaded_at(steps, "recordings") == []
    assert [len(loaded_at(steps, other)) for other in ("conversations", "details")] == [1, 1]


@pytest.mark.parametrize("dataset", ["details", "searches"])
def test_a_replay_loads_what_is_held(steps: Steps, dataset: str) -> None:
    (before,) = loaded_at(steps, dataset)
    assets = [asset for asset in STEPS[dataset][0] if asset != RAW_DETAILS[0]]
    assert steps.run(assets=assets, replay=True).success
    (at,) = loaded_at(steps, dataset)
    assert at > before


def test_details_that_a_run_has_committed_and_not_loaded_are_loaded_by_the_next(steps: Steps) -> None:
    talk(steps.simulator, "three")
    assert steps.run(assets=RAW).success
    assert steps.run(assets=RAW_DETAILS).success
    assert names(steps, "details") == ["one", "two"]
    run(steps, "details")
    assert names(steps, "details") == ["one", "three", "two"]


def test_a_table_of_loads_that_names_no_datasets_is_that_of_conversations(steps: Steps) -> None:
    with own_duckdb() as connection, Warehouse(steps.platform.warehouse).attached(connection):
        connection.execute("DELETE FROM warehouse.main.loads WHERE dataset <> 'conversations'")
        connection.execute("ALTER TABLE warehouse.main.loads DROP COLUMN dataset")
    for _ in range(2):
        run(steps, "details")
    assert steps.ask("SELECT dataset, count(*) FROM loads GROUP BY ALL ORDER BY ALL") == [
        ("details", 1),
        (None, 1),
    ]
    held = file_of(steps)
    run(steps, "conversations")
    assert file_of(steps) == held


@pytest.mark.parametrize("dataset", ["conversations", "details"])
def test_what_is_held_shows_the_facts_as_they_are(steps: Steps, dataset: str) -> None:
    """Another step may have made them anew since."""
    with own_duckdb() as connection, Warehouse(steps.platform.warehouse).attached(connection):
        connection.execute("UPDATE warehouse.main.conversation_facts SET outcome = 'other'")
    held = file_of(steps)
    (made,) = run(steps, dataset).made_beside.values()
    assert "`other` | 2 | 100.0%" in made["outcomes"].value
    assert file_of(steps) == held


def test_hits_that_are_found_again_keep_the_time_at_which_they_were_found(steps: Steps) -> None:
    (found_at,) = steps.ask("SELECT DISTINCT found_at FROM search_hits")
    run(steps, "searches")
    put(steps.simulator, "late", "no place to park")
    run(steps, "searches")
    assert len(names(steps, "searches")) == 3
    ((later,),) = steps.ask("SELECT DISTINCT found_at FROM search_hits")
    assert later > found_at[0]
