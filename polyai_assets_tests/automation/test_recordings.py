"""The sensor for recordings: what it decides, the runs it asks for, and that they lead to an end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.look_again import DUE_RECORDINGS
from polyai_assets.automation.runs import PARTITION, days_in_flight
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.recordings_due import FOLDER, note_begun, note_failed, read_due
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.trouble import MOST_FAILURES
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import AUDIO, asked, audio_deployment, rows, silence, talk, wanting
from polyai_assets_tests.automation.test_finished import ranges
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    NOW,
    RAW,
    Deployment,
    partition,
    project_of,
)
from polyai_assets_tests.steps import steps_of

HOUR = timedelta(hours=1)


def test_recordings_that_cannot_be_fetched_are_tried_ever_more_rarely_and_in_the_end_left(tmp_path: Path):
    store, now = RawStore(str(tmp_path)), NOW
    waits = []
    while True:
        note_failed(store, note_begun(store, Partition(project_of(HOTEL), DAY1), now), now)
        found = read_due(store)
        if not found:
            break
        waits.append((found[0].at - now) / HOUR)
        now = found[0].at
    assert len(waits) == MOST_FAILURES - 1
    assert waits[:6] == [0.25, 0.5, 1, 2, 4, 6]
    assert waits[-1] == 6


def test_a_note_that_cannot_be_read_hides_no_other_and_its_day_is_due_at_once(tmp_path: Path):
    store = RawStore(str(tmp_path))
    note_begun(store, Partition(project_of(HOTEL), DAY1), NOW)
    note_begun(store, Partition(project_of(HOTEL), DAY2), NOW)
    (name, _) = store.names(FOLDER)
    store.write(f"{FOLDER}/{name}", b"{")
    assert [(one.date, one.at <= NOW, "cannot be read" in one.reason) for one in read_due(store)] == [
        (DAY1, True, True),
        (DAY2, True, False),
    ]
    assert note_begun(store, Partition(project_of(HOTEL), DAY1), NOW).date == DAY1
    assert len(read_due(store)) == 2


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    for day in (DAY1, DAY2, DAY3):
        silence(polyai, day)
        talk(polyai, f"one of {day}", f"two of {day}", day=day)
    return polyai


@pytest.fixture
def listening(deploy: Deploy, configure: Configure, polyai: Simulator) -> Deployment:
    return audio_deployment(deploy, configure, wanting())


def tick(deployment: Deployment, cursor: str | None = None) -> dg.SensorResult:
    """Evaluate the sensor once, as the daemon does; counts only its own requests."""
    deployment.simulator.requests.clear()
    sensor = deployment.definitions.resolve_sensor_def(DUE_RECORDINGS.name)
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        found = sensor.evaluate_tick(context)
    assert deployment.simulator.requests == []
    return found


def test_the_sensor_asks_for_the_recordings_of_days_that_were_fetched_and_then_for_none(
    listening: Deployment,
):
    steps_of(listening).run(DAY1, DAY3, assets=RAW)
    found = tick(listening)
    assert ranges(found) == [(partition(DAY1), partition(DAY3))]
    (request,) = found.run_requests
    assert request.asset_selection == [listening.key("audio")]
    assert listening.request(request).success
    assert len(rows(listening)) == 6
    assert not tick(listening, found.cursor).run_requests


def test_a_day_that_was_fetched_again_unchanged_wants_nothing(listening: Deployment):
    steps_of(listening).run(DAY1, assets=RAW)
    steps_of(listening).run(DAY1, assets=AUDIO)
    steps_of(listening).run(DAY1, assets=RAW)
    assert not tick(listening).run_requests


def test_a_day_whose_conversations_have_changed_is_asked_for_alone(listening: Deployment):
    steps_of(listening).run(DAY1, DAY3, assets=RAW)
    steps_of(listening).run(DAY1, DAY3, assets=AUDIO)
    talk(listening.simulator, "late", day=DAY2)
    steps_of(listening).run(DAY1, DAY3, assets=RAW)
    found = tick(listening)
    assert ranges(found) == [(partition(DAY2), partition(DAY2))]
    listening.simulator.requests.clear()
    assert listening.request(found.run_requests[0]).success
    assert asked(listening.simulator) == 1
    assert not tick(listening).run_requests


def test_what_could_not_be_fetched_is_asked_for_again_later(listening: Deployment):
    steps_of(listening).run(DAY1, assets=RAW)
    listening.simulator.faults.add(
        Fault("cut_wav", {"share": 0.001}, times=None, call="audio", conversation_id=f"one of {DAY1}")
    )
    steps_of(listening).run(DAY1, assets=AUDIO)
    assert not tick(listening).run_requests
    (found,) = read_due(RawStore(listening.platform.raw_store))
    assert found.failures == 1
    assert timedelta(0) < found.at - datetime.now(UTC) < HOUR
    listening.simulator.faults.clear()
    steps_of(listening).run(DAY1, assets=AUDIO)
    assert read_due(RawStore(listening.platform.raw_store)) == []


def test_without_wishing_for_recordings_nothing_is_noted(deploy: Deploy, configure: Configure):
    deployment = deploy(configure())
    steps_of(deployment).run(DAY1, assets=RAW)
    assert read_due(RawStore(deployment.platform.raw_store)) == []


def test_a_project_that_wants_no_recordings_any_more_is_left_alone(
    deploy: Deploy, configure: Configure, listening: Deployment
):
    steps_of(listening).run(DAY1, assets=RAW)
    assert not tick(deploy(configure(), configure(BANK, audio=wanting()))).run_requests


def test_a_run_for_recordings_does_not_keep_the_day_from_being_fetched(listening: Deployment):
    listening.instance.add_run(
        dg.DagsterRun(
            job_name="__ASSET_JOB",
            status=dg.DagsterRunStatus.STARTED,
            tags={PARTITION: partition(DAY1)},
            asset_selection=frozenset([listening.key("audio")]),
        )
    )
    assert days_in_flight(listening.instance, listening.platform, ingest_keys(listening.platform)) == {}
    assert days_in_flight(listening.instance, listening.platform, [listening.key("audio")]) == {
        HOTEL.key: {DAY1}
    }
