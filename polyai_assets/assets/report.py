"""Telling Dagster what became of the partitions of a run.

When all are good, the outputs are yielded. When some are red, the good ones are logged as materialized and the
step fails, naming the red ones: in the UI good days show as materialized and red ones as failed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import dagster as dg

from polyai_assets.assets.outcome import Outcome
from polyai_assets.checks import complete, no_schema_drift, v3_guarantees
from polyai_assets.checks.evaluations import log_evaluations, log_result, result
from polyai_assets.checks.verdict import Verdict, overall
from polyai_assets.raw.fetch import is_worth_retrying
from polyai_assets.warehouse.partition import Staged

_MOST_NAMED = 10


def report(
    context: dg.AssetExecutionContext, outcomes: Sequence[Outcome]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield the outputs and check results of a run. Raises dagster.Failure when a partition is red."""
    red = [outcome for outcome in outcomes if outcome.is_red]
    # Dagster wants the outputs in the order in which the step declares them; `keys` has none.
    assets = [spec.key for spec in context.assets_def.specs if spec.key in context.selected_asset_keys]
    for asset in assets:
        name = asset.path[-1]
        for outcome in outcomes:
            if not outcome.succeeded(name):
                continue
            metadata = outcome.metadata(name)
            if red:
                context.log_event(
                    dg.AssetMaterialization(asset, partition=outcome.partition, metadata=metadata)
                )
            else:
                context.add_asset_metadata(metadata, asset_key=asset, partition_key=outcome.partition)
        if not red:
            yield dg.MaterializeResult(asset_key=asset)

    verdicts = {check: _judge(check, outcomes) for check in sorted(context.selected_asset_check_keys)}
    if not context.has_partition_key or red:
        for check, judged in verdicts.items():
            log_evaluations(context, check, judged)
    if red:
        for check, judged in verdicts.items():
            if judged and not context.has_partition_key:
                log_result(context, check, overall(judged))
        raise _failure(red, len(outcomes), is_retried(outcomes))
    for check, judged in verdicts.items():
        yield result(check, judged[0] if context.has_partition_key else overall(judged))


def is_retried(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether a later attempt at the run may help: nothing could be done at all, and every error may pass."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    return len(errors) == len(outcomes) and is_worth_retrying(errors)


def _judge(check: dg.AssetCheckKey, outcomes: Sequence[Outcome]) -> list[Verdict]:
    if check.name == complete.NAME:
        return [complete.judge(one.partition, one.certificate, one.error) for one in outcomes]
    judge = _JUDGES[check.name, check.asset_key.path[-1]]
    return [
        judge(one.partition, one.staged)
        if one.staged is not None
        else Verdict(one.partition, False, f"not judged, the partition keeps what it had: {one.error}")
        for one in outcomes
    ]


_JUDGES: Mapping[tuple[str, str], Callable[[str, Staged], Verdict]] = {
    (no_schema_drift.NAME, "conversations"): no_schema_drift.judge,
    (v3_guarantees.NAME, "conversations"): v3_guarantees.judge_conversations,
    (v3_guarantees.NAME, "turns"): v3_guarantees.judge_turns,
}


def _failure(red: Sequence[Outcome], total: int, retried: bool) -> dg.Failure:
    """Name the red partitions and say what to do."""
    causes: dict[str, list[str]] = {}
    for outcome in red:
        causes.setdefault(str(outcome.error), []).append(outcome.partition)
    told = [f"- {_name(partitions)}: {cause}" for cause, partitions in causes.items()]
    if len(told) > _MOST_NAMED:
        told[_MOST_NAMED:] = [
            f"- and {len(told) - _MOST_NAMED} other causes: the log of the run has them all"
        ]
    listed = "\n".join(told)
    others = "; the others are loaded" if len(red) < total else ""
    noun = "partition is" if total == 1 else "partitions are"
    description = (
        f"{len(red)} of {total} {noun} red; what was there before stays{others}.\n{listed}\n"
        "When the cause is gone, materialize the red partitions again."
    )
    return dg.Failure(
        description,
        metadata={"red_partitions": [outcome.partition for outcome in red]},
        allow_retries=retried,
    )


def _name(partitions: Sequence[str]) -> str:
    named = ", ".join(partitions[:_MOST_NAMED])
    more = len(partitions) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
