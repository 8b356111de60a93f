"""Days that were fetched from a simulated PolyAI, loaded and published, and conversations of them that are erased."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from polyai_assets.delivery.manifest import newest_manifests
from polyai_assets.delivery.publish import Publisher
from polyai_assets.delivery.settings import PublishSettings
from polyai_assets.erasure.erase import erase, make_plan
from polyai_assets.erasure.find import SoughtConversations
from polyai_assets.erasure.survey import survey
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Clock, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import HOTEL, NOW, configured, partitions_of, platform_in, project_of
from polyai_assets_tests.erasure.callers import NUMBER, call, id_of
from polyai_assets_tests.erasure.erasing import quiet
from polyai_assets_tests.steps import Steps


@dataclass
class LoadedDays:
    """Days of the hotel in a warehouse; a caller has called on each of the first half of them."""

    steps: Steps
    place: Path
    days: list[date]

    @property
    def partitions(self) -> list[Partition]:
        return partitions_of(project_of(HOTEL), self.days)

    @property
    def called(self) -> list[date]:
        return self.days[: (len(self.days) + 1) // 2]

    @property
    def erased(self) -> list[str]:
        """The ids of what is erased."""
        return [id_of(HOTEL, day) for day in self.called]

    def load(self) -> None:
        for day in self.called:
            call(self.steps.simulator, HOTEL, day)
        self._fetch_and_publish()

    def restate(self) -> None:
        """Change a call of every second day, and let a day lose all that it has but that."""
        for day in self.called[::2]:
            call(self.steps.simulator, HOTEL, day, handoff=True)
        self._fetch_and_publish()

    def erase(self) -> None:
        """Erase the caller, as `polyai erase` does: from raw store, warehouse, and what is published."""
        wanted = SoughtConversations(contact=NUMBER)
        surveyed = survey(self.steps.root, [self.steps.platform], wanted, connect)
        plan = make_plan(surveyed, wanted, "ada", "DSR-7", [], datetime.now(UTC))
        assert sum(map(len, plan.names.values())) == len(self.called)
        erase(self.steps.root, [self.steps.platform], plan, quiet)

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Give what the warehouse has."""
        return self.steps.ask(f"SELECT project, date, {columns} FROM {table}")

    def published(self) -> dict[tuple[str, str, int], tuple[int, int]]:
        """Count the conversations and turns of the newest version of each day."""
        found = newest_manifests(FileStore(str(self.place)), project_of(HOTEL), self.days)
        return {
            (manifest.project, str(manifest.date), manifest.version): (
                manifest.tables["conversations"].rows,
                manifest.tables["turns"].rows,
            )
            for manifest in found.values()
        }

    def _fetch_and_publish(self) -> None:
        assert self.steps.run(self.days[0], self.days[-1]).success
        platform = self.steps.platform
        publisher = Publisher(
            RawStore(platform.raw_store), Warehouse(platform.warehouse), platform.contract, platform.publish
        )
        for partition in self.partitions:
            with connect() as connection:
                publisher.publish(connection, partition, datetime.now(UTC))


@contextmanager
def loaded_days(place: Path, root: Path, days: list[date]) -> Iterator[LoadedDays]:
    """Have a warehouse below `root`, whose days are published in `place`."""
    simulator = Simulator([HOTEL], clock=Clock(NOW))
    publish = PublishSettings(str(place), tables=("conversations", "turns"))
    with simulator.running() as url:
        platform = platform_in(root / "data", configured(HOTEL, url), start_date=days[0], publish=publish)
        yield LoadedDays(Steps(platform, root, simulator), place, days)
