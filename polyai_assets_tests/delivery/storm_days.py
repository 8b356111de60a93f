"""Days that are published for a storm: made here, or of a project that is fetched and loaded; and how they change."""

import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.delivery.manifest import newest_manifests
from polyai_assets.delivery.withdraw import withdraw_restated
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.delivery.loaded import LoadedDays
from polyai_assets_tests.delivery.published import Published

ERASED = "erased"
"""What the ids of conversations begin with that are erased."""


@dataclass
class StormDays:
    """What is published of some projects' days, and how many rows each version has."""

    place: Path
    projects: list[Project]
    days: list[date]
    chance: random.Random
    loaded: LoadedDays | None
    published: Published = field(init=False)
    versions: dict[Partition, int] = field(default_factory=dict)
    rows: dict[tuple[str, str, int], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.published = Published(self.place)

    @property
    def partitions(self) -> list[Partition]:
        return [Partition(project, day) for project in self.projects for day in self.days]

    @property
    def delivered(self) -> list[Partition]:
        return [*self.partitions, *(self.loaded.partitions if self.loaded else [])]

    def publish(self, partition: Partition, ids: list[str]) -> None:
        """Publish another version of a day; each of its rows says which version it is of."""
        version = self.versions.get(partition, 0) + 1
        self.versions[partition] = version
        self.rows[partition.project.key, str(partition.date), version] = len(ids), 2 * len(ids)
        if partition.date >= self.days[len(self.days) // 3]:
            self.published.columns["conversations"]["position"] = "BIGINT"
        else:
            self.published.columns["conversations"].pop("position", None)
        calls = [{"conversation_id": name, "num_turns": version, "position": version} for name in ids]
        turns = [
            {"conversation_id": name, "turn_index": version, "user_input": f"{name} \0"}
            for name in ids
            for _ in range(2)
        ]
        self.published.put(
            version,
            day=partition.date,
            project=partition.project,
            conversations=calls,
            turns=turns,
        )

    def publish_all(self) -> None:
        for partition in self.partitions:
            names = [f"{partition.date}-{number}" for number in range(self.chance.randint(1, 9))]
            self.publish(partition, [*names, f"{ERASED}-{partition.date}"])
        if self.loaded is not None:
            self.loaded.load()
            self.rows |= self.loaded.published()

    def change_some(self) -> None:
        """Restate every second day: it is emptied, loses a conversation, or one moves to the next day."""
        for number, partition in enumerate(self.partitions):
            names = [f"{partition.date}-{number}" for number in range(5)]
            kept: list[str] = [list[str](), names[1:], [*names, "moved"]][number % 3]
            if number % 2:
                self.publish(partition, kept)
        if self.loaded is not None:
            self.loaded.restate()
            self.rows |= self.loaded.published()

    def erase_some(self) -> None:
        """Publish every day without what is erased, and leave no version of it that has it."""
        for number, partition in enumerate(self.partitions):
            if not number % 2:
                self.publish(partition, [f"{partition.date}-{number}" for number in range(4)])
            withdraw_restated(self.published.store, partition)
        if self.loaded is not None:
            self.loaded.erase()
            self.rows |= self.loaded.published()

    def is_whole(self, row: tuple[Any, ...]) -> bool:
        project, day, version, calls, turns, *marks = row
        same = {mark for mark in marks if mark is not None} if self.is_made(project) else {version}
        return (calls or 0, turns or 0) == self.rows[project, day, version] and same <= {version}

    def is_made(self, project: str) -> bool:
        """Whether it is one of those whose days are made here, and whose rows say of which version they are."""
        return project in {each.key for each in self.projects}

    def newest_versions(self) -> dict[tuple[str, str], int]:
        made = {
            (partition.project.key, str(partition.date)): version
            for partition, version in self.versions.items()
        }
        loaded = self.loaded.published() if self.loaded else {}
        return made | {(project, day): version for project, day, version in loaded}

    def published_rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Read the files of the newest versions; what Postgres refuses is replaced."""
        store = FileStore(str(self.place))
        days = {partition.date for partition in self.delivered}
        files = [
            self.place / manifest.tables[table].file
            for project in {partition.project for partition in self.delivered}
            for manifest in newest_manifests(store, project, days).values()
        ]
        with duckdb.connect() as connection:
            source = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
            found = connection.execute(
                f"SELECT project, date, {columns} FROM {source}", [[str(file) for file in files]]
            ).fetchall()
        return [
            tuple(value.replace("\0", "�") if isinstance(value, str) else value for value in row)
            for row in found
        ]
