"""How each partition of a run of the ingest step, or of the details step, ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any

import dagster as dg

from polyai_assets.assets.charts import by_hour, last_days, shares
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.specs import RAW, RAW_DETAILS
from polyai_assets.checks import complete, details_complete, no_schema_drift, text_is_redacted, v3_guarantees
from polyai_assets.checks.verdict import Verdict
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    METRICS,
    RECORDED_TABLES,
)
from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.details.details_certificate import DetailsCertificate
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.load import FactFigures, Figures, Staged

_JUDGES: Mapping[tuple[str, str], Callable[[Partition, Staged], Verdict]] = {
    (v3_guarantees.NAME, "conversations"): v3_guarantees.judge_conversations,
    (v3_guarantees.NAME, "turns"): v3_guarantees.judge_turns,
    (text_is_redacted.NAME, "turns"): text_is_redacted.judge,
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
        """Whether an asset's share of the partition is good: raw records may be kept that could not be loaded.

        One that was retired meanwhile stays as it was.
        """
        if self.certificate is not None and self.certificate.is_retired:
            return False
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
        counted = {"dagster/partition_row_count": self.staged.rows[name] if self.staged else 0}
        figures = self.staged.figures if self.staged else None
        if figures is None:
            return counted
        if name == METRICS.name and figures.metrics:
            shown = shares(figures.metrics, "metric", figures.conversations)
            return {**counted, "names": dg.MetadataValue.md(shown)}
        return {**counted, **_shown(figures, self.partition.date)} if name == CONVERSATIONS.name else counted

    @property
    def made_beside(self) -> Mapping[str, dict[str, Any]]:
        """The facts, which are made with the tables that they come from."""
        if self.staged is None or self.staged.facts is None:
            return {}
        return facts_made(self.staged.fact_figures or FactFigures(self.staged.facts))


@dataclass(frozen=True, slots=True)
class DetailsOutcome(PartitionOutcome):
    """One partition after a run: the certificate of its details, what was loaded, and the error if it is red.

    `records_sha256` identifies the conversations that it holds. `rows`, by table, what is shown of the `facts`, which
    were made with them, and `drift` are None when nothing was loaded. `accepted` is the drift that people have accepted
    of the project. `leaks` are what was found by kind in `sampled_texts` redacted texts.
    """

    options = ("--details",)

    certificate: DetailsCertificate | None = None
    records_sha256: str | None = None
    rows: dict[str, int] | None = None
    facts: FactFigures | None = None
    drift: Sequence[Drift] | None = None
    accepted: Sequence[AcceptedDrift] = ()
    sampled_texts: int = 0
    leaks: Mapping[str, int] = field(default_factory=dict)

    def succeeded(self, name: str) -> bool:
        """Whether an asset's share of the partition is good: details may be kept that could not be loaded."""
        kept = self.certificate is not None and self.certificate.is_complete
        return self.error is None or (name == RAW_DETAILS and kept)

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition: by the certificate of its details, and by what was loaded."""
        if check.name == text_is_redacted.NAME:
            if self.rows is None:
                return None
            return text_is_redacted.judge(self.partition, self, ("--replay", *self.options))
        if check.name == no_schema_drift.NAME:
            if self.drift is None:
                return None
            return no_schema_drift.judge(self.partition, self.drift, self.accepted)
        return details_complete.judge(self.partition, self.certificate, self.records_sha256, self.error)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe one asset's share of the partition."""
        rows = self.rows or {}
        if name == CONVERSATION_DETAILS.name:
            recorded = {table.name: rows.get(table.name, 0) for table in RECORDED_TABLES}
            return {"dagster/partition_row_count": rows.get(name, 0), **recorded}
        if name != RAW_DETAILS:
            return {"dagster/partition_row_count": rows.get(name, 0)}
        certificate = self.certificate
        if certificate is None:
            return {}
        return {
            "dagster/partition_row_count": certificate.found + certificate.missing + certificate.unreadable,
            "calls": certificate.calls,
            "unchanged": certificate.unchanged,
            "found": certificate.found,
            "missing": certificate.missing,
            "unreadable": certificate.unreadable,
            "in_progress": certificate.in_progress,
            "bytes_stored": certificate.file.bytes,
            "asked_at": dg.MetadataValue.timestamp(certificate.finished_at),
        }

    @property
    def made_beside(self) -> Mapping[str, dict[str, Any]]:
        """The facts, which are made with the tables that they come from."""
        return {} if self.facts is None else facts_made(self.facts)


@dataclass(frozen=True, slots=True)
class FactsOutcome(PartitionOutcome):
    """One partition whose facts were made anew of what the tables hold; `facts` are shown of them."""

    options = None

    facts: FactFigures = field(default=FactFigures(0))

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the facts of the partition."""
        return _facts_metadata(self.facts)


def facts_made(facts: FactFigures) -> Mapping[str, dict[str, Any]]:
    """Describe facts that a step made beside its own assets."""
    return {CONVERSATION_FACTS.name: _facts_metadata(facts)}


def _facts_metadata(facts: FactFigures) -> dict[str, Any]:
    counted = {"dagster/partition_row_count": facts.rows, "calls": facts.calls}
    if not facts.calls:
        return counted
    known = {} if facts.containment is None else {"containment": round(facts.containment, 4)}
    return {
        **counted,
        **known,
        "outcomes": dg.MetadataValue.md(shares(facts.outcomes, "outcome", facts.calls)),
        "by_local_hour": dg.MetadataValue.md(by_hour(facts.by_local_hour, "local")),
    }


def _shown(figures: Figures, day: date) -> dict[str, Any]:
    """Show figures: numbers, which Dagster plots over all projects, and charts of the partition's own project."""
    means = {"mean_duration_seconds": figures.mean_duration, "mean_latency_seconds": figures.mean_latency}
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
