"""Declaring checks that are judged per partition, and reporting their verdicts to Dagster.

A step over a range of partitions has one result per check, but each partition must show its own verdict in
the UI. So an evaluation per partition is logged, each with the materialization it speaks of: without that the
UI counts the partition as missing. The verdict on the whole run comes after them, because the UI's list of
checks shows the newest evaluation; of partitions that is the one planned last, however the others ended.
"""

import warnings
from collections.abc import Sequence
from functools import partial

import dagster as dg

# Dagster has no public name for this class, and AssetCheckEvaluation takes no other.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Target,
)
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES as COMPLETED,
)

from polyai_assets.checks.verdict import Failure, Verdict, failed, fetch_again
from polyai_assets.raw.partition import Partition


def check_spec(
    asset: dg.AssetKey, name: str, description: str, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetCheckSpec:
    """Declare a check that is judged per partition."""
    with warnings.catch_warnings():
        # The feature is in preview, and exactly what we need; the version of Dagster is pinned.
        warnings.filterwarnings("ignore", message=".*partitions_def.*", category=dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, description=description, partitions_def=partitions)


def log_evaluations(
    context: dg.AssetExecutionContext, check: dg.AssetCheckKey, verdicts: Sequence[Verdict]
) -> None:
    """Log an evaluation per partition. The materializations must be stored already."""
    for evaluation in evaluations(context.instance, check, verdicts):
        # Dagster takes evaluations here and stores them; only its annotation leaves them out.
        context.op_execution_context.log_event(evaluation)  # type: ignore[arg-type]


def evaluations(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, verdicts: Sequence[Verdict]
) -> list[dg.AssetCheckEvaluation]:
    """Make an evaluation per partition, each of its newest materialization."""
    targets = _targets(instance, check.asset_key, [verdict.key for verdict in verdicts if verdict.key])
    return [_evaluation(check, verdict, verdict.key, targets.get(verdict.key or "")) for verdict in verdicts]


def log_result(context: dg.AssetExecutionContext, check: dg.AssetCheckKey, verdict: Verdict) -> None:
    """Log the result of a check for the whole run: a run that fails cannot return it."""
    _log(context, check, verdict, None)


def _log(
    context: dg.AssetExecutionContext, check: dg.AssetCheckKey, verdict: Verdict, partition: str | None
) -> None:
    # as above
    context.op_execution_context.log_event(_evaluation(check, verdict, partition, None))  # type: ignore[arg-type]


def _evaluation(
    check: dg.AssetCheckKey, verdict: Verdict, partition: str | None, target: Target | None
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=verdict.passed,
        metadata=verdict.metadata,
        target_materialization_data=target,
        severity=verdict.severity,
        description=verdict.description,
        partition=partition,
    )


def repeat_planned(context: dg.AssetExecutionContext) -> None:
    """Log the last verdict again for every check that a failing run was to judge and has not.

    Dagster shows such a check as failed to execute, also where it is of another step that now never begins. But not
    to be judged is no verdict: the last one stays. What was never judged says so, as a warning.
    """
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    ).records
    for record in records:
        event = record.event_log_entry.dagster_event
        planned = event.asset_check_planned_data if event else None
        if planned is None:
            continue
        subset = planned.partitions_subset
        for partition in subset.get_partition_keys() if subset else [None]:
            _repeat(context, planned.asset_check_key, partition)


def _repeat(context: dg.AssetExecutionContext, check: dg.AssetCheckKey, partition: str | None) -> None:
    history = partial(
        context.instance.event_log_storage.get_asset_check_execution_history,
        check,
        limit=1,
        partition_filter=PartitionKeyFilter(key=partition),
    )
    newest = history()
    if not newest or newest[0].run_id != context.run.run_id or newest[0].status in COMPLETED:
        return
    last = history(status=COMPLETED)
    evaluation = last[0].evaluation if last else None
    if evaluation is None:
        never = failed(
            Partition.parse(partition) if partition else None,
            Failure(
                cause="not judged yet: the run failed before",
                expected="a verdict",
                found="none so far",
                next_step=fetch_again(Partition.parse(partition)) if partition else "polyai status",
            ),
            severity=dg.AssetCheckSeverity.WARN,
        )
        _log(context, check, never, partition)
        return
    context.op_execution_context.log_event(evaluation)


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
