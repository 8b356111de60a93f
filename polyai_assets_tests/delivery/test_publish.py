"""Days as they are published: immutable files that plain DuckDB reads, versions, and what a kill leaves."""

import json
import re
from datetime import date
from os import utime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.delivery import publish
from polyai_assets.delivery.certified_day import NotLoaded
from polyai_assets.delivery.manifest import ManifestUnreadable, write_manifest
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.delivery.conftest import DAY, NOW, Desk

NEXT_DAY = date(2026, 3, 2)
ONE, TWO = payload(FULL), payload(FULL, id="CA2")


def test_a_day_is_published_for_plain_duckdb(desk: Desk) -> None:
    desk.load(ONE, TWO)
    published = desk.publish()
    assert published.is_new
    assert published.manifest is not None
    assert (published.manifest.version, published.manifest.restates) == (1, None)
    assert {name: file.rows for name, file in published.manifest.tables.items()} == {
        "conversations": 2,
        "turns": 4,
        "metrics": 6,
        "conversation_facts": 2,
    }
    assert desk.read() == [(str(DAY), "CA1"), (str(DAY), "CA2")]


def test_the_query_of_the_page_on_delivery_counts_the_newest_versions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text()
    (query,) = re.findall(r"```duckdb\n(.*?)```", page, re.DOTALL)
    for payloads in ((ONE,), (ONE, TWO)):
        desk.load(*payloads)
        desk.publish()
    monkeypatch.chdir(desk.folder)
    with duckdb.connect() as connection:
        for statement in connection.extract_statements(query):
            found = connection.execute(statement).fetchall()
    assert found == [(DAY, 2)]


def test_the_same_content_makes_no_new_version(desk: Desk) -> None:
    desk.load(ONE)
    first = desk.publish()
    desk.load(ONE, fetch_id="f2")
    again = desk.publish()
    assert (again.is_new, again.manifest) == (False, first.manifest)
    assert len(list(desk.place.rglob("*.parquet"))) == 4


def test_a_restated_day_is_a_new_version_and_the_old_files_stay(desk: Desk) -> None:
    desk.load(ONE)
    before = desk.publish().manifest
    desk.load(ONE, TWO)
    after = desk.publish().manifest
    assert before is not None
    assert after is not None
    assert (after.version, after.restates) == (2, 1)
    assert desk.read() == [(str(DAY), "CA1"), (str(DAY), "CA2")]
    assert (desk.place / before.tables["conversations"].file).exists()


def test_a_day_that_became_empty_is_a_version_without_rows(desk: Desk) -> None:
    desk.load(ONE)
    desk.publish()
    desk.load()
    emptied = desk.publish().manifest
    assert emptied is not None
    assert (emptied.version, {file.rows for file in emptied.tables.values()}) == (2, {0})
    assert desk.read() == []


def test_a_conversation_that_moves_to_another_day_leaves_the_one_and_is_on_the_other(desk: Desk) -> None:
    desk.load(ONE, TWO)
    desk.load(day=NEXT_DAY)
    for day in (DAY, NEXT_DAY):
        desk.publish(day)
    desk.load(ONE)
    desk.load(TWO, day=NEXT_DAY)
    for day in (DAY, NEXT_DAY):
        assert desk.publish(day).is_new
    assert desk.read() == [(str(DAY), "CA1"), (str(NEXT_DAY), "CA2")]


def test_a_kill_between_the_files_and_the_manifest_leaves_the_old_version(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    desk.load(ONE)
    desk.publish()
    desk.load(ONE, TWO)
    with monkeypatch.context() as patch:
        patch.setattr(publish, "write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.publish()
    assert desk.read() == [(str(DAY), "CA1")]
    assert desk.publish().is_new
    assert desk.read() == [(str(DAY), "CA1"), (str(DAY), "CA2")]


def test_what_another_process_published_meanwhile_is_looked_at_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.load(ONE)
    others: list[Any] = []

    def late(store: Any, manifest: Any) -> bool:
        if not others:
            others.append(manifest)
            assert write_manifest(store, manifest)
        return write_manifest(store, manifest)

    monkeypatch.setattr(publish, "write_manifest", late)
    published = desk.publish()
    assert (published.is_new, published.manifest) == (False, others[0])


@pytest.mark.parametrize(
    ("include", "changed", "reason"),
    [
        ("settled", {}, "it is not settled"),
        ("certified", {"records_sha256": "x", "query": {"client_env": ["live"]}}, "it is incomplete"),
    ],
)
def test_a_day_that_is_not_included_is_left_out_with_the_reason(
    desk: Desk, include: str, changed: dict[str, Any], reason: str
) -> None:
    desk.load(ONE, **changed)
    left_out = desk.publish(include=include)
    assert (left_out.manifest, left_out.reason) == (None, reason)
    assert desk.publish(include="any").is_new


def test_a_day_that_settles_is_a_new_version_of_the_same_files(desk: Desk) -> None:
    desk.load(ONE)
    before = desk.publish().manifest
    desk.load(ONE, settled=True)
    after = desk.publish().manifest
    assert before is not None
    assert after is not None
    assert (after.version, after.settled, after.tables) == (2, True, before.tables)


def test_tables_that_are_not_of_the_certificate_are_not_published(desk: Desk) -> None:
    desk.load(ONE)
    desk.load(ONE, TWO, certified=False)
    with pytest.raises(NotLoaded, match=r"another fetch of this day.*polyai backfill .* --replay"):
        desk.publish()


def test_a_day_that_loads_does_not_remember_is_known_by_its_facts(desk: Desk) -> None:
    desk.load(ONE)
    with duckdb.connect(desk.warehouse.target) as connection:
        connection.execute("DELETE FROM loads")
    assert desk.publish().is_new


def test_another_dataset_that_was_loaded_says_nothing_of_the_conversations(desk: Desk) -> None:
    desk.load(ONE)
    with duckdb.connect(desk.warehouse.target) as connection:
        connection.execute("UPDATE loads SET dataset = 'details', records_sha256 = 'others'")
    assert desk.publish().is_new


def test_a_table_that_nothing_filled_yet_is_published_without_rows(desk: Desk) -> None:
    desk.load(ONE)
    manifest = desk.publish(tables=("audio",)).manifest
    assert manifest is not None
    assert manifest.tables["audio"].rows == 0
    assert "duration" in {column.name for column in manifest.tables["audio"].columns}


def test_a_damaged_manifest_is_named_with_what_to_do(desk: Desk) -> None:
    desk.load(ONE)
    desk.publish()
    (manifest,) = desk.place.rglob("*.json")
    manifest.write_text("{")
    with pytest.raises(ManifestUnreadable, match=f"{manifest.name} cannot be read.*delete it"):
        desk.publish()


def test_old_versions_and_what_killed_runs_left_are_removed_but_no_file_that_a_version_names(
    desk: Desk,
) -> None:
    for payloads in ((ONE,), (ONE, TWO), (TWO,)):
        desk.load(*payloads)
        desk.publish(keep_versions=2)
        for file in desk.place.rglob("*.parquet"):
            utime(file, (0, 0))  # more than a day old
    left = next(desk.place.glob("conversations/*/*")) / "v4-0123456789ab.parquet"
    young = left.with_name("v5-0123456789ab.parquet")
    for file in (left, young):
        file.touch()
    utime(left, (0, 0))
    utime(young, (NOW.timestamp(), NOW.timestamp()))
    desk.load()
    assert desk.publish(keep_versions=2).is_new
    manifests = sorted(file.name for file in desk.place.rglob("*.json"))
    assert manifests == [f"{DAY}.v3.json", f"{DAY}.v4.json"]
    named = {
        Path(file["file"]).name
        for name in manifests
        for file in json.loads(next(desk.place.rglob(name)).read_text())["tables"].values()
    }
    assert {file.name for file in desk.place.rglob("*.parquet")} == named | {young.name}
