"""A verdict on one partition, before it is told to Dagster."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

PROVISIONAL = "provisional"
"""What marks such a verdict, at the beginning of its description and in its metadata."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a check passed on a partition, in one sentence and with what supports it."""

    partition: str
    passed: bool
    description: str
    metadata: dict[str, Any] = field(default_factory=dict)
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR


def provisional(partition: str, description: str, metadata: dict[str, Any]) -> Verdict:
    """Pass a partition that will be judged for good later, by itself: nobody need act on it now."""
    return Verdict(partition, True, f"{PROVISIONAL}, {description}", {**metadata, PROVISIONAL: True})


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Sum up the verdicts of a run over several partitions."""
    if len(verdicts) == 1:
        return verdicts[0]
    failed = [one for one in verdicts if not one.passed]
    if not failed:
        return Verdict("", True, f"all {len(verdicts)} partitions passed", {"partitions": len(verdicts)})
    worst = (
        dg.AssetCheckSeverity.ERROR
        if any(one.severity is dg.AssetCheckSeverity.ERROR for one in failed)
        else dg.AssetCheckSeverity.WARN
    )
    listed = dg.TableMetadataValue(
        [
            dg.TableRecord({"partition": one.partition, "verdict": one.description})
            for one in failed[:MAX_ROWS]
        ],
        dg.TableSchema([dg.TableColumn("partition"), dg.TableColumn("verdict")]),
    )
    return Verdict(
        "",
        False,
        f"{len(failed)} of {len(verdicts)} partitions failed, first {failed[0].partition}: {failed[0].description}",
        {"partitions": len(verdicts), "failed": len(failed), "failed_partitions": listed},
        worst,
    )


MAX_ROWS = 20
"""Most rows of a table in metadata."""
