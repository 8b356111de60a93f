"""The plan of a retention run: what is removed, written into the raw store before anything is.

    <raw store>/retired/plan.json

It says of which days what goes, and how much there was; the last step removes it. Whoever finds one goes on with it,
on whatever machine.
"""

from datetime import date, datetime

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.api.record import UNREADABLE
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.dataset import encode
from polyai_assets.raw.kept_from import RETIRED
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore

_PLAN = f"{RETIRED}/plan.json"


class RetentionPlanUnreadable(Actionable):
    """The plan of a run that was interrupted is damaged; says what to do."""


class FoundLayer(msgspec.Struct, frozen=True):
    """How much of a layer of a project is too old: what it is, how many, and bytes where it is files."""

    layer: str
    project: str
    what: str
    count: int
    bytes: int = 0


class RetentionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What goes. `before` is the first day that is kept, by project and layer; `days` go, by layer and project.

    `runs` are runs of Dagster that go, `run_logs` those of which only what their steps have printed does.
    """

    id: str
    by: str
    begun_at: datetime
    before: dict[str, dict[str, date]] = {}
    days: dict[str, dict[str, list[date]]] = {}
    runs: list[str] = []
    run_logs: list[str] = []
    found: list[FoundLayer] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be removed."""
        return not any(row.count for row in self.found) and not self.days

    def days_of(self, layer: str, project: Project) -> list[Partition]:
        """Give the days of a project of which a layer goes."""
        return [Partition(project, day) for day in self.days.get(layer, {}).get(project.key, [])]


def read_plan(store: RawStore) -> RetentionPlan | None:
    """Read the plan of a run that was interrupted; None where there is none. Raises RetentionPlanUnreadable."""
    content = store.read(_PLAN)
    try:
        return None if content is None else msgspec.json.decode(content, type=RetentionPlan)
    except UNREADABLE as error:
        raise RetentionPlanUnreadable(
            f"{store.location(_PLAN)} is the plan of a removal that was interrupted, and cannot be read ({error}). "
            "Delete it: what is left to be removed is found again"
        ) from error


def write_plan(store: RawStore, plan: RetentionPlan) -> None:
    """Write a plan."""
    store.write(_PLAN, encode(plan))


def remove_plan(store: RawStore) -> None:
    """Remove the plan, which is done."""
    store.delete(_PLAN)
