"""The asset audio: which recordings it fetches, and what its table says of them."""

import hashlib
from datetime import date

import pytest

from polyai_assets.raw.recordings.manifest import Key
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import (
    AUDIO,
    RECORDINGS,
    asked,
    audio_deployment,
    files,
    folder,
    rows,
    talk,
    wanting,
)
from polyai_assets_tests.conftest import Configure, Deploy, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    INGEST,
    QUIET,
    RAW,
    partition,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


def test_every_call_has_a_recording_and_chats_are_not_asked_for(listening: Steps):
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("one", "ok"), ("two", "ok")]
    assert len(files(listening)) == 2
    assert {one.path.rsplit("/", 2)[1] for one in listening.simulator.requests} == {"one", "two"}


def test_written_channels_are_never_asked_for(listening: Steps):
    for channel in ("CHAT", "WEBCHAT", "SMS", "RCS", " webchat"):
        talk(listening.simulator, f"by {channel}", channel=channel)
    listening.run(DAY1, assets=RAW)
    listening.simulator.requests.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert asked(listening.simulator) == 2
    assert rows(listening) == [("one", "ok"), ("two", "ok")]


def test_an_unknown_channel_is_asked_for_and_a_404_is_no_error(listening: Steps):
    odd = {f"by {channel}": channel for channel in ("PIGEON", "", None, 7)}
    for name, channel in odd.items():
        talk(listening.simulator, name, channel=channel)
    listening.run(DAY1, assets=RAW)
    assert listening.run(DAY1, assets=AUDIO).success
    assert dict(rows(listening)) == {**dict.fromkeys(odd, "no_recording"), "one": "ok", "two": "ok"}
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
    steps.run(DAY1, assets=RAW)
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
    listening.run(DAY1, assets=RAW)
    listening.run(DAY1, assets=AUDIO)
    assert "long" not in dict(rows(listening))
    talk(listening.simulator, "long")
    listening.run(DAY1, assets=RAW)
    listening.run(DAY1, assets=AUDIO)
    assert dict(rows(listening))["long"] == "ok"


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
    deploy: Deploy, configure: Configure, calls: Simulator
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
