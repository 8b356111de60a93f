"""What became of the recordings of each partition of a run."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import dagster as dg

from polyai_assets.assets.day_outcome import DayOutcome
from polyai_assets.checks import recordings
from polyai_assets.checks.verdict import Verdict
from polyai_assets.raw.recordings.day import RecordedDay
from polyai_assets.raw.recordings.manifest import Recording
from polyai_assets.raw.store import RawStore

LINKS = 5
"""Recordings of a partition that are linked one by one."""

LINKS_LAST = timedelta(hours=24)
"""How long a link into an object store opens the recording, for everybody who has it."""

_COLUMNS = ("conversation_id", "direction", "seconds", "path")


@dataclass(frozen=True, slots=True)
class AudioOutcome(DayOutcome):
    """One partition after a run: its recordings, and the error if it is red.

    `recorded` is None where no recordings are wanted, or where nothing is known of them.
    """

    recorded: RecordedDay | None = None
    links: dict[str, str] = field(default_factory=dict)
    """From a name to a URL: of the partition's folder, and of its first recordings."""

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
            "bytes": sum(one.bytes or 0 for one in found.present),
            "seconds": round(sum(one.duration or 0.0 for one in found.present), 3),
            "no_recording": len(found.without),
            "failed": len(found.failed),
            "asked_for": found.asked,
            "fetched": found.fetched,
            **{name: dg.MetadataValue.url(link) for name, link in self.links.items()},
            **({"first_recordings": _table(found)} if found.present else {}),
        }


def links_of(store: RawStore, found: RecordedDay) -> dict[str, str]:
    """Link the folder of a partition and its first recordings."""
    if not found.present:
        return {}
    links = {"folder": store.link(f"{found.folder}/", LINKS_LAST)}
    for number, one in enumerate(found.present[:LINKS], 1):
        links[f"recording_{number}"] = store.link(_path(found, one), LINKS_LAST)
    return links


def _table(found: RecordedDay) -> dg.TableMetadataValue:
    rows = [
        (one.conversation_id, one.direction, f"{one.duration or 0.0:.1f}", _path(found, one))
        for one in found.present[:LINKS]
    ]
    return dg.TableMetadataValue(
        [dg.TableRecord(dict(zip(_COLUMNS, row, strict=True))) for row in rows],
        dg.TableSchema([dg.TableColumn(name) for name in _COLUMNS]),
    )


def _path(found: RecordedDay, one: Recording) -> str:
    return f"{found.folder}/{one.key.file}"
