"""The asset audio: which recordings it fetches, and what is there afterwards."""

import hashlib
import json
from datetime import UTC, date, datetime

import pytest

from polyai_assets.raw.conversations.decisions import forget_vanished
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import MANIFEST, Key
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import (
    AUDIO,
    RECORDINGS,
    asked,
    audio_deployment,
    files,
    folder,
    rows,
    silence,
    talk,
    wanting,
)
from polyai_assets_tests.assets.ingesting import ingest_once
from polyai_assets_tests.conftest import Configure, Deploy, InDagster, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    INGEST,
    QUIET,
    partition,
    project_of,
)
from polyai_assets_tests.steps import Steps

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


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    """Two calls and a chat on the first day, one call on each of the next two; everybody else is silent."""
    for day in (DAY1, DAY2, DAY3):
        silence(polyai, day)
    talk(polyai, "one", "two")
    talk(polyai, "chat", channel="WEBCHAT")
    talk(polyai, "three", day=DAY2)
    talk(polyai, "four", day=DAY3)
    return polyai


@pytest.fixture
def listening(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator, polyai_url: str, prepared: Prepare
) -> Steps:
    """All recordings are wanted, and the conversations of the first three days are there."""
    steps = audio_deployment(prepare_steps, configure, wanting())
    prepared(
        "calls and a chat",
        steps.root,
        lambda folder: ingest_once(polyai_url, folder, [DAY1, DAY2, DAY3]),
    )
    polyai.requests.clear()
    return steps


def test_every_call_has_a_recording_and_chats_are_not_asked_for(listening: Steps):
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("one", "ok"), ("two", "ok")]
    assert len(files(listening)) == 2
    assert {one.path.rsplit("/", 2)[1] for one in listening.simulator.requests} == {"one", "two"}


@pytest.mark.parametrize("channel", ["CHAT", "WEBCHAT", "SMS", "RCS", " webchat"])
def test_written_channels_are_never_asked_for(listening: Steps, channel: str):
    talk(listening.simulator, "one", "two", channel=channel)
    listening.run(DAY1)
    listening.simulator.requests.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert asked(listening.simulator) == 0
    assert rows(listening) == []


@pytest.mark.parametrize("channel", ["PIGEON", "", None, 7])
def test_an_unknown_channel_is_asked_for_and_a_404_is_no_error(listening: Steps, channel: object):
    talk(listening.simulator, "one", channel=channel)
    listening.run(DAY1)
    run = listening.run(DAY1, assets=AUDIO)
    assert run.success
    assert rows(listening) == [("one", "no_recording"), ("two", "ok")]
    assert listening.verdicts(*RECORDINGS, [DAY1]) == ["SUCCEEDED"]


def test_a_row_says_what_the_file_is(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    columns = "path, bytes, sha256, duration, sample_rate, channels, direction, redacted, reason"
    for path, size, sha256, *others in rows(listening, columns):
        content = (folder(listening).parents[4] / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256)
        assert others == [2.0, 8000, 1, "combined", True, ""]
        assert b"combined, redacted" in content


def test_recordings_are_as_redacted_and_of_the_directions_that_are_configured(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    both = audio_deployment(prepare_steps, configure, wanting(direction=["user", "agent"], redacted=False))
    assert both.run(DAY1, assets=AUDIO).success
    assert rows(both, "conversation_id, direction, redacted, status") == [
        (name, direction, False, "ok") for name in ("one", "two") for direction in ("agent", "user")
    ]
    contents = [path.read_bytes() for path in files(both)]
    assert sum(b"user, not redacted" in one for one in contents) == 2
    assert sum(b"agent, not redacted" in one for one in contents) == 2


def test_only_calls_that_were_handed_off_if_so_configured(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    talk(listening.simulator, "handed", handoff=True, handoff_reason="asked")
    steps = audio_deployment(prepare_steps, configure, wanting("handoffs"))
    steps.run(DAY1)
    assert steps.run(DAY1, assets=AUDIO).success
    assert rows(steps) == [("handed", "ok")]


def test_without_wanting_recordings_nothing_is_asked_for_and_nothing_is_red(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    # the asset is there, since another project wants recordings
    steps = prepare_steps(configure(), configure(BANK, audio=wanting()))
    assert steps.run(DAY1, assets=AUDIO).success
    assert asked(steps.simulator) == 0
    assert not folder(steps).exists()
    assert steps.verdicts(*RECORDINGS, [DAY1]) == ["SUCCEEDED"]


def test_a_call_in_progress_is_asked_for_when_it_has_ended(listening: Steps):
    talk(listening.simulator, "long", in_progress=True)
    listening.run(DAY1)
    listening.run(DAY1, assets=AUDIO)
    assert "long" not in dict(rows(listening))
    talk(listening.simulator, "long")
    listening.run(DAY1)
    listening.run(DAY1, assets=AUDIO)
    assert dict(rows(listening))["long"] == "ok"


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
    listening.run(DAY1)
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
    listening.run(DAY1)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("one", "ok"), ("two", "ok")]
    assert len(files(listening)) == 2


def test_recordings_of_a_conversation_that_was_forgotten_are_removed(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    listening.simulator.remove(HOTEL.key, "one")
    listening.run(DAY1)
    store = RawStore(listening.platform.raw_store)
    forget_vanished(
        store, Partition(project_of(HOTEL), DAY1), "the data protection officer", datetime.now(UTC)
    )
    listening.run(DAY1)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("two", "ok")]
    assert len(files(listening)) == 1


def test_recordings_of_a_conversation_that_vanished_are_kept_and_not_asked_for(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    talk(listening.simulator, "late", "one")
    listening.simulator.remove(HOTEL.key, "two")
    listening.run(DAY1)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("late", "ok"), ("one", "ok"), ("two", "ok")]
    assert len(files(listening)) == 3


def test_ids_of_any_kind_become_files_in_the_folder_of_their_day(listening: Steps):
    for number, name in enumerate(STRANGE):
        talk(listening.simulator, name, started_at=f"{DAY1}T11:{number:02}:00Z")
    assert listening.run(DAY1).success
    assert listening.run(DAY1, assets=AUDIO).success
    assert dict(rows(listening)) == dict.fromkeys([*STRANGE, "one", "two"], "ok")
    found = files(listening)
    assert len(found) == len(STRANGE) + 2
    assert {path.parent for path in found} == {folder(listening)}
    assert max(len(path.name) for path in found) < 100
    assert len({path.read_bytes() for path in found}) > 1


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_that_no_url_can_carry_has_no_recording(listening: Steps, name: str):
    talk(listening.simulator, name)
    listening.run(DAY1)
    assert listening.run(DAY1, assets=AUDIO).success
    assert dict(rows(listening))[name] == "no_recording"


def test_the_metadata_names_the_recordings_with_a_path_to_copy_and_no_link(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    metadata = listening.metadata("audio", DAY1)
    assert (metadata["recordings"], metadata["seconds"], metadata["fetched"]) == (2, 4.0, 2)
    assert metadata["folder"] == str(folder(listening))
    named = {Key(name, "combined", True).file: name for name in ("one", "two")}
    assert metadata["listed"].splitlines() == [
        "| conversation | direction | minutes | path |",
        "| --- | --- | --- | --- |",
        *sorted(f"| `{named[path.name]}` | combined | 0.0 | `{path}` |" for path in files(listening)),
    ]
    assert "://" not in str(metadata)


def test_projects_keep_to_themselves(prepare_steps: PrepareSteps, configure: Configure, listening: Steps):
    steps = prepare_steps(configure(audio=wanting()), configure(BANK))
    run = steps.run(DAY1, assets=AUDIO, projects=(BANK, BANK))
    assert run.success
    assert asked(steps.simulator) == 0


def test_days_are_partitions(listening: Steps, in_dagster: InDagster):
    deployment = in_dagster(listening)
    days: list[date] = [DAY1, DAY2, DAY3]
    assert deployment.run(DAY1, DAY3, assets=AUDIO).success
    assert deployment.statuses("audio", days) == ["MATERIALIZED"] * 3
    assert deployment.verdicts(*RECORDINGS, days) == ["SUCCEEDED"] * 3
    assert rows(deployment, "CAST(date AS VARCHAR), conversation_id") == [
        (str(DAY1), "one"), (str(DAY1), "two"), (str(DAY2), "three"), (str(DAY3), "four"),
    ]  # fmt: skip


def test_a_day_that_was_never_fetched_says_what_to_do_first(listening: Steps):
    assert "materialize raw_conversations first" in listening.run(date(2025, 3, 8), assets=AUDIO).failure


def test_nothing_shows_the_key(listening: Steps, capfd: pytest.CaptureFixture[str], in_dagster: InDagster):
    deployment = in_dagster(listening)
    deployment.simulator.faults.add(Fault("error", {"status": 401}, times=None, call="audio"))
    failure = deployment.run(DAY1, assets=AUDIO).failure
    assert "hotel-key" not in failure
    assert "hotel-key" not in capfd.readouterr().err


def test_one_run_may_fetch_the_conversations_and_their_recordings(
    deploy: Deploy, configure: Configure, polyai: Simulator
):
    deployment = audio_deployment(deploy, configure, wanting())
    assert deployment.run(DAY1, DAY3, assets=[*INGEST, *AUDIO]).success
    assert len(rows(deployment)) == 4
    assert deployment.verdicts(*RECORDINGS, [DAY1, DAY2, DAY3]) == ["SUCCEEDED"] * 3


def test_a_single_partition_shows_its_verdict_too(listening: Steps, in_dagster: InDagster):
    deployment = in_dagster(listening)
    job = deployment.definitions.resolve_implicit_global_asset_job_def()
    for _ in range(2):
        result = job.execute_in_process(
            instance=deployment.instance,
            partition_key=partition(DAY1),
            asset_selection=[deployment.key("audio")],
            run_config=QUIET,
        )
        assert result.success
    assert deployment.verdicts(*RECORDINGS, [DAY1]) == ["SUCCEEDED"]
    assert deployment.statuses("audio", [DAY1]) == ["MATERIALIZED"]
