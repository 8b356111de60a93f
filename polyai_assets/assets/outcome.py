"""What became of each partition of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

import dagster as dg

from polyai_assets.assets.charts import by_hour, last_days
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.specs import RAW
from polyai_assets.checks import complete, no_schema_drift, v3_guarantees
from polyai_assets.checks.verdict import Verdict
from polyai_assets.contract.tables import CONVERSATIONS
from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.raw.certificate import Certificate
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.load import Figures, Staged

_JUDGES: Mapping[tuple[str, str], Callable[[Partition, Staged], Verdict]] = {
    (v3_guarantees.NAME, "conversations"): v3_guarantees.judge_conversations,
    (v3_guarantees.NAME, "turns"): v3_guarantees.judge_turns,
}
"""What judges a loaded partition, by the names of check and asset."""


@dataclass(frozen=True, slots=True)
class Outcome(PartitionOutcome):
    """One partition after a run: its certificate, what was loaded, and the error if it is red.

    `certificate` is None when nothing was fetched; `staged` when nothing was loaded; `accepted` is the drift that
    people have accepted of the project.
    """

    certificate: Certificate | None = None
    staged: Staged | None = None
    accepted: Sequence[AcceptedDrift] = ()

    def succeeded(self, name: str) -> bool:
        """Whether an asset's share of the partition is good: raw records may be kept that could not be loaded."""
        return not self.is_red or (name == RAW and self.certificate is not None)

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition: by its certificate, and by what was loaded."""
        if check.name == complete.NAME:
            return complete.judge(self.partition, self.certificate, self.error)
        if self.staged is None:
            return None
        if check.name == no_schema_drift.NAME:
            return no_schema_drift.judge(self.partition, self.staged.drift, self.accepted)
        return _JUDGES[check.name, check.asset_key.path[-1]](self.partition, self.staged)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe one asset's share of the partition."""
        if name == RAW:
            return _raw_metadata(self.certificate) if self.certificate else {}
        rows = self.staged.rows[name] if self.staged else 0
        figures = self.staged.figures if self.staged and name == CONVERSATIONS.name else None
        return {
            "dagster/partition_row_count": rows,
            **({} if figures is None else _shown(figures, self.partition.date)),
        }


def _shown(figures: Figures, day: date) -> dict[str, Any]:
    """Show figures: numbers, which Dagster plots over all projects, and charts of the partition's own project."""
    means = {"mean_duration": figures.mean_duration, "mean_latency": figures.mean_latency}
    return {
        "conversations": figures.conversations,
        "in_progress": figures.in_progress,
        "handoffs": figures.handoffs,
        **{name: round(mean, 3) for name, mean in means.items() if mean is not None and isfinite(mean)},
        "violations": figures.violations,
        "by_hour": dg.MetadataValue.md(by_hour(figures.by_hour)),
        "last_30_days": dg.MetadataValue.md(last_days({**figures.before, day: figures.conversations}, day)),
    }


def _raw_metadata(certificate: Certificate) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": certificate.rows,
        "pages": certificate.pages,
        "bytes_fetched": sum(page.bytes for walk in certificate.walks for page in walk.pages),
        "bytes_stored": certificate.file.bytes,
        "in_progress": len(certificate.in_progress),
        "duplicates": certificate.duplicates,
        "added": certificate.added,
        "changed": certificate.changed,
        "moved": len(certificate.moved),
        "vanished": len(certificate.vanished),
        "proof": certificate.proof_summary,
        "settled": certificate.settled,
        "fetch_id": certificate.fetch_id,
        "fetched_at": dg.MetadataValue.timestamp(certificate.fetch_finished_at),
        "records_sha256": certificate.records_sha256,
    }
