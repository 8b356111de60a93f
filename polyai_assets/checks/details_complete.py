"""`details_complete`: was every conversation of the partition that has ended asked for?"""

from typing import Any

import dagster as dg

from polyai_assets.checks.verdict import Failure, Verdict, failed, fetch_again
from polyai_assets.raw.details.details_certificate import DetailsCertificate
from polyai_assets.raw.partition import Partition

NAME = "details_complete"
DESCRIPTION = (
    "Every conversation of the partition that has ended was asked for, and its detail was found, or is missing at the "
    "Agents API. Conversations in progress are asked for once they have ended. A detail that cannot be read, and "
    "conversations that have changed since, are a warning."
)

_EXPECTED = "a detail of every conversation that has ended, of those that the conversations are now"
_MOST_NAMED = 3


def judge(
    partition: Partition,
    certificate: DetailsCertificate | None,
    records_sha256: str | None,
    error: Exception | None,
) -> Verdict:
    """Judge a partition by the certificate of its details, or by the error that prevented one.

    `records_sha256` identifies the conversations that the partition holds now.
    """
    next_step = fetch_again(partition, "--details")
    if certificate is None:
        cause = str(error) if error else "no details were asked for"
        return failed(partition, Failure(cause, _EXPECTED, "no new details", next_step))
    metadata = _metadata(certificate)
    summary = _summary(certificate)
    if not certificate.is_complete:
        cause = _not_asked(certificate)
        failure = Failure(cause, _EXPECTED, summary, next_step)
        return failed(partition, failure, metadata, description=f"{cause}; {summary}")
    if records_sha256 != certificate.of_records_sha256:
        cause = "the conversations have changed since they were asked for: materialize raw_details"
    elif certificate.unreadable:
        cause = f"{certificate.unreadable:,} of the answers cannot be read"
    else:
        return Verdict(partition, summary, metadata)
    return failed(
        partition,
        Failure(cause, _EXPECTED, summary, next_step),
        metadata,
        description=f"{cause}; {summary}",
        severity=dg.AssetCheckSeverity.WARN,
    )


def _metadata(certificate: DetailsCertificate) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "conversations": certificate.conversations,
        "in_progress": certificate.in_progress,
        "without_id": certificate.without_id,
        "details_found": certificate.found,
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
