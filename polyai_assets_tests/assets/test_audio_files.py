"""The files of recordings: kept, made again, damaged, forgotten, and named after ids of any kind."""

import json
from datetime import UTC, datetime

import pytest

from polyai_assets.raw.conversations.decisions import forget_vanished
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import MANIFEST, Key
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.assets.audio import (
    AUDIO,
    asked,
    files,
    folder,
    rows,
    talk,
    wanting,
)
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY3,
    HOTEL,
    RAW,
    project_of,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

STRANGE = [
    "a/b",
    "it's",
    "nul\x00byte",
    "a..b",
    "../up",
    "naïve-日本",
    "50%",
    "%00",
    "%2F",
    "a?b#c",
    "a\nb",
    "x" * 500,
]


def test_a_second_run_asks_for_nothing_that_is_there(listening: Steps):
    listening.run(DAY1, DAY3, assets=AUDIO)
    before = {path: path.stat().st_mtime_ns for path in files(listening)}
    listening.simulator.requests.clear()
    assert listening.run(DAY1, DAY3, assets=AUDIO).success
    assert asked(listening.simulator) == 0
    assert {path: path.stat().st_mtime_ns for path in files(listening)} == before


def test_the_table_is_made_again_from_the_manifest_without_a_key_and_without_a_call(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    listening.run(DAY1, DAY3, assets=AUDIO)
    before = rows(listening, "*")
    (listening.root / "polyai.duckdb").unlink()
    listening.simulator.requests.clear()
    again = prepare_steps(configure(key=None, audio=wanting()))
    assert again.run(DAY1, DAY3, assets=AUDIO).success
    assert rows(again, "*") == before
    assert again.simulator.requests == []


def test_a_lost_manifest_is_made_again_from_the_files_without_a_call(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    before = rows(listening, "* EXCLUDE (fetched_at)")
    (folder(listening) / MANIFEST).unlink()
    listening.simulator.requests.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening, "* EXCLUDE (fetched_at)") == before
    assert listening.simulator.requests == []


def test_a_manifest_that_cannot_be_read_is_made_again(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    (folder(listening) / MANIFEST).write_bytes(b'{"version": 1, "rec')
    assert listening.run(DAY1, assets=AUDIO).success
    assert len(json.loads((folder(listening) / MANIFEST).read_bytes())["recordings"]) == 2


@pytest.mark.parametrize("damage", ["delete", "truncate"])
def test_a_file_that_somebody_has_damaged_is_fetched_again_and_no_other(listening: Steps, damage: str):
    listening.run(DAY1, assets=AUDIO)
    victim, other = files(listening)
    whole = victim.read_bytes()
    victim.unlink() if damage == "delete" else victim.write_bytes(whole[:5000])
    listening.simulator.requests.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert victim.read_bytes() == whole
    assert asked(listening.simulator) == 1
    assert files(listening) == [victim, other]


def test_a_truncated_file_that_no_manifest_knows_is_fetched_again(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    (folder(listening) / MANIFEST).unlink()
    victim, _ = files(listening)
    victim.write_bytes(victim.read_bytes()[:-1])
    assert listening.run(DAY1, assets=AUDIO).success
    assert len(files(listening)) == 2


def test_a_file_that_no_manifest_knows_and_nobody_can_fetch_again_is_kept_as_it_is(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    listening.simulator.remove(HOTEL.key, "one")
    listening.run(DAY1, assets=RAW)
    (folder(listening) / MANIFEST).unlink()
    victim = folder(listening) / Key("one", "combined", True).file
    victim.write_bytes(victim.read_bytes()[:-1])
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("one", "ok"), ("two", "ok")]


def test_what_is_left_over_is_removed_and_what_is_not_ours_is_not(listening: Steps):
    folder(listening).mkdir(parents=True)
    (folder(listening) / ".x8f2.tmp").write_bytes(b"RIFF")
    (folder(listening) / "notes.txt").write_bytes(b"listen to the second one")
    assert listening.run(DAY1, assets=AUDIO).success
    (folder(listening) / "notes.txt").unlink()
    assert len(files(listening)) == 2


def test_recordings_outlive_the_conversations_of_a_raw_store_that_was_lost(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    for path in listening.raw_file(DAY1, "certificate.json").parent.iterdir():
        path.unlink()
    listening.simulator.remove(HOTEL.key, "one")
    listening.run(DAY1, assets=RAW)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("one", "ok"), ("two", "ok")]
    assert len(files(listening)) == 2


def test_recordings_of_a_conversation_that_was_forgotten_are_removed(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    listening.simulator.remove(HOTEL.key, "one")
    listening.run(DAY1, assets=RAW)
    store = RawStore(listening.platform.raw_store)
    forget_vanished(
        store, Partition(project_of(HOTEL), DAY1), "the data protection officer", datetime.now(UTC)
    )
    listening.run(DAY1, assets=RAW)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("two", "ok")]
    assert len(files(listening)) == 1


def test_recordings_of_a_conversation_that_vanished_are_kept_and_not_asked_for(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    talk(listening.simulator, "late", "one")
    listening.simulator.remove(HOTEL.key, "two")
    listening.run(DAY1, assets=RAW)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("late", "ok"), ("one", "ok"), ("two", "ok")]
    assert len(files(listening)) == 3


def test_ids_of_any_kind_become_files_in_the_folder_of_their_day(listening: Steps):
    for number, name in enumerate(STRANGE):
        talk(listening.simulator, name, started_at=f"{DAY1}T11:{number:02}:00Z")
    assert listening.run(DAY1, assets=RAW).success
    assert listening.run(DAY1, assets=AUDIO).success
    assert dict(rows(listening)) == dict.fromkeys([*STRANGE, "one", "two"], "ok")
    found = files(listening)
    assert len(found) == len(STRANGE) + 2
    assert {path.parent for path in found} == {folder(listening)}
    assert max(len(path.name) for path in found) < 100
    assert len({path.read_bytes() for path in found}) > 1


def test_an_id_that_no_url_can_carry_has_no_recording(listening: Steps):
    talk(listening.simulator, ".", "..")
    listening.run(DAY1, assets=RAW)
    assert listening.run(DAY1, assets=AUDIO).success
    assert [dict(rows(listening))[name] for name in (".", "..")] == ["no_recording"] * 2
