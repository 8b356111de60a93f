"""What every step says of a partition after a run."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from polyai_assets.checks.verdict import Verdict
from polyai_assets.machine.actionable import quoting_no_secret
from polyai_assets.raw.partition import Partition


@dataclass(frozen=True, slots=True)
class PartitionOutcome(ABC):
    """One partition after a run, as it is reported to Dagster: its error says why it is red, None that it is not.

    A step adds what it fetched, and how its assets describe that.
    """

    partition: Partition
    error: Exception | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.error is not None:
            object.__setattr__(self, "error", quoting_no_secret(self.error))

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
