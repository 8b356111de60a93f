"""A verdict on one partition, before it is reported to Dagster, and the lines that a person types when it failed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import dagster as dg

from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import accept_commands, backfill_commands

PROVISIONAL = "provisional"
"""What marks such a verdict, at the beginning of its description and in its metadata."""


COMMENT = "  # "
"""What stands between a line to type and why it is typed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a check has not passed: the cause, what was expected against what was found, and the lines to type next.

    Every failed check shows these four in its metadata.
    """

    cause: str
    expected: str
    found: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of a partition, or of several (None), in a sentence and with what supports it.

    It passed unless it has a failure.
    """

    partition: Partition | None
    description: str
    details: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = field(default=None, kw_only=True)
    severity: dg.AssetCheckSeverity = field(default=dg.AssetCheckSeverity.ERROR, kw_only=True)

    @property
    def key(self) -> str | None:
        """The partition's key; None where it is on several."""
        return self.partition.key if self.partition is not None else None

    @property
    def passed(self) -> bool:
        """Whether there is nothing to do for a person."""
        return self.failure is None

    @property
    def metadata(self) -> dict[str, Any]:
        """What Dagster shows beside the description."""
        if self.failure is None:
            return {**self.details}
        return {**asdict(self.failure), "next_step": _shown(self.failure.next_step), **self.details}


def _shown(next_step: str) -> str | dg.TableMetadataValue:
    """Show lines to type as they are: Dagster joins those of a text, and hides Markdown behind a click."""
    lines = next_step.splitlines()
    if len(lines) == 1:
        return next_step
    columns = ("command", "why")
    rows = [dict(zip(columns, [*line.split(COMMENT, 1), ""], strict=False)) for line in lines]
    return dg.TableMetadataValue(
        [dg.TableRecord(row) for row in rows], dg.TableSchema([dg.TableColumn(name) for name in columns])
    )


def failed(
    partition: Partition | None,
    failure: Failure,
    details: Mapping[str, Any] | None = None,
    *,
    description: str = "",
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> Verdict:
    """Fail a partition; the cause is its description unless there is another."""
    return Verdict(partition, description or failure.cause, details or {}, failure=failure, severity=severity)


def provisional(partition: Partition, description: str, details: Mapping[str, Any]) -> Verdict:
    """Pass a partition that will be judged for good later, by itself: no person need act on it now."""
    return Verdict(partition, f"{PROVISIONAL}, {description}", {**details, PROVISIONAL: True})


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Sum up the verdicts of a run over several partitions."""
    if len(verdicts) == 1:
        return verdicts[0]
    bad = [(verdict, verdict.failure) for verdict in verdicts if verdict.failure is not None]
    if not bad:
        return Verdict(None, f"all {len(verdicts)} partitions passed", {"partitions": len(verdicts)})
    first, why = bad[0]
    where = first.key
    rows = [{"partition": verdict.key, "verdict": verdict.description} for verdict, _ in bad[:MAX_ROWS]]
    listed = dg.TableMetadataValue(
        [dg.TableRecord(row) for row in rows], dg.TableSchema([dg.TableColumn(name) for name in rows[0]])
    )
    is_error = any(verdict.severity is dg.AssetCheckSeverity.ERROR for verdict, _ in bad)
    count = f"{len(bad)} of {len(verdicts)} partitions failed"
    return failed(
        None,
        Failure(
            cause=f"{where}: {why.cause}",
            expected=why.expected,
            found=f"{count}, first {where}: {why.found}",
            next_step=why.next_step,
        ),
        {"partitions": len(verdicts), "failed": len(bad), "failed_partitions": listed},
        description=f"{count}, first {where}: {first.description}",
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
    )


MAX_ROWS = 20
"""Most rows of a table in metadata."""


def fetch_again(partition: Partition, *options: str) -> str:
    """Fetch the day of a partition again."""
    return "\n".join(backfill_commands(partition.project.key, [partition.date], *options))


def accept_or_fetch_again(partition: Partition) -> str:
    """Fetch the day again; before, where it is right as it is, record that."""
    (accept,) = accept_commands(partition.project.key, [partition.date])
    return f"{accept}  # if it is right as it is, then:\n{fetch_again(partition)}"


def look(command: str, partition: Partition) -> str:
    """Look at what a command lists of the project of a partition."""
    return f"polyai {command} {partition.project}"
