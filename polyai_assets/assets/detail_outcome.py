"""How each partition of a run of the details step ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from polyai_assets.assets.detail_specs import RAW_DETAILS
from polyai_assets.assets.report import PartitionOutcome
from polyai_assets.checks import details_complete, no_schema_drift
from polyai_assets.checks.verdict import Verdict
from polyai_assets.contract.drift import Drift
from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.raw.details.details_certificate import DetailsCertificate


@dataclass(frozen=True, slots=True)
class DetailsOutcome(PartitionOutcome):
    """One partition after a run: the certificate of its details, what was loaded, and the error if it is red.

    `records_sha256` identifies the conversations that it holds. `rows`, by table, and `drift` are None when nothing was
    loaded. `accepted` is the drift that people have accepted of the project.
    """

    options = ("--details",)

    certificate: DetailsCertificate | None = None
    records_sha256: str | None = None
    rows: dict[str, int] | None = None
    drift: Sequence[Drift] | None = None
    accepted: Sequence[AcceptedDrift] = ()

    def succeeded(self, name: str) -> bool:
        """Whether an asset's share of the partition is good: details may be kept that could not be loaded."""
        kept = self.certificate is not None and self.certificate.is_complete
        return self.error is None or (name == RAW_DETAILS and kept)

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition: by the certificate of its details, and by the drift in what was loaded."""
        if check.name == no_schema_drift.NAME:
            if self.drift is None:
                return None
            return no_schema_drift.judge(self.partition, self.drift, self.accepted)
        return details_complete.judge(self.partition, self.certificate, self.records_sha256, self.error)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe one asset's share of the partition."""
        if name != RAW_DETAILS:
            return {"dagster/partition_row_count": (self.rows or {}).get(name, 0)}
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
