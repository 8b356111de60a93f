"""Telling Dagster the verdicts of a run, per partition.

A step over a range of partitions has one result per check, but each partition must show its own verdict in
the UI. So an evaluation per partition is logged, each with the materialization it speaks of: without that the
UI counts the partition as missing. The verdict on the whole run comes after them, because the UI's list of
checks shows the newest evaluation; of partitions that is the one planned last, whatever became of the others.
"""

from collections.abc import Sequence

import dagster as dg

# Dagster has no public name for this class, and AssetCheckEvaluation takes no other.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Target,
)

from polyai_assets.checks.verdict import Verdict


def log_evaluations(
    context: dg.AssetExecutionContext, check: dg.AssetCheckKey, verdicts: Sequence[Verdict]
) -> None:
    """Log an evaluation per partition. The materializations must be stored already."""
    targets = _targets(context.instance, check.asset_key, [one.partition for one in verdicts])
    for verdict in verdicts:
        _log(context, check, verdict, verdict.partition, targets.get(verdict.partition))


def log_result(context: dg.AssetExecutionContext, check: dg.AssetCheckKey, verdict: Verdict) -> None:
    """Log the result of a check for the whole run: a run that fails cannot return it."""
    _log(context, check, verdict, None, None)


def _log(
    context: dg.AssetExecutionContext,
    check: dg.AssetCheckKey,
    verdict: Verdict,
    partition: str | None,
    target: Target | None,
) -> None:
    context.op_execution_context.log_event(
        # Dagster takes evaluations here and stores them; only its annotation leaves them out.
        dg.AssetCheckEvaluation(  # type: ignore[arg-type]
            asset_key=check.asset_key,
            check_name=check.name,
            passed=verdict.passed,
            metadata=verdict.metadata,
            target_materialization_data=target,
            severity=verdict.severity,
            description=verdict.description,
            partition=partition,
        )
    )


def result(check: dg.AssetCheckKey, verdict: Verdict) -> dg.AssetCheckResult:
    """Give the result of a check for the whole run."""
    return dg.AssetCheckResult(
        passed=verdict.passed,
        asset_key=check.asset_key,
        check_name=check.name,
        metadata=verdict.metadata,
        severity=verdict.severity,
        description=verdict.description,
    )


def _targets(
    instance: dg.DagsterInstance, asset_key: dg.AssetKey, partitions: Sequence[str]
) -> dict[str, Target]:
    """Find the newest materialization of each partition."""
    targets: dict[str, Target] = {}
    for partition in partitions:
        found = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=asset_key, asset_partitions=[partition]), limit=1
        )
        for record in found.records:
            targets[partition] = Target(
                storage_id=record.storage_id,
                run_id=record.run_id,
                timestamp=record.timestamp,
            )
    return targets
