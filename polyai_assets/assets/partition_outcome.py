"""How a partition ended in a run: what a step says of it to Dagster, and what judges it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import dagster as dg

# An output with this key makes no event. Ours have made theirs by then, each partition its own, and steps downstream
# need the output. Dagster has no public way to say so, and its version is pinned.
# What Dagster raises in place of a KeyboardInterrupt has no public name.
from polyai_assets.checks.verdict import Verdict
from polyai_assets.machine.actionable import quoting_no_secret
from polyai_assets.raw.partition import Partition


@dataclass(frozen=True, slots=True)
class PartitionOutcome(ABC):
    """One partition after a run, as it is reported to Dagster: its error says why it is red, None that it is not.

    A step adds what it fetched, and how its assets describe that. `options` are those of the command that makes it
    again; None where no command does.
    """

    options: ClassVar[tuple[str, ...] | None] = ()

    partition: Partition
    error: Exception | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.error is not None:
            object.__setattr__(self, "error", quoting_no_secret(self.error))

    @classmethod
    def red(cls, partition: Partition, error: Exception) -> Self:
        """Give a partition of which nothing is known but why it failed."""
        return cls(partition, error=error)

    @property
    def is_red(self) -> bool:
        """Whether the partition failed and keeps what it had."""
        return self.error is not None

    def succeeded(self, name: str) -> bool:
        """Whether an asset's share of the partition is good."""
        return not self.is_red

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition; None where this run has nothing to judge by, so that the last verdict stays."""
        return None

    @abstractmethod
    def metadata(self, name: str) -> dict[str, Any]:
        """Describe one asset's share of the partition."""

    @property
    def made_beside(self) -> Mapping[str, dict[str, Any]]:
        """The assets of other steps whose partition was made in the same transaction, with what describes it."""
        return {}
