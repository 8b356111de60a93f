"""Recordings that cannot be fetched: what becomes of them, of the others, and of the day."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from polyai_assets.assets.recordings import Recordings
from polyai_assets.raw.recordings import fetch_recordings
from polyai_assets.raw.recordings.manifest import MANIFEST
from polyai_assets.raw.recordings.recordings_due import read_due
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.trouble import HOPELESS
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
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
from polyai_assets_tests.assets.ingesting import connect, ingest_once
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, InDagster, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    broken,
    partition,
    partitions_of,
)
from polyai_assets_tests.raw.test_store import full_disk
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = (DAY1, DAY2, DAY3)
COLUMNS = "conversation_id, status, duration, reason, bytes"


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    for day in DAYS:
        silence(polyai, day)
        talk(polyai, f"one of {day}", f"two of {day}", day=day)
    return polyai


@pytest.fixture
def listening(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator, polyai_url: str, prepared: Prepare
) -> Steps:
    steps = audio_deployment(prepare_steps, configure, wanting())
    prepared("two calls a day", steps.root, lambda folder: ingest_once(polyai_url, folder, [*DAYS]))
    polyai.requests.clear()
    return steps


def fault(
    kind: str, *, call: str = f"one of {DAY1}", times: int | None = None, **parameters: object
) -> Fault:
    return Fault(kind, parameters, times=times, call="audio", conversation_id=call)


def mute(steps: Steps, *days, status: int = 418) -> None:
    """Let no recording of days be fetched."""
    for day in days:
        hit = broken(day, status=status)
        steps.simulator.faults.add(
            Fault("error", hit.parameters, times=None, since=hit.since, until=hit.until, call="audio")
        )


DAMAGE = [
    fault("cut_body"),
    fault("cut_body", share=0.999),
    fault("cut_wav", share=0.001),
    fault("html_page"),
    fault("reset"),
    fault("error", status=500),
    fault("error", status=400),
    fault("error", status=403),
    fault("error", status=404),
    fault("rate_limited", retry_after=None),
    fault("redirect", to="http://127.0.0.1:9/elsewhere"),
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: f"{one.kind} {one.parameters}")
def test_a_recording_that_cannot_be_fetched_is_told_and_not_kept(listening: Steps, damage: Fault):
    talk(listening.simulator, "good", day=DAY1)
    listening.run(DAY1)
    listening.simulator.faults.add(damage)
    run = listening.run(DAY1, assets=AUDIO)
    if damage.kind == "redirect":  # it would be the same for every recording: nobody else is asked for
        assert not run.success
        return
    assert run.success
    statuses = dict(rows(listening))
    assert statuses[f"one of {DAY1}"] == "failed"
    assert statuses[f"two of {DAY1}"] == statuses["good"] == "ok"
    assert len(files(listening)) == 2
    assert listening.verdicts(*RECORDINGS, [DAY1]) == ["FAILED"]
    listening.simulator.faults.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert set(dict(rows(listening)).values()) == {"ok"}
    assert listening.verdicts(*RECORDINGS, [DAY1]) == ["SUCCEEDED"]


@pytest.mark.parametrize("damage", [one for one in DAMAGE if one.kind in ("cut_body", "cut_wav", "reset")],
                         ids=lambda one: f"{one.kind} {one.parameters}")  # fmt: skip
def test_what_breaks_off_once_is_asked_for_again_at_once(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps, damage: Fault
):
    steps = audio_deployment(prepare_steps, configure, wanting(), max_attempts=2)
    listening.simulator.faults.add(fault(damage.kind, times=1, **damage.parameters))
    assert steps.run(DAY1, assets=AUDIO).success
    assert set(dict(rows(steps)).values()) == {"ok"}


def test_the_check_names_the_causes_and_counts_them(listening: Steps):
    listening.simulator.faults.add(fault("cut_wav", share=0.001))
    evaluation = listening.evaluations(listening.run(DAY1, DAY1, assets=AUDIO), *RECORDINGS)[partition(DAY1)]
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert evaluation.description == "1 recording of 2 could not be fetched: NotAWav (1)"
    assert evaluation.metadata["failed"].value == 1
    (shown,) = evaluation.metadata["failures"].value.records
    assert shown.data["conversation_id"] == f"one of {DAY1}"
    assert "it holds no sound" in str(shown.data["reason"])


def test_a_recording_that_is_whole_by_http_is_kept_whatever_its_head_announces(listening: Steps):
    name = f"one of {DAY1}"
    listening.run(DAY1)
    listening.simulator.faults.add(fault("cut_wav"))
    run = listening.run(DAY1, DAY1, assets=AUDIO)
    (found,) = (row for row in rows(listening, COLUMNS) if row[0] == name)
    _, status, duration, reason, _ = found
    assert status == "ok"
    assert (duration, reason) == (
        pytest.approx(1.0, abs=0.01),
        f"its head announces {16_000 - round(duration * 8000):,} bytes more than PolyAI sent",
    )
    evaluation = listening.evaluations(run, *RECORDINGS)[partition(DAY1)]
    assert evaluation.severity is dg.AssetCheckSeverity.WARN
    assert evaluation.description == f"1 recording kept that should be looked at ({name}: {reason})"
    listening.simulator.requests.clear()
    (folder(listening) / MANIFEST).unlink()
    assert listening.run(DAY1, assets=AUDIO).success
    assert found in rows(listening, COLUMNS)
    assert asked(listening.simulator) == 1  # by its file alone it may have been cut


def test_a_recording_of_another_length_than_its_call_is_a_warning(listening: Steps):
    name = f"one of {DAY1}"
    listening.simulator.faults.add(
        Fault("set_field", {"field": "total_duration", "value": 95, "ids": [name]}, times=None)
    )
    listening.run(DAY1)
    evaluation = listening.evaluations(listening.run(DAY1, DAY1, assets=AUDIO), *RECORDINGS)[partition(DAY1)]
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.WARN
    assert evaluation.description == f"1 recording of another length than the call ({name}: 2.0 s for 95.0 s)"


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


def test_a_red_day_keeps_the_rows_it_had(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    before = rows(listening, "*")
    for path in files(listening):
        path.unlink()
    mute(listening, DAY1)
    assert not listening.run(DAY1, assets=AUDIO).success
    assert rows(listening, "*") == before


def test_an_outage_ends_the_asking_for_a_day_early(listening: Steps, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetch_recordings, "AT_ONCE", 1)
    talk(listening.simulator, *(f"call {number}" for number in range(30)))
    listening.run(DAY1)
    mute(listening, DAY1)
    listening.simulator.requests.clear()
    assert not listening.run(DAY1, assets=AUDIO).success
    assert asked(listening.simulator) == HOPELESS


def test_a_refused_key_is_tried_once_for_all_days(
    listening: Steps, in_dagster: InDagster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetch_recordings, "AT_ONCE", 1)
    listening.simulator.faults.add(Fault("error", {"status": 401}, times=None, call="audio"))
    run = in_dagster(listening).run(DAY1, DAY3, assets=AUDIO)
    assert "3 of 3 partitions are red" in run.failure
    assert "environment variable KEY_OF_HOTEL_BOT" in run.failure
    assert asked(listening.simulator) == 1
    assert run.retries == 0


def test_an_outage_of_several_days_ends_the_asking_for_the_project(
    listening: Steps, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetch_recordings, "AT_ONCE", 1)
    days = (*DAYS, DAY4)
    talk(listening.simulator, "one", day=DAY4)
    listening.run(DAY4)
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


def test_without_a_key_the_days_that_need_one_are_red(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    listening.run(DAY1, assets=AUDIO)
    keyless = prepare_steps(configure(key=None, audio=wanting()))
    assert keyless.run(DAY1, assets=AUDIO).success
    assert "has no API key for the Agents API" in keyless.run(DAY2, assets=AUDIO).failure


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


def test_a_single_bad_recording_beside_good_ones_makes_no_day_red_however_often(listening: Steps):
    listening.simulator.faults.add(fault("cut_wav", share=0.001))
    for _ in range(3):
        assert listening.run(DAY1, assets=AUDIO).success


def test_a_recording_that_is_not_there_is_asked_for_again_until_a_day_after_its_call(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator
):
    polyai.clock.follow_the_machine()
    now = datetime.now(UTC).replace(microsecond=0)
    fresh, old = now - timedelta(hours=1), now - timedelta(hours=25)
    for name, start in (("fresh", fresh), ("old", old)):
        talk(polyai, name, started_at=start.isoformat())
        polyai.faults.add(fault("no_recording", call=name))
    steps = audio_deployment(prepare_steps, configure, wanting("all"))
    days = sorted({fresh.date(), old.date()})
    silent = dict.fromkeys(("fresh", "old"), "no_recording")
    assert steps.run(days[0], days[-1]).success
    for asking in ({"fresh", "old"}, {"fresh"}):
        polyai.requests.clear()
        assert steps.run(days[0], days[-1], assets=AUDIO).success
        assert {name: status for name, status in rows(steps) if name in silent} == silent
        paths = [one.path for one in polyai.requests]
        assert {name for name in silent if any(f"/{name}/audio" in path for path in paths)} == asking
    for day in days:
        assert steps.verdicts(*RECORDINGS, [day]) == ["SUCCEEDED"]


def test_a_recording_that_came_a_little_later_is_fetched(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator
):
    polyai.clock.follow_the_machine()
    start = datetime.now(UTC) - timedelta(minutes=10)
    talk(polyai, "fresh", started_at=start.isoformat())
    polyai.faults.add(fault("no_recording", call="fresh"))
    steps = audio_deployment(prepare_steps, configure, wanting())
    steps.run(start.date())
    steps.run(start.date(), assets=AUDIO)
    assert dict(rows(steps))["fresh"] == "no_recording"
    (due,) = [
        one for one in read_due(RawStore(steps.platform.raw_store)) if one.reason.startswith("recordings may")
    ]
    assert timedelta(minutes=10) < due.at - start < timedelta(minutes=40)
    polyai.faults.clear()
    steps.run(start.date(), assets=AUDIO)
    assert dict(rows(steps))["fresh"] == "ok"


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
