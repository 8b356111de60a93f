"""Telling Dagster what became of the partitions of a run.

When all are good, the outputs are yielded. When some are red, the good ones are logged as materialized and the
step fails, naming the red ones: in the UI good days show as materialized and red ones as failed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import dagster as dg

from polyai_assets.assets.day_outcome import DayOutcome
from polyai_assets.checks.evaluations import log_evaluations, log_result, result
from polyai_assets.checks.verdict import Verdict, overall
from polyai_assets.raw.fetch import is_worth_retrying

_MOST_NAMED = 10


Told = TypeVar("Told", bound=DayOutcome)


def report(
    context: dg.AssetExecutionContext,
    outcomes: Sequence[Told],
    judge: Callable[[dg.AssetCheckKey, Sequence[Told]], list[Verdict]],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Yield the outputs and check results of a run. Raises dagster.Failure when a partition is red.

    `judge` gives the verdicts of a check on the partitions, in their order.
    """
    red = [outcome for outcome in outcomes if outcome.error is not None]
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

    verdicts = {check: judge(check, outcomes) for check in sorted(context.selected_asset_check_keys)}
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


def is_retried(outcomes: Sequence[DayOutcome]) -> bool:
    """Tell whether a later attempt at the run may help: nothing could be done at all, and every error may pass."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    return len(errors) == len(outcomes) and is_worth_retrying(errors)


def _failure(red: Sequence[DayOutcome], total: int, retried: bool) -> dg.Failure:
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
