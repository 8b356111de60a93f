"""Days of which recordings cannot be fetched at all: which are red, and when the asking ends."""

import pytest

from polyai_assets.assets.recordings import Recordings
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.trouble import HOPELESS
from polyai_assets.simulator import Fault
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.audio import (
    AUDIO,
    RECORDINGS,
    asked,
    files,
    folder,
    rows,
    talk,
    wanting,
)
from polyai_assets_tests.assets.audio_faults import DAYS, fault, listening, mute, one_at_a_time, polyai
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    RAW,
    partition,
    partitions_of,
)
from polyai_assets_tests.raw.test_store import full_disk
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import LONG

__all__ = ["listening", "one_at_a_time", "polyai"]

pytestmark = pytest.mark.usefixtures("no_facts")


@LONG
def test_a_redirect_makes_the_day_red_since_every_recording_would_meet_it(listening: Steps):
    listening.simulator.faults.add(fault("redirect", to="http://127.0.0.1:9/elsewhere"))
    assert not listening.run(DAY1, assets=AUDIO).success


def test_a_day_of_which_nothing_could_be_fetched_is_red_and_the_others_are_not(
    listening: Steps, in_dagster: InDagster
):
    deployment = in_dagster(listening)
    mute(deployment, DAY2)
    run = deployment.run(DAY1, DAY3, assets=AUDIO)
    assert not run.success
    assert f"- {partition(DAY2)}: " in run.failure
    assert "418" in run.failure
    assert deployment.statuses("audio", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert deployment.verdicts(*RECORDINGS, DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert len(rows(deployment)) == 4


def test_a_red_day_is_good_again_when_it_is_materialized_again(listening: Steps):
    mute(listening, DAY2)
    listening.run(DAY1, DAY3, assets=AUDIO)
    listening.simulator.faults.clear()
    listening.simulator.requests.clear()
    assert listening.run(DAY1, DAY3, assets=AUDIO).success
    assert listening.statuses("audio", DAYS) == ["MATERIALIZED"] * 3
    assert listening.verdicts(*RECORDINGS, DAYS) == ["SUCCEEDED"] * 3
    assert asked(listening.simulator) == 2


@LONG
def test_a_red_day_keeps_the_rows_it_had(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    before = rows(listening, "*")
    for path in files(listening):
        path.unlink()
    mute(listening, DAY1)
    assert not listening.run(DAY1, assets=AUDIO).success
    assert rows(listening, "*") == before


@pytest.mark.usefixtures("one_at_a_time")
def test_an_outage_ends_the_asking_for_a_day_early(listening: Steps):
    talk(listening.simulator, *(f"call {number}" for number in range(30)))
    listening.run(DAY1, assets=RAW)
    mute(listening, DAY1)
    listening.simulator.requests.clear()
    assert not listening.run(DAY1, assets=AUDIO).success
    assert asked(listening.simulator) == HOPELESS


@LONG
@pytest.mark.usefixtures("one_at_a_time")
def test_a_refused_key_is_tried_once_for_all_days(listening: Steps, in_dagster: InDagster):
    listening.simulator.faults.add(Fault("error", {"status": 401}, times=None, call="audio"))
    run = in_dagster(listening).run(DAY1, DAY3, assets=AUDIO)
    assert "3 of 3 partitions are red" in run.failure
    assert "environment variable KEY_OF_HOTEL_BOT" in run.failure
    assert asked(listening.simulator) == 1
    assert run.retries == 0


@LONG
@pytest.mark.usefixtures("one_at_a_time")
def test_an_outage_of_several_days_ends_the_asking_for_the_project(listening: Steps):
    days = (*DAYS, DAY4)
    talk(listening.simulator, "one", day=DAY4)
    listening.run(DAY4, assets=RAW)
    mute(listening, *days)
    listening.simulator.requests.clear()
    assert listening.run(DAY1, DAY4, assets=AUDIO).red == [partition(day) for day in days]
    assert {one.path.rsplit("/", 2)[1][-10:] for one in listening.simulator.requests} == {
        str(day) for day in DAYS
    }


def test_the_log_says_how_far_it_is(listening: Steps, caplog: pytest.LogCaptureFixture):
    step = Recordings(
        RawStore(listening.platform.raw_store),
        Warehouse(listening.platform.warehouse),
        listening.root / "spool",
        connect,
    )
    with caplog.at_level("INFO", "polyai_assets"):
        assert [
            one.error
            for one in step.run(
                listening.platform.projects[0], partitions_of(listening.platform.projects[0].project, [DAY1])
            )
        ] == [None]
    assert f"{partition(DAY1)[11:]} {DAY1}: fetching 2 recordings" in caplog.text
    assert "2 of 2 recordings, 0.0 MB" in caplog.text


@LONG
def test_without_a_key_the_days_that_need_one_are_red(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    listening.run(DAY1, assets=AUDIO)
    keyless = prepare_steps(configure(key=None, audio=wanting()))
    assert keyless.run(DAY1, assets=AUDIO).success
    assert "has no API key for the Agents API" in keyless.run(DAY2, assets=AUDIO).failure


@LONG
def test_an_outage_is_tried_again_by_dagster(
    listening: Steps, in_dagster: InDagster, monkeypatch: pytest.MonkeyPatch
):
    retries_at_once(monkeypatch, 1)
    for number in (1, 2):  # both of the first attempt
        name = "one" if number == 1 else "two"
        listening.simulator.faults.add(fault("error", call=f"{name} of {DAY1}", times=1, status=503))
    run = in_dagster(listening).run(DAY1, assets=AUDIO)
    assert run.success
    assert run.retries == 1


@LONG
def test_a_full_disk_makes_the_day_red_and_leaves_no_part_of_a_recording(listening: Steps):
    with full_disk(10_000):
        run = listening.run(DAY1, assets=AUDIO)
    assert ".wav cannot be written: File too large. Free space on the disk" in run.failure
    assert not any(folder(listening).glob("*.wav"))
    assert not any(folder(listening).glob(".*"))
    assert listening.run(DAY1, assets=AUDIO).success
    assert len(files(listening)) == 2


def test_a_damaged_certificate_of_the_conversations_makes_its_day_red_alone(listening: Steps):
    listening.raw_file(DAY2, "certificate.json").write_bytes(b"{}")
    run = listening.run(DAY1, DAY3, assets=AUDIO)
    assert f"{partition(DAY2)}" in run.failure
    assert listening.statuses("audio", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
