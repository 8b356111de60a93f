"""What became of the recordings of each partition of a run."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.checks import recordings
from polyai_assets.checks.verdict import MAX_ROWS, Verdict
from polyai_assets.machine.markdown import code, grid
from polyai_assets.raw.recordings.manifest import Recording
from polyai_assets.raw.recordings.recorded_day import RecordedDay


@dataclass(frozen=True, slots=True)
class AudioOutcome(PartitionOutcome):
    """One partition after a run: its recordings, and the error if it is red.

    `recorded` is None where no recordings are wanted, or where nothing is known of them.
    """

    recorded: RecordedDay | None = None
    folder: str = ""
    """The path or URL of the partition's recordings."""

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the recordings of the partition."""
        return recordings.judge(self.partition, self.recorded, self.error)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        found = self.recorded
        if found is None:
            return {"dagster/partition_row_count": 0}
        return {
            "dagster/partition_row_count": len(found.recordings),
            "recordings": len(found.present),
            "bytes": sum(recording.bytes or 0 for recording in found.present),
            "seconds": round(sum(recording.duration or 0.0 for recording in found.present), 3),
            "no_recording": len(found.without),
            "failed": len(found.failed),
            "asked_for": found.asked,
            "fetched": found.fetched,
            **({"folder": self.folder, "listed": _table(found, self.folder)} if found.present else {}),
        }


def _table(found: RecordedDay, folder: str) -> dg.MarkdownMetadataValue:
    """List the first recordings, with paths to copy: a browser opens no files, and a signed link would be a key."""
    listed = found.present[:MAX_ROWS]
    rows = [
        (
            code(recording.conversation_id),
            recording.direction,
            _minutes(recording),
            code(f"{folder}/{recording.key.file}"),
        )
        for recording in listed
    ]
    table = grid(("conversation", "direction", "minutes", "path"), rows)
    more = len(found.present) - len(listed)
    return dg.MetadataValue.md(f"{table}\n\nand {more:,} more, in the table `audio`" if more else table)


def _minutes(recording: Recording) -> str:
    return "" if recording.duration is None else f"{recording.duration / 60:.1f}"
