"""What the audio step does with the days of one project: fetch the recordings that are missing, load the manifest.

A day of which nothing could be fetched, or that cannot be loaded, is red by itself; the others go on. A recording
that could not be fetched makes no day red: it is a row of the table, and the check `recordings` reports it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import dagster as dg
import pyarrow as pa

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import PolyAIError
from polyai_assets.assets.guard import FORESEEN, NothingInRawStore, guarded
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.step import DayWork
from polyai_assets.checks import recordings
from polyai_assets.checks.verdict import MAX_ROWS, Verdict
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.recording import OK
from polyai_assets.contract.tables import AUDIO
from polyai_assets.machine.markdown import code, grid
from polyai_assets.raw.asking import Asking
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import RECORDING_FILES, Recording
from polyai_assets.raw.recordings.plan import WantedRecordings, next_look
from polyai_assets.raw.recordings.recorded_day import RecordedDay, collect
from polyai_assets.raw.recordings.recordings_due import Due, note_begun, note_changed, note_done, note_failed
from polyai_assets.raw.recordings.wav import NotAWav
from polyai_assets.raw.retention_days import AUDIO as AUDIO_LAYER
from polyai_assets.raw.retention_days import RAW
from polyai_assets.raw.trouble import EVERY_REQUEST, HOPELESS_DAYS, Breaker
from polyai_assets.warehouse.given_rows import load_rows
from polyai_assets.warehouse.loads import RECORDINGS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AudioOutcome(PartitionOutcome):
    """One partition after a run: its recordings, and the error if it is red.

    `recorded` is None where no recordings are wanted, or where nothing is known of them.
    """

    options = ("--audio",)

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


COLUMNS = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("direction", pa.string()),
        ("redacted", pa.bool_()),
        ("path", pa.string()),
        ("bytes", pa.int64()),
        ("sha256", pa.string()),
        ("duration", pa.float64()),
        ("sample_rate", pa.int64()),
        ("channels", pa.int64()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
    ]
)
"""The table `audio` without its partition."""


class Recordings(DayWork):
    """Fetches the recordings that are missing, and lists all of a day."""

    __slots__ = ()

    needs = frozenset({RAW, AUDIO_LAYER})

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[AudioOutcome]:
        """Work through partitions of a project; yields the outcome of each, in order."""
        breaker = Breaker(HOPELESS_DAYS, EVERY_REQUEST)
        with Asking(config.agents_connection, AgentsClient, breaker) as asking:
            for partition in partitions:
                outcome = guarded(
                    partition,
                    partial(self._day, config, partition, asking.client),
                    partial(AudioOutcome.red, partition),
                )
                _learn(breaker, outcome)
                yield outcome

    def _day(
        self, config: ProjectConfig, partition: Partition, client: Callable[[], AgentsClient]
    ) -> AudioOutcome:
        audio = config.audio
        certificate = self.store.certificate(partition)
        if not config.wants_recordings and (
            certificate is None or RECORDING_FILES.read_or_none(self.store, partition) is None
        ):
            return AudioOutcome(partition)
        if certificate is None:
            raise NothingInRawStore(
                "its conversations were never fetched: materialize raw_conversations first"
            )
        begun = note_begun(self.store, partition, self.now())
        wanted = WantedRecordings(audio.calls, audio.direction, audio.redacted)
        try:
            found = collect(self.store, certificate, wanted, client, self.spool, self.now, config.vanished)
            if found.error is None:
                self._load(found)
        except FORESEEN:
            note_failed(self.store, begun, self.now())
            raise
        self._note(found, begun)
        if found.error is not None:
            log.error("%s is red: %s", partition, found.error)
            return AudioOutcome(partition, found, error=found.error)
        return AudioOutcome(partition, found, folder=self.store.location(found.folder))

    def _note(self, found: RecordedDay, begun: Due) -> None:
        """Note when the day is to be looked at again, also if its conversations have changed meanwhile."""
        if found.failed or found.error:
            note_failed(self.store, begun, self.now())
        else:
            note_done(
                self.store,
                found.certificate.partition,
                next_look(found.expected, found.recordings),
            )
        newest = self.store.certificate(found.certificate.partition)
        if newest is not None and newest.records_sha256 != found.certificate.records_sha256:
            note_changed(self.store, newest, self.now())

    def _load(self, found: RecordedDay) -> None:
        listed = [_row(found, recording) for _, recording in sorted(found.recordings.items())]
        rows = pa.Table.from_pylist(listed, COLUMNS)
        with self.connect() as connection:
            load_rows(connection, self.warehouse, found.certificate.partition, RECORDINGS, AUDIO, rows)


def _learn(breaker: Breaker, outcome: AudioOutcome) -> None:
    """Take note of whether a day that was asked for failed as a whole."""
    if isinstance(outcome.error, PolyAIError | NotAWav):
        breaker.fail(outcome.error)
    elif outcome.recorded is not None and outcome.recorded.asked:
        breaker.succeed()


def _row(found: RecordedDay, recording: Recording) -> dict[str, object]:
    return {
        "conversation_id": recording.conversation_id,
        "direction": recording.direction,
        "redacted": recording.redacted,
        "path": f"{found.folder}/{recording.key.file}" if recording.status == OK else "",
        "bytes": recording.bytes,
        "sha256": recording.sha256,
        "duration": recording.duration,
        "sample_rate": recording.sample_rate,
        "channels": recording.channels,
        "status": recording.status,
        "reason": recording.reason,
        "fetched_at": recording.fetched_at,
    }
