"""The verdict on the recordings of a day."""

import dagster as dg
import pytest

from polyai_assets.checks.recordings import judge
from polyai_assets.contract.recording import FAILED, NO_RECORDING, OK
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import Key, Recording
from polyai_assets.raw.recordings.plan import Call
from polyai_assets.raw.recordings.recorded_day import RecordedDay
from polyai_assets_tests.deployment import NOW
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

PARTITION = Partition.parse("2025-03-01|us-1/acme/hotel-bot")


def day(
    *found: tuple[str, float | None],
    calls: tuple[float, ...] = (100.0,),
    missing: int = 0,
    remark: str = "",
) -> RecordedDay:
    """A day with recordings of a status and a length, of calls of a length, and with some nobody has asked for."""
    recordings = [
        Recording(
            conversation_id=f"call {number}", direction="combined", redacted=True, status=status,
            reason=remark if status == OK else f"TimedOut: too slow at {number}", fetched_at=NOW, duration=duration,
        )
        for number, (status, duration) in enumerate(found)
    ]  # fmt: skip
    keys = [*(one.key for one in recordings), *(Key(f"more {n}", "user", True) for n in range(missing))]
    expected = {key: Call(key.conversation_id, NOW, seconds=calls) for key in keys}
    return RecordedDay(certificate(Hours(0, 24)), expected, {one.key: one for one in recordings})


def test_a_day_with_every_recording_passes():
    verdict = judge(PARTITION, day((OK, 100), (OK, 101)), None)
    assert verdict.passed
    assert verdict.description == "2 of 2 recordings kept"


def test_recordings_that_polyai_does_not_have_are_told_and_not_red():
    verdict = judge(PARTITION, day((OK, 100), (NO_RECORDING, None)), None)
    assert verdict.passed
    assert verdict.description == "1 of 2 recordings kept; PolyAI has none of the other 1"


def test_those_that_could_not_be_fetched_are_an_error_with_their_causes_counted():
    verdict = judge(PARTITION, day((OK, 100), (FAILED, None), (FAILED, None), missing=1), None)
    assert not verdict.passed
    assert verdict.severity is dg.AssetCheckSeverity.ERROR
    assert verdict.description == "3 recordings of 4 could not be fetched: TimedOut (2), NotAsked (1)"
    assert len(verdict.metadata["failures"].records) == 3


@pytest.mark.parametrize(
    ("length", "calls", "near"),
    [
        (100.0, (100.0,), True),
        (90.0, (100.0,), True),
        (89.9, (100.0,), False),
        (110.1, (100.0,), False),
        (12.0, (2.0,), True),
        (0.0, (60.0,), False),
        (550.0, (600.0,), True),
        (539.0, (600.0,), False),
        (60.0, (600.0, 62.0), True),
        (60.0, (), True),
    ],
)
def test_a_recording_may_differ_from_its_call_by_ten_seconds_or_a_tenth(
    length: float, calls: tuple[float, ...], near: bool
):
    verdict = judge(PARTITION, day((OK, length), calls=calls), None)
    assert verdict.passed is near
    assert near or verdict.severity is dg.AssetCheckSeverity.WARN


def test_what_is_odd_about_a_recording_is_a_warning_beside_its_length():
    told = "it is MP3 and no WAV, so its length is not known"
    verdict = judge(PARTITION, day((OK, None), remark=told), None)
    assert verdict.severity is dg.AssetCheckSeverity.WARN
    assert verdict.description == f"1 recording kept that should be looked at (call 0: {told})"
    both = judge(PARTITION, day((OK, 9.0), remark="short"), None)
    assert both.description.startswith("1 recording of another length than the call (")
    assert both.description.endswith("; 1 recording kept that should be looked at (call 0: short)")


def test_where_no_recordings_are_wanted_it_passes():
    assert judge(PARTITION, None, None).passed


def test_an_error_before_anything_was_known_fails_it():
    verdict = judge(PARTITION, None, OSError("the disk is gone"))
    assert (verdict.passed, verdict.description) == (False, "the disk is gone")
