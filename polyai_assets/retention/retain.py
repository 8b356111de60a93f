"""A retention run from what is found to its receipt; one that was interrupted is done from its beginning."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from polyai_assets.assets.connection import Connect
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.kept_from import note_kept_from
from polyai_assets.raw.retention_days import LOGS
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.due import DueLayers
from polyai_assets.retention.retention_plan import RetentionPlan, remove_plan, write_plan
from polyai_assets.retention.retention_receipt import (
    RetentionReceipt,
    make_retention_receipt,
    write_retention_receipt,
)
from polyai_assets.retention.work import RetentionWork


class RetentionUnfinished(Actionable):
    """Something keeps a retention run from being done; says what, and how to go on."""


@dataclass(frozen=True, slots=True)
class Retained:
    """A retention run that is done: its receipt, and where that lies."""

    receipt: RetentionReceipt
    page: str


@dataclass(frozen=True, slots=True)
class Retention:
    """What removes the days of a platform that were kept for long enough.

    `root` is the folder of the Dagster project; without an `instance` nothing is done about Dagster's runs.
    """

    root: Path
    platform: PlatformConfig
    connect: Connect
    instance: dg.DagsterInstance | None = None

    def plan(self, now: datetime, by: str) -> RetentionPlan:
        """Find out what goes. Raises RetentionPlanUnreadable and what the stores raise."""
        return DueLayers(self.platform, self.root, self.connect, self.instance, now).plan(by)

    def remove(self, plan: RetentionPlan) -> Retained | None:
        """Do a plan, which is written first; gives None where nothing is to be removed.

        The receipt is written when everything is done, and the plan is removed after it. Raises RetentionUnfinished,
        and NoRoomToCompact before anything is changed.
        """
        store = RawStore(self.platform.raw_store)
        work = RetentionWork(self.root, self.platform, plan, self.connect, self.instance)
        if plan.is_empty:
            self._note(store, plan)
            return None
        work.check()
        write_plan(store, plan)
        work.run()
        if work.troubles:
            raise RetentionUnfinished(
                "\n".join(
                    [
                        "not everything that was kept for long enough is removed:",
                        *(f"- {trouble}" for trouble in work.troubles),
                        "Mend that; the next run goes on, or: polyai retention",
                    ]
                )
            )
        self._note(store, plan)
        receipt = make_retention_receipt(plan, self.platform, datetime.now(UTC))
        page = write_retention_receipt(store, receipt)
        remove_plan(store)
        return Retained(receipt, page)

    def _note(self, store: RawStore, plan: RetentionPlan) -> None:
        for config in self.platform.projects:
            before = dict(plan.before.get(config.project.key, {}))
            if self.instance is None:
                before.pop(LOGS, None)
            if before:
                note_kept_from(store, config.project, before)
