"""`recordings`: is there a recording of every call of which one is wanted, and is it as long as the call?"""

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING, Any

import dagster as dg

from polyai_assets.checks.verdict import MAX_ROWS, Failure, Verdict, failed, fetch_again
from polyai_assets.raw.partition import Partition

if TYPE_CHECKING:
    from polyai_assets.raw.recordings.manifest import Key
    from polyai_assets.raw.recordings.recorded_day import RecordedDay

NAME = "recordings"
DESCRIPTION = (
    "Of every call of which a recording is wanted, one is kept, or PolyAI has none; and none is much longer or shorter "
    "than its call (a warning): by no more than 10 seconds or a tenth, whichever is more, of the whole call or of "
    "the part that the agent handled; and each is a WAV as long as its head announces (a warning)."
)

TOLERANCE_SECONDS = 10.0
TOLERANCE_SHARE = 0.1
"""How far a recording may differ from its call: PolyAI rounds lengths, and ringing is or is not on the recording."""

_EXPECTED = "a recording of every call of which one is wanted, unless PolyAI has none"
_MOST_NAMED = 3


def judge(partition: Partition, day: "RecordedDay | None", error: Exception | None) -> Verdict:
    """Judge the recordings of a partition; `day` is None where none are wanted or nothing is known of them."""
    next_step = fetch_again(partition, "--audio")
    if day is None:
        if error is None:
            return Verdict(partition, "no recordings are wanted")
        return failed(partition, Failure(str(error), _EXPECTED, "no new recordings", next_step))
    failures, odd = day.failed, list(_of_another_length(day))
    remarks = [
        (recording.conversation_id, recording.direction, recording.reason)
        for recording in day.present
        if recording.reason
    ]
    metadata: dict[str, Any] = {
        "wanted": len(day.expected),
        "present": sum(recording.key in day.expected for recording in day.present),
        "no_recording": len(day.without),
        "failed": len(failures),
        "of_another_length": len(odd),
        "odd": len(remarks),
    }
    kept = f"{metadata['present']:,} of {_recordings(len(day.expected))} kept"
    if remarks:
        metadata["remarks"] = _table(remarks, "conversation_id", "direction", "remark")
    if odd:
        metadata["lengths"] = _table(odd, "conversation_id", "recording", "call")
    if failures:
        rows = [(key.conversation_id, key.direction, reason) for key, reason in failures.items()]
        metadata["failures"] = _table(rows, "conversation_id", "direction", "reason")
        cause = (
            f"{_recordings(len(failures))} of {len(day.expected):,} could not be fetched: {_causes(failures)}"
        )
        return failed(partition, Failure(cause, _EXPECTED, kept, next_step), metadata)
    warnings, suspects = [], [*(name for name, *_ in odd), *(name for name, *_ in remarks)]
    if odd:
        named = "; ".join(f"{name}: {found} for {call}" for name, found, call in odd[:_MOST_NAMED])
        warnings.append(f"{_recordings(len(odd))} of another length than the call ({named})")
    if remarks:
        named = "; ".join(f"{name}: {remark}" for name, _, remark in remarks[:_MOST_NAMED])
        warnings.append(f"{_recordings(len(remarks))} kept that should be looked at ({named})")
    if warnings:
        return failed(
            partition,
            Failure(
                "; ".join(warnings),
                "recordings as long as their calls, each a sound WAV",
                kept,
                f"polyai agent audio {partition.project} {quote(suspects[0])}  # and listen",
            ),
            metadata,
            severity=dg.AssetCheckSeverity.WARN,
        )
    if day.without:
        kept += f"; PolyAI has none of the other {len(day.without):,}"
    return Verdict(partition, kept, metadata)


def _of_another_length(day: "RecordedDay") -> Iterator[tuple[str, str, str]]:
    """Find recordings that are much longer or shorter than their calls: id, length, length of the call."""
    for recording in day.present:
        call = day.expected.get(recording.key)
        if call is None or not call.seconds or recording.duration is None:
            continue
        nearest = min(call.seconds, key=lambda seconds: abs(seconds - (recording.duration or 0.0)))
        if abs(nearest - recording.duration) > max(TOLERANCE_SECONDS, TOLERANCE_SHARE * nearest):
            yield recording.conversation_id, f"{recording.duration:,.1f} s", f"{call.seconds[0]:,.1f} s"


def _causes(failed: "dict[Key, str]") -> str:
    """Count the causes, the most frequent first: `TimedOut (3), NotAWav (1)`."""
    counts: dict[str, int] = {}
    for reason in failed.values():
        cause = reason.partition(":")[0]
        counts[cause] = counts.get(cause, 0) + 1
    return ", ".join(
        f"{cause} ({count:,})" for cause, count in sorted(counts.items(), key=lambda counted: -counted[1])
    )


def _table(rows: list[tuple[str, str, str]], *columns: str) -> dg.TableMetadataValue:
    return dg.TableMetadataValue(
        [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows[:MAX_ROWS]],
        dg.TableSchema([dg.TableColumn(name) for name in columns]),
    )


def _recordings(count: int) -> str:
    return f"{count:,} recording{'' if count == 1 else 's'}"
