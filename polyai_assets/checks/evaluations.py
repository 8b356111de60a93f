"""Telling Dagster the verdicts of a run, per partition.

A step over a range of partitions has one result per check, but each partition must show its own verdict in
the UI. So an evaluation per partition is logged, each with the materialization it speaks of: without that the
UI counts the partition as missing. The verdict on the whole run comes after them, and in a run that fails the
failed partitions come last, because the UI's list of checks shows the newest evaluation.
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
    """Log an evaluation per partition, failed ones last. The materializations must be stored already."""
    targets = _targets(context.instance, check.asset_key, [one.partition for one in verdicts])
    for verdict in sorted(verdicts, key=lambda one: not one.passed):
        context.op_execution_context.log_event(
            # Dagster takes evaluations here and stores them; only its annotation leaves them out.
            dg.AssetCheckEvaluation(  # type: ignore[arg-type]
                asset_key=check.asset_key,
                check_name=check.name,
                passed=verdict.passed,
                metadata=verdict.metadata,
                target_materialization_data=targets.get(verdict.partition),
                severity=verdict.severity,
                description=verdict.description,
                partition=verdict.partition,
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
