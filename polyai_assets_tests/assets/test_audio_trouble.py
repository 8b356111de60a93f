"""Recordings that are damaged, cut or not there: what becomes of them and of the others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from polyai_assets.raw.recordings.manifest import MANIFEST
from polyai_assets.raw.recordings.recordings_due import read_due
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
    talk,
    wanting,
)
from polyai_assets_tests.assets.audio_faults import (
    COLUMNS,
    fault,
    listening,
    one_at_a_time,
    polyai,
)
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    RAW,
    partition,
)
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import LONG

__all__ = ["listening", "one_at_a_time", "polyai"]

pytestmark = pytest.mark.usefixtures("no_facts")

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


@LONG
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


@LONG
def test_a_single_bad_recording_beside_good_ones_makes_no_day_red_however_often(listening: Steps):
    listening.simulator.faults.add(fault("cut_wav", share=0.001))
    for _ in range(3):
        assert listening.run(DAY1, assets=AUDIO).success


@LONG
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


@LONG
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
