"""Reporting to Dagster how the partitions of a run ended.

A partition that is good is reported as soon as it is done: its materializations, then its checks. What is red is
reported at the end, when it is known whether the run is tried again; then the step fails, naming the red partitions: in
the UI good days show as materialized and red ones as failed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

# An output with this key makes no event. Ours have made theirs by then, each partition its own, and steps downstream
# need the output. Dagster has no public way to say so, and its version is pinned.
from dagster._core.definitions.source_asset import (
    SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION as WITHOUT_EVENT,
)

# What Dagster raises in place of a KeyboardInterrupt has no public name.
from polyai_assets.api.errors import is_worth_retrying
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.watching import WATCHER
from polyai_assets.checks.evaluations import log_evaluations, log_result, repeat_planned, result
from polyai_assets.checks.verdict import Verdict, overall
from polyai_assets.raw.conversations.suspicion import is_about_doubt
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import accept_commands, backfill_commands

OUTAGE_RETRIES = 1
"""How often a run is tried again when no day could be fetched, and all errors may pass. Once: every request was tried
many times already, and the sensor tries red days again."""

OUTAGE_PAUSE = 15.0
"""Seconds before that."""

_MOST_NAMED = 10

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


Links = Callable[[str, Partition], dict[str, Any]]
"""From the name of an asset and a partition to where a person may look, as metadata."""


class Report:
    """The report of a run of a step; `outcomes` are those of the partitions so far."""

    def __init__(self, context: dg.AssetExecutionContext, links: Links) -> None:
        self._context = context
        self._links = links
        # Dagster wants the outputs in the order in which the step declares them; `keys` has none.
        self._assets = [
            spec.key for spec in context.assets_def.specs if spec.key in context.selected_asset_keys
        ]
        self._prefix = next(iter(context.assets_def.specs)).key.path[:-1]
        self._verdicts: dict[dg.AssetCheckKey, list[Verdict]] = {
            check: [] for check in sorted(context.selected_asset_check_keys)
        }
        self._held_back: list[PartitionOutcome] = []
        self.outcomes: list[PartitionOutcome] = []

    def add(self, outcome: PartitionOutcome) -> None:
        """Report a partition: what is good of it now, the verdicts on one that is red at the end."""
        self.outcomes.append(outcome)
        for asset in self._assets:
            name = asset.path[-1]
            if outcome.succeeded(name):
                self._show(asset, outcome, outcome.metadata(name))
        for name, metadata in outcome.made_beside.items():
            self._show(dg.AssetKey([*self._prefix, name]), outcome, metadata)
        verdicts = []
        if outcome.is_red:
            self._held_back.append(outcome)
        else:
            verdicts = [found for check in self._verdicts if (found := self._judge(check, outcome))]
        watcher = WATCHER.get()
        if watcher is not None:
            watcher.see(outcome, verdicts)

    def _show(self, asset: dg.AssetKey, outcome: PartitionOutcome, metadata: Mapping[str, Any]) -> None:
        """Materialize the partition of an asset."""
        partition = outcome.partition
        linked = {**metadata, **self._links(asset.path[-1], partition)}
        self._context.log_event(dg.AssetMaterialization(asset, partition=partition.key, metadata=linked))

    @property
    def is_retried(self) -> bool:
        """Whether the run is tried again: nothing could be done at all, and every error may pass."""
        if len(self._held_back) < len(self.outcomes) or self._context.retry_number >= OUTAGE_RETRIES:
            return False
        return is_worth_retrying([outcome.error for outcome in self._held_back if outcome.error is not None])

    def end(self) -> Results:
        """Yield the outputs and the check results. Raises RetryRequested, and dagster.Failure for red partitions."""
        if self._held_back:
            failure = _failure(self._held_back, len(self.outcomes))
            if self.is_retried:
                raise dg.RetryRequested(OUTAGE_RETRIES, OUTAGE_PAUSE) from failure
            self._report_red()
            raise failure
        for asset in self._assets:
            yield dg.MaterializeResult(asset_key=asset, metadata={WITHOUT_EVENT: True})
        for check, verdicts in self._verdicts.items():
            if verdicts:
                yield result(check, overall(verdicts))

    def _report_red(self) -> None:
        """Log the verdicts on red partitions; a check that could not be judged keeps its last verdict."""
        for check, verdicts in self._verdicts.items():
            for outcome in self._held_back:
                self._judge(check, outcome)
            if self._context.has_partition_key:
                log_evaluations(self._context, check, verdicts)
            elif verdicts:
                # last, because the UI's list of checks shows the newest evaluation
                log_result(self._context, check, overall(verdicts))
        repeat_planned(self._context)

    def _judge(self, check: dg.AssetCheckKey, outcome: PartitionOutcome) -> Verdict | None:
        verdict = outcome.judge(check)
        if verdict is None:
            return None
        self._verdicts[check].append(verdict)
        if not self._context.has_partition_key:
            log_evaluations(self._context, check, [verdict])
        return verdict


def _failure(red: Sequence[PartitionOutcome], total: int) -> dg.Failure:
    """Name the red partitions and say what to do."""
    causes: dict[str, list[str]] = {}
    for outcome in red:
        causes.setdefault(str(outcome.error), []).append(outcome.partition.key)
    named = [f"- {_name(partitions)}: {cause}" for cause, partitions in causes.items()]
    if len(named) > _MOST_NAMED:
        named[_MOST_NAMED:] = [
            f"- and {len(named) - _MOST_NAMED} other causes: the log of the run has them all"
        ]
    listed = "\n".join(named)
    commands = name_commands(red)
    others = "; the others are loaded" if len(red) < total else ""
    noun = "partition is" if total == 1 else "partitions are"
    description = (
        f"{len(red)} of {total} {noun} red; what was there before stays{others}.\n{listed}\n"
        + "".join(f"{line}\n" for line in name_accepting(red))
        + "When the cause is gone, materialize the red partitions again"
        + ("\n".join([", or type:", *commands]) if commands else ".")
    )
    return dg.Failure(
        description,
        metadata={"red_partitions": [outcome.partition.key for outcome in red]},
        allow_retries=False,
    )


def name_accepting(red: Sequence[PartitionOutcome]) -> list[str]:
    """Give the lines that accept fetches which were not believed: what comes before fetching again."""
    days: dict[str, list[date]] = {}
    for outcome in red:
        if is_about_doubt(str(outcome.error)):
            days.setdefault(outcome.partition.project.key, []).append(outcome.partition.date)
    commands = [line for project, doubted in days.items() for line in accept_commands(project, doubted)]
    return (
        ["If what was not believed is right as it is, accept it first:", *_first(commands)]
        if commands
        else []
    )


def name_commands(red: Sequence[PartitionOutcome]) -> list[str]:
    """Give the commands that make red partitions again: one for each unbroken row of days of a project."""
    options = red[0].options
    if options is None:
        return []
    days: dict[str, list[date]] = {}
    for outcome in red:
        days.setdefault(outcome.partition.project.key, []).append(outcome.partition.date)
    commands = [
        line for project, listed in days.items() for line in backfill_commands(project, listed, *options)
    ]
    return _first(commands)


def _first(commands: Sequence[str]) -> list[str]:
    more = [f"and {len(commands) - _MOST_NAMED} more like it"] if len(commands) > _MOST_NAMED else []
    return [*commands[:_MOST_NAMED], *more]


def _name(partitions: Sequence[str]) -> str:
    named = ", ".join(partitions[:_MOST_NAMED])
    more = len(partitions) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
