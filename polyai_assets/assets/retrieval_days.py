"""What the steps of the retrieval modes do with the days of one project: fetch what is to be listed, and list it.

A day of which that fails is red by itself and keeps what it had; the others go on.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import pyarrow as pa

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.project import Connection
from polyai_assets.assets.guard import guarded
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.step import StepStores
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import Table
from polyai_assets.raw.asking import Asking
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.trouble import EVERY_WINDOW, HOPELESS_DAYS, Breaker
from polyai_assets.warehouse.given_rows import load_rows

log = logging.getLogger(__name__)

AskingList = Asking[Connection, ConversationsClient]


def asking_list(config: ProjectConfig) -> AskingList:
    """Ask the list of a configured project, as long as there is hope."""
    return Asking(config.connection, ConversationsClient, Breaker(HOPELESS_DAYS, EVERY_WINDOW))


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a day, without project and date, and what there is to say of them."""

    rows: pa.Table
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetrievalOutcome(PartitionOutcome):
    """One partition after a run: what was listed, and the error if it is red."""

    options = None

    listed: Listed | None = None

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        if self.listed is None:
            return {}
        return {"dagster/partition_row_count": len(self.listed.rows), **self.listed.metadata}


def list_rows(
    work: StepStores,
    partitions: Sequence[Partition],
    dataset: str,
    table: Table,
    find: Callable[[Partition], Listed],
    *,
    is_replay: bool = False,
) -> Iterator[RetrievalOutcome]:
    """Replace partitions of a table by what `find` gives for each; yields the outcome of each, in order.

    A partition that holds just that is left as it is, unless it `is_replay`.

    One connection serves all of them, since to open one takes longer than to replace a partition; after a failure
    there is a new one.
    """
    with ExitStack() as opened:
        connected = cache(lambda: opened.enter_context(work.connect()))

        def list_partition(partition: Partition) -> RetrievalOutcome:
            found = find(partition)
            load_rows(connected(), work.warehouse, partition, dataset, table, found.rows, is_replay=is_replay)
            log.info("%s: %s %s", partition, f"{len(found.rows):,}", table.name)
            return RetrievalOutcome(partition, found)

        def red(partition: Partition, error: Exception) -> RetrievalOutcome:
            opened.close()
            connected.cache_clear()
            return RetrievalOutcome(partition, error=error)

        for partition in partitions:
            yield guarded(partition, partial(list_partition, partition), partial(red, partition))
