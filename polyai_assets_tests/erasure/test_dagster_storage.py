"""Dagster's database names conversations no more that were erased, and says all else as before."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.automation.dagster_home import DagsterUnreachable
from polyai_assets.erasure.dagster_storage import erase_from_dagster, erase_from_storages
from polyai_assets.erasure.erasure_plan import ErasurePlan
from polyai_assets.erasure.work import ErasureWork
from polyai_assets_tests.erasure.test_local_files import GONE, NEEDLES, STAYS

ASSET = dg.AssetKey("raw_conversations")


@pytest.mark.slow
def test_ids_are_crossed_out_in_events_runs_and_cursors(instance: dg.DagsterInstance):
    for name in (GONE, STAYS):
        instance.report_runless_asset_event(dg.AssetMaterialization(ASSET, metadata={"first_red": name}))
        instance.run_storage.set_cursor_values({f"cursor {name}": f"seen {name}"})
        instance.add_run_tags(instance.create_run_for_job(_job()).run_id, {"why": name})
    assert erase_from_storages(instance, NEEDLES)
    events = instance.fetch_materializations(ASSET, limit=9).records
    crossed = "x" * len(GONE)
    said = [
        event.asset_materialization.metadata["first_red"].value
        for event in events
        if event.asset_materialization
    ]
    assert sorted(said) == sorted([STAYS, crossed])
    cursors = instance.run_storage.get_cursor_values({f"cursor {STAYS}", f"cursor {GONE}"})
    assert cursors == {f"cursor {STAYS}": f"seen {STAYS}"}
    assert sorted(run.tags["why"] for run in instance.get_runs()) == sorted([STAYS, crossed])


def _job() -> dg.JobDefinition:
    @dg.job
    def nothing() -> None:
        """Do nothing."""

    return nothing


@pytest.mark.parametrize(
    ("written", "held"),
    [
        (None, []),
        ("telemetry: {enabled: false}", []),
        ("compute_logs: {module: x, class: y}", ["logs of steps, which dagster.yaml keeps elsewhere"]),
    ],
)
def test_where_dagster_keeps_all_in_files_they_are_mended_as_files(
    tmp_path: Path, written: str | None, held: list[str]
):
    if written is not None:
        (tmp_path / "dagster.yaml").write_text(written)
    assert [found.what for found in erase_from_dagster(tmp_path, NEEDLES)] == held


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("storage: {postgres: {postgres_url: x}}", "dagster.yaml"),
        ("storage: [", "cannot be read, and says where Dagster keeps its runs"),
    ],
)
def test_a_database_that_cannot_be_searched_is_named(tmp_path: Path, written: str, said: str):
    (tmp_path / "dagster.yaml").write_text(written)
    with pytest.raises(DagsterUnreachable, match=said):
        erase_from_dagster(tmp_path, NEEDLES)


def test_a_database_that_does_not_answer_keeps_an_erasure_from_beginning(tmp_path: Path):
    (tmp_path / "dagster.yaml").write_text("storage: {postgres: {postgres_url: x}}")
    plan = ErasurePlan(
        id="1", by="a test", begun_at=datetime(2026, 11, 20, tzinfo=UTC), days={"not/there/now": {}}
    )
    said: list[str] = []
    work = ErasureWork(tmp_path, [], plan, said.append, dagster_home=tmp_path)
    with pytest.raises(DagsterUnreachable, match="cannot be followed"):
        work.run()
    assert (said, work.troubles) == ([], [])
