"""Recordings that cannot be fetched: what becomes of them, of the others, and of the day."""

from datetime import UTC, datetime, timedelta
from typing import Any

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
from polyai_assets_tests.assets.ingesting import connect, ingest_raw
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, InDagster, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    RAW,
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
    prepared("two calls a day", steps.root, lambda folder: ingest_raw(polyai_url, folder, [*DAYS]))
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


CUT = [
    ("cut_body", {}),
    ("cut_body", {"share": 0.999}),
    ("cut_wav", {"share": 0.001}),
    ("reset", {}),
]
DAMAGE = [
    *CUT,
    ("html_page", {}),
    *(("error", {"status": status}) for status in (500, 400, 403, 404)),
    ("rate_limited", {"retry_after": None}),
]


def talk_in_turn(polyai: Simulator, damage: list[tuple[str, dict[str, Any]]], times: int | None) -> list[str]:
    """Let recordings be damaged in these ways, each before one that is whole; gives their names."""
    names = [f"{number} {kind} {parameters}" for number, (kind, parameters) in enumerate(damage)]
    for number, (name, (kind, parameters)) in enumerate(zip(names, damage, strict=True)):
        talk(polyai, name, f"{number} good", started_at=f"{DAY1}T11:{number:02}:00Z")
        polyai.faults.add(fault(kind, call=name, times=times, **parameters))
    return names


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let recordings be asked for in their order: of those that fail, no more in a row than a test says."""
    monkeypatch.setattr(fetch_recordings, "AT_ONCE", 1)


@pytest.mark.usefixtures("one_at_a_time")
def test_recordings_that_cannot_be_fetched_are_told_and_not_kept(listening: Steps):
    damaged = talk_in_turn(listening.simulator, DAMAGE, times=None)
    listening.run(DAY1, assets=RAW)
    assert listening.run(DAY1, assets=AUDIO).success
    statuses = dict(rows(listening))
    assert {name for name, status in statuses.items() if status == "failed"} == {*damaged}
    assert len(files(listening)) == len(statuses) - len(DAMAGE) == 2 + len(DAMAGE)
    assert listening.verdicts(*RECORDINGS, [DAY1]) == ["FAILED"]
    listening.simulator.faults.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert set(dict(rows(listening)).values()) == {"ok"}
    assert listening.verdicts(*RECORDINGS, [DAY1]) == ["SUCCEEDED"]


def test_a_redirect_makes_the_day_red_since_every_recording_would_meet_it(listening: Steps):
    listening.simulator.faults.add(fault("redirect", to="http://127.0.0.1:9/elsewhere"))
    assert not listening.run(DAY1, assets=AUDIO).success


@pytest.mark.usefixtures("one_at_a_time")
def test_what_breaks_off_once_is_asked_for_again_at_once(
    prepare_steps: PrepareSteps, configure: Configure, listening: Steps
):
    talk_in_turn(listening.simulator, CUT, times=1)
    steps = audio_deployment(prepare_steps, configure, wanting(), max_attempts=2)
    steps.run(DAY1, assets=RAW)
    assert steps.run(DAY1, assets=AUDIO).success
    assert [status for _, status in rows(steps)] == ["ok"] * (2 + 2 * len(CUT))


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
    listening.run(DAY1, assets=RAW)
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
    listening.run(DAY1, assets=RAW)
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


@pytest.mark.usefixtures("one_at_a_time")
def test_an_outage_ends_the_asking_for_a_day_early(listening: Steps):
    talk(listening.simulator, *(f"call {number}" for number in range(30)))
    listening.run(DAY1, assets=RAW)
    mute(listening, DAY1)
    listening.simulator.requests.clear()
    assert not listening.run(DAY1, assets=AUDIO).success
    assert asked(listening.simulator) == HOPELESS


@pytest.mark.usefixtures("one_at_a_time")
def test_a_refused_key_is_tried_once_for_all_days(listening: Steps, in_dagster: InDagster):
    listening.simulator.faults.add(Fault("error", {"status": 401}, times=None, call="audio"))
    run = in_dagster(listening).run(DAY1, DAY3, assets=AUDIO)
    assert "3 of 3 partitions are red" in run.failure
    assert "environment variable KEY_OF_HOTEL_BOT" in run.failure
    assert asked(listening.simulator) == 1
    assert run.retries == 0


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
    assert steps.run(days[0], days[-1], assets=RAW).success
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
    steps.run(start.date(), assets=RAW)
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
