"""Raising the alerts of a run's projects, before the run says how it ended."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb

from polyai_assets.alerts.finding import COMPLETE, INCOMPLETE, Finding, Severity, without_people
from polyai_assets.alerts.raising import Judged, raise_alerts
from polyai_assets.assets.outcome import Outcome
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.remedies import BELIEVE_OR_ACCEPT, accept_commands, backfill_commands
from polyai_assets.warehouse.attach import WarehouseBusy

if TYPE_CHECKING:
    from polyai_assets.assets.step import StepStores

log = logging.getLogger(__name__)


def raise_findings(
    platform: PlatformConfig, step: "StepStores", outcomes: Sequence[PartitionOutcome]
) -> None:
    """Raise the alerts of what a run found, once; what could not be delivered is left to the sensor.

    An alert that cannot be raised now makes no day red: the sensor `alerts` looks again when the run has ended.
    """
    projects = sorted({outcome.partition.project.key for outcome in outcomes})
    try:
        result = raise_alerts(
            step.connect,
            step.warehouse,
            step.store,
            projects,
            platform.alerts,
            step.now(),
            judged=_judged(outcomes),
        )
    except (OSError, WarehouseBusy, duckdb.Error) as error:
        log.warning("alerts are left to the sensor: %s", error)
        return
    if result.opened or result.worsened or result.resolved or result.failed:
        log.info(
            "findings: %s opened, %s worse, %s resolved; messages: %s delivered, %s failed",
            result.opened,
            result.worsened,
            result.resolved,
            result.delivered,
            result.failed,
        )


def _judged(outcomes: Sequence[PartitionOutcome]) -> Judged:
    """Say of every day whose conversations were fetched or read whether it is complete."""
    return {
        (outcome.partition.project.key, outcome.partition.date): _incomplete(outcome.certificate)
        for outcome in outcomes
        if isinstance(outcome, Outcome) and outcome.certificate is not None
    }


def _incomplete(certificate: Certificate) -> list[Finding]:
    """Say what keeps a day from being complete; of one that could not be proven, once it stays so."""
    again = backfill_commands(certificate.project, [certificate.date])
    for problem in certificate.problems():
        if problem == certificate.turns.explanation:
            words, again = (
                BELIEVE_OR_ACCEPT,
                [*accept_commands(certificate.project, [certificate.date]), *again],
            )
        else:
            words = "fetch again"
        return [_finding(certificate, "ERROR", problem, f"{words}: {'; '.join(again)}")]
    proof = certificate.proof
    if proof is not None and proof.is_failing and proof.looks > 1:
        explanation = without_people(f"{proof.summary}: {proof.explanation}")
        words = f"{proof.remedy.rstrip('. ')}; to look again at once"
        return [_finding(certificate, "WARN", explanation, f"{words}: {'; '.join(again)}")]
    return []


def _finding(certificate: Certificate, severity: Severity, problem: str, next_step: str) -> Finding:
    return Finding(
        project=certificate.project,
        check=COMPLETE,
        kind=INCOMPLETE,
        path=certificate.date.isoformat(),
        severity=severity,
        first_seen=certificate.date,
        last_seen=certificate.date,
        began=certificate.date,
        days=1,
        count=1,
        share=None,
        example=problem,
        next_step=next_step,
    )
