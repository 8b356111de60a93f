"""Days of which what a step would work on was removed: they are left as they are, neither red nor made again."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.raw.partition import Partition

if TYPE_CHECKING:
    from polyai_assets.raw.retired import Retired
    from polyai_assets.raw.store import RawStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetiredOutcome(PartitionOutcome):
    """One partition that a run has left as it is: what was removed of it, and when."""

    retired: "Retired"

    def succeeded(self, name: str) -> bool:
        """Whether it is materialized: it is as it was before."""
        return False

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        return {}


def find_retired_days(
    store: "RawStore", partitions: Sequence[Partition], layers: Collection[str]
) -> dict[Partition, RetiredOutcome]:
    """Give the days that are to be left as they are, since one of the `layers` is gone.

    Where the store cannot be read none is: the work on a day meets the same, and says so of the day.
    """
    from polyai_assets.raw.retired import read_retired

    try:
        retired = read_retired(store, partitions, layers) if layers else {}
    except OSError as error:
        log.warning("whether days are retired cannot be read: %s", error)
        return {}
    for partition, layers_of in retired.items():
        listed = ", ".join(f"{layer} since {at:%Y-%m-%d}" for layer, at in sorted(layers_of.items()))
        log.info("%s is retired (%s): it is left as it is", partition, listed)
    return {partition: RetiredOutcome(partition, found) for partition, found in retired.items()}
