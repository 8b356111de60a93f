"""What is there before a transaction begins: the tables with their columns, and the files on this machine."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.delivery_log import DELIVERY_HISTORY, DELIVERY_LOG
from polyai_assets.contract.tables import Table
from polyai_assets.delivery.chunk import Chunk
from polyai_assets.delivery.columns import ColumnPlan, plan_columns
from polyai_assets.delivery.manifest import ColumnPublished, DayManifest, FilePublished
from polyai_assets.delivery.retry import retried
from polyai_assets.delivery.settings import PUBLISHABLE, DeliverySettings
from polyai_assets.delivery.targets.target import DeliveryTarget
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore


class PublishedFileDamaged(Actionable):
    """A published file is gone, or not what its manifest says. Says which, and what to do."""


@dataclass(frozen=True)
class ChunkMaker:
    """Makes chunks of published days for one target."""

    store: FileStore
    settings: DeliverySettings
    contract: Contract
    target: DeliveryTarget
    connection: duckdb.DuckDBPyConnection

    @contextmanager
    def make(self, manifests: Sequence[DayManifest]) -> Iterator[Chunk]:
        """Make the target's tables as these days need them, and have their files here until the end.

        Raises PublishedFileDamaged, StoreUnavailable, and what a target raises.
        """
        plans = retried(self._prepare, manifests)
        with ExitStack() as files:
            chunk = Chunk(
                self.connection,
                tuple(manifests),
                tuple(plans),
                {
                    file.file: files.enter_context(self._opened(file))
                    for manifest in manifests
                    for table, file in manifest.tables.items()
                    if table in plans and file.rows
                },
                plans,
                self.target.dialect,
                self.settings.history,
            )
            yield chunk.counted()

    def _prepare(self, manifests: Sequence[DayManifest]) -> Mapping[str, ColumnPlan]:
        """Create what is missing; gives the tables that are there afterwards, each with its plan."""
        logs = [DELIVERY_LOG, *([DELIVERY_HISTORY] if self.settings.history else [])]
        there = self.target.columns([*self.settings.tables, *(table.name for table in logs)])
        for table in logs:
            columns = [ColumnPublished(field.name, field.kind.sql_type) for field in table.fields]
            self._prepare_table(table, columns, there.get(table.name, {}))
        published = {
            name: [
                column
                for manifest in manifests
                if name in manifest.tables
                for column in manifest.tables[name].columns
            ]
            for name in self.settings.tables
        }
        return {
            name: self._prepare_table(self.contract.table(PUBLISHABLE[name]), columns, there.get(name, {}))
            for name, columns in published.items()
            if columns or name in there
        }

    def _prepare_table(
        self, table: Table, columns: Sequence[ColumnPublished], there: Mapping[str, str]
    ) -> ColumnPlan:
        plan = plan_columns(table.name, columns, there, self.target.dialect)
        comments = {"": table.grain, **{field.name: field.comment for field in table.fields}}
        described = {
            name: comments[name] for name in ("", *(column.name for column in plan.added)) if name in comments
        }
        if not there:
            self.target.create_table(table.name, plan.added, described)
        elif plan.added:
            self.target.add_columns(table.name, plan.added, described)
        return plan

    @contextmanager
    def _opened(self, file: FilePublished) -> Iterator[Path]:
        try:
            with self.store.local(file.file) as path, path.open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").hexdigest()
                if found != file.sha256:
                    raise FileNotFoundError
                yield path
        except FileNotFoundError:
            raise PublishedFileDamaged(
                f"{self.store.location(file.file)} is gone, or not what its manifest says. Restore it from a backup; "
                "or delete the day's manifests and files, and its row of the target's polyai_delivery_log, and publish "
                "the day again"
            ) from None
