"""`details_complete`: was every conversation of the partition that has ended asked for?"""

from typing import Any

import dagster as dg

from polyai_assets.checks.verdict import Verdict
from polyai_assets.raw.details.certificate import DetailsCertificate

NAME = "details_complete"
DESCRIPTION = (
    "Every conversation of the partition that has ended was asked for, and its detail was found, or is missing at the "
    "Agents API. Conversations in progress are asked for once they have ended. A detail that cannot be read, and "
    "conversations that have changed since, are a warning."
)

_MOST_NAMED = 3


def judge(
    partition: str,
    certificate: DetailsCertificate | None,
    records_sha256: str | None,
    error: Exception | None,
) -> Verdict:
    """Judge a partition by the certificate of its details, or by the error that prevented one.

    `records_sha256` identifies the conversations that the partition holds now.
    """
    if certificate is None:
        return Verdict(partition, False, str(error) if error else "no details were asked for")
    metadata = _metadata(certificate)
    told = _summary(certificate)
    if not certificate.is_complete:
        return Verdict(partition, False, f"{_not_asked(certificate)}; {told}", metadata)
    if records_sha256 != certificate.of_records_sha256:
        changed = "the conversations have changed since they were asked for: materialize raw_details"
        return Verdict(partition, False, f"{changed}; {told}", metadata, dg.AssetCheckSeverity.WARN)
    if certificate.unreadable:
        return Verdict(partition, False, told, metadata, dg.AssetCheckSeverity.WARN)
    return Verdict(partition, True, told, metadata)


def _metadata(certificate: DetailsCertificate) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "conversations": certificate.conversations,
        "in_progress": certificate.in_progress,
        "without_id": certificate.without_id,
        "found": certificate.found,
        "missing": certificate.missing,
        "unreadable": certificate.unreadable,
        "not_asked": certificate.not_asked,
    }
    if certificate.next_due_at is not None:
        metadata["next_due_at"] = dg.MetadataValue.timestamp(certificate.next_due_at)
    return metadata


def _not_asked(certificate: DetailsCertificate) -> str:
    named = [f"{name}: {error}" for name, error in list(certificate.errors.items())[:_MOST_NAMED]]
    return f"{certificate.not_asked:,} could not be asked for ({'; '.join(named)})"


def _summary(certificate: DetailsCertificate) -> str:
    parts = [f"{certificate.found:,} of {certificate.conversations:,} conversations found"]
    for number, what in (
        (certificate.missing, "missing at the Agents API"),
        (certificate.unreadable, "unreadable"),
        (certificate.in_progress, "still in progress"),
        (certificate.without_id, "without an id"),
    ):
        if number:
            parts.append(f"{number:,} {what}")
    return ", ".join(parts)
