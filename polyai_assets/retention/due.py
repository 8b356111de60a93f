"""What is too old: found out from the stores, as a plan of what is removed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from secrets import token_hex

import dagster as dg
import duckdb

from polyai_assets.assets.connection import Connect
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.raw.kept_from import read_kept_from
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import AUDIO, FACTS, LAYERS, LOGS, RAW, TEXT
from polyai_assets.raw.retired import read_retired
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.raw_days import audio_days_due, audio_files, raw_days_due, raw_files
from polyai_assets.retention.retention_plan import FoundLayer, RetentionPlan, read_plan
from polyai_assets.retention.rows import OldRows, RowStore
from polyai_assets.retention.run_logs import find_old_runs, logs_before, old_requests
from polyai_assets.warehouse.attach import Warehouse

_Days = dict[str, dict[str, list[date]]]


@dataclass(slots=True)
class DueLayers:
    """Finds out what is too old of a platform, beside what an interrupted plan has counted already."""

    platform: PlatformConfig
    root: Path
    connect: Connect
    instance: dg.DagsterInstance | None
    now: datetime
    before: dict[str, dict[str, date]] = field(default_factory=dict)
    days: _Days = field(default_factory=dict)
    found: list[FoundLayer] = field(default_factory=list)

    def plan(self, by: str) -> RetentionPlan:
        """Plan what goes: what is found now, and what an interrupted plan names.

        Raises RetentionPlanUnreadable, StoreUnavailable, WarehouseBusy and WarehouseUnreachable.
        """
        store = RawStore(self.platform.raw_store)
        begun = read_plan(store)
        if begun is not None:
            self.days = {layer: {**days} for layer, days in begun.days.items()}
            self.found = list(begun.found)
        for config in self.platform.projects:
            self._look_at(store, config)
        self._leave_what_is_kept_now()
        runs, printed = self._look_at_logs(store, begun)
        return RetentionPlan(
            id=begun.id if begun else f"{self.now:%Y%m%dT%H%M%SZ}-{token_hex(4)}",
            by=begun.by if begun else by,
            begun_at=begun.begun_at if begun else self.now,
            before=self.before,
            days=self.days,
            runs=runs,
            run_logs=printed,
            found=[row for row in self.found if row.count],
        )

    def _leave_what_is_kept_now(self) -> None:
        """Take out of an interrupted plan the rows that are to be kept by now; files may be gone already."""
        for layer in (TEXT, FACTS):
            kept = {key for key in self.days.get(layer, {}) if layer not in self.before.get(key, {})}
            self.days[layer] = {
                key: days for key, days in self.days.get(layer, {}).items() if key not in kept
            }
            self.found = [row for row in self.found if row.layer != layer or row.project not in kept]
        self.days = {layer: days for layer, days in self.days.items() if days}

    def _look_at(self, store: RawStore, config: ProjectConfig) -> None:
        project, today = config.project, self.now.date()
        first = {layer: config.retention.first_kept(layer, today) for layer in LAYERS}
        before = {layer: day for layer, day in first.items() if day is not None}
        if not before:
            return
        self.before[project.key] = before
        if RAW in before:
            new = self._add(RAW, config, raw_days_due(store, project, before[RAW]))
            self._count_files(RAW, config, "files of raw records", (raw_files(store, day) for day in new))
        if AUDIO in before:
            new = self._add(AUDIO, config, audio_days_due(store, project, before[AUDIO]))
            self._count_files(AUDIO, config, "recordings", (audio_files(store, day) for day in new))
        with self.connect() as connection:
            rows = self._rows(connection).count(config, before)
        self._look_at_rows(store, config, rows)

    def _look_at_rows(self, store: RawStore, config: ProjectConfig, rows: OldRows) -> None:
        with_text = {day for days in rows.text.values() for day in days}
        partitions = [Partition(config.project, day) for day in sorted(with_text)]
        marked = {day.date for day in read_retired(store, partitions, {TEXT})}
        certified = {*store.days(config.project)} - marked
        again = {day for days in rows.text.values() for day, found in days.items() if found.text}
        due = (with_text & certified) | again
        new = {
            day.date
            for day in self._add(TEXT, config, [Partition(config.project, day) for day in sorted(due)])
        }
        for table, days in rows.text.items():
            count = sum(found.any for day, found in days.items() if day in new)
            self._note(TEXT, config, f"rows of {table} with text", count)
        old = sorted({day for days in rows.rows.values() for day in days})
        new = {day.date for day in self._add(FACTS, config, [Partition(config.project, day) for day in old])}
        for table, counts in rows.rows.items():
            self._note(FACTS, config, f"rows of {table}", sum(n for day, n in counts.items() if day in new))
        self._note(LOGS, config, "findings and messages that are done", rows.messages)

    def _look_at_logs(self, store: RawStore, begun: RetentionPlan | None) -> tuple[list[str], list[str]]:
        """Find runs that are old, and count them; gives those that go, and those of which what was printed does."""
        before = logs_before(self.before)
        known = {
            config.project.key: kept[LOGS]
            for config in self.platform.projects
            if LOGS in (kept := read_kept_from(store, config.project))
        }
        runs, printed = (begun.runs, begun.run_logs) if begun else ([], [])
        if self.instance is not None:
            old = find_old_runs(self.instance, self.platform, before, known)
            new = [run for run in old.runs if run not in runs]
            new_printed = [run for run in old.printed if run not in printed]
            self._of_all("runs of Dagster", len(new))
            self._of_all("logs of steps of runs that stay", len(new_printed))
            runs, printed = [*runs, *new], [*printed, *new_printed]
        files = list(old_requests(self.platform, self.root, before))
        self._of_all("files of requests that were taken in", len(files))
        return list(runs), list(printed)

    def _add(self, layer: str, config: ProjectConfig, due: Sequence[Partition]) -> list[Partition]:
        """Add days to the plan; gives those that are new to it."""
        planned = self.days.get(layer, {}).get(config.project.key, [])
        new = [partition for partition in due if partition.date not in planned]
        if new:
            days = sorted({*planned, *(partition.date for partition in new)})
            self.days.setdefault(layer, {})[config.project.key] = days
        return new

    def _count_files(
        self, layer: str, config: ProjectConfig, what: str, files: Iterable[Mapping[str, int]]
    ) -> None:
        sizes = [size for of_day in files for size in of_day.values()]
        self._note(layer, config, what, len(sizes), sum(sizes))

    def _note(self, layer: str, config: ProjectConfig, what: str, count: int, size: int = 0) -> None:
        self.found.append(FoundLayer(layer, config.project.key, what, count, size))

    def _of_all(self, what: str, count: int) -> None:
        self.found.append(FoundLayer(LOGS, "all projects", what, count))

    def _rows(self, connection: duckdb.DuckDBPyConnection) -> RowStore:
        warehouse = Warehouse(self.platform.warehouse, self.platform.warehouse_data, run="retention")
        return RowStore(connection, warehouse, self.platform.contract)
