"""What the steps of the retrieval modes do with the days of one project: bring what is to be listed, and list it.

A day of which that fails is red by itself and keeps what it had; the others go on.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any

import pyarrow as pa

from polyai_assets.api.project import Project
from polyai_assets.assets.day_outcome import DayOutcome
from polyai_assets.assets.days import Connect
from polyai_assets.assets.guard import guarded
from polyai_assets.contract.tables import Table
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.partition import Partition
from polyai_assets.warehouse.replace import replace_tables

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Brought:
    """The rows of a day, without project and date, and what there is to say of them."""

    rows: pa.Table
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetrievalOutcome(DayOutcome):
    """One partition after a run: what was listed, and the error if it is red."""

    brought: Brought | None = None

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        if self.brought is None:
            return {}
        return {"dagster/partition_row_count": len(self.brought.rows), **self.brought.told}


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Where a step reads and writes."""

    store: RawStore
    warehouse: Warehouse
    connect: Connect
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def list_days(
        self, project: Project, days: Sequence[date], table: Table, bring: Callable[[date], Brought]
    ) -> Iterator[RetrievalOutcome]:
        """Replace the partitions of a table by what `bring` gives for them; yields what became of each, in order.

        One connection serves all days, since to open one takes longer than a day; after a failure there is a new one.
        """
        with ExitStack() as opened:
            connected = cache(lambda: opened.enter_context(self.connect()))

            def list_day(day: date) -> RetrievalOutcome:
                brought = bring(day)
                partition = Partition(project.key, project.region, day)
                replace_tables(connected(), self.warehouse, partition, {table: brought.rows})
                log.info("%s %s: %s %s", project, day, f"{len(brought.rows):,}", table.name)
                return RetrievalOutcome(project, day, brought)

            def red(day: date, error: Exception) -> RetrievalOutcome:
                opened.close()
                connected.cache_clear()
                return RetrievalOutcome(project, day, error=error)

            for day in days:
                yield guarded(f"{project} {day}", partial(list_day, day), partial(red, day))
