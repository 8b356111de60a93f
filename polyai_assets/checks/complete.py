"""`complete`: does the partition hold everything that the API has for it? It is what its certificate says."""

from typing import Any

import dagster as dg

from polyai_assets.checks.verdict import (
    Failure,
    Verdict,
    accept_or_fetch_again,
    failed,
    fetch_again,
    provisional,
)
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.suspicion import is_about_doubt
from polyai_assets.raw.partition import Partition

NAME = "complete"
_EXPECTED = "every conversation that the API has for the day, with every turn that is announced"
DESCRIPTION = (
    "The partition holds every conversation that the API has for the day: every cursor walk reached its "
    "end, the windows cover the whole day, every turn that is announced came, and a second road proves "
    "that nothing is missing. Until its day is over and a proof is due, a partition is provisional: it passes, and "
    "says so. A day that could not be proven is a warning."
)


def judge(partition: Partition, certificate: Certificate | None, error: Exception | None) -> Verdict:
    """Judge a partition by its certificate, or by the error that prevented a new one."""
    if certificate is None:
        cause = str(error) if error else "nothing was fetched"
        step = accept_or_fetch_again if is_about_doubt(cause) else fetch_again
        return failed(partition, Failure(cause, _EXPECTED, "no new conversations", step(partition)))
    problems = certificate.problems()
    metadata = _metadata(certificate)
    in_doubt = certificate.turns.conversations_short and not certificate.turns.tolerated
    step = accept_or_fetch_again if in_doubt or certificate.misfits else fetch_again
    if problems:
        count = f"{certificate.rows:,} conversations in {certificate.pages:,} pages"
        return failed(partition, Failure("; ".join(problems), _EXPECTED, count, step(partition)), metadata)
    proof, summary = certificate.proof, _summary(certificate)
    if certificate.is_provisional:
        return provisional(partition, f"the day is not over: {summary}", metadata)
    if proof is not None and proof.is_lacking:
        if proof.waits:
            return provisional(partition, f"{proof.advice}; {summary}", metadata)
        return failed(
            partition,
            Failure(proof.advice, "a proof that nothing is missing", summary, step(partition)),
            metadata,
            description=f"{proof.advice}; {summary}",
            severity=dg.AssetCheckSeverity.WARN,
        )
    return Verdict(partition, summary, metadata)


def _metadata(certificate: Certificate) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "conversations": certificate.rows,
        "pages": certificate.pages,
        "walks": len(certificate.walks),
        "duplicates": certificate.duplicates,
        "in_progress": len(certificate.in_progress),
        "added": certificate.added,
        "changed": certificate.changed,
        "vanished": len(certificate.vanished),
        "moved": len(certificate.moved),
        "erased": certificate.erased,
        "transcripts": certificate.turns.transcripts,
        "proof": certificate.proof_summary,
        "settled": certificate.settled,
    }
    if certificate.proof is not None and certificate.proof.agreed:
        metadata["roads_that_agree"] = ", ".join(certificate.proof.agreed)
    if certificate.misfits:
        metadata["misfits"] = "; ".join(misfit.explanation for misfit in certificate.misfits)
    if certificate.accepted:
        metadata["accepted"] = "; ".join(
            f"{decision.doubt}: {decision.who} on {decision.when:%Y-%m-%d}: {decision.why}"
            for decision in certificate.accepted
        )
    return metadata


def _summary(certificate: Certificate) -> str:
    parts = [f"{certificate.rows:,} conversations in {certificate.pages:,} pages, every walk closed"]
    proof = certificate.proof
    if proof is not None and not proof.is_lacking:
        parts.append(proof.summary if proof.switched_off else proof.explanation)
    if certificate.erased:
        parts.append(f"{certificate.erased:,} of what the API has are left out: they were erased")
    if certificate.turns.transcripts == "off":
        parts.append("transcripts are switched off for the project: turns are announced and none came")
    if certificate.running:
        parts.append(f"{len(certificate.running):,} still running")
    if certificate.given_up:
        parts.append(f"{len(certificate.given_up):,} given up: in progress for too long")
    if certificate.settled:
        parts.append("settled")
    return "; ".join(parts)
