"""The plan of an erasure: what has to be known to go on with one that was killed.

    data/erasure/<id>.json

It names the conversations and the contact, so it is for its owner only, and the last step removes it.
"""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import msgspec

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import own_folder
from polyai_assets.raw.disk import put_local
from polyai_assets.retention.alone import plans_folder


class PlanUnreadable(Actionable):
    """The plan of an erasure that was begun is damaged; says what to do."""


class FoundIn(msgspec.Struct, frozen=True):
    """A place in which something was found: what it is, where, how much, and what is done about it."""

    what: str
    where: str
    count: int
    method: str


class ErasurePlan(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure: who began it and when, whose conversations, and what was found.

    `days` are the conversations by project and date. `forms` are the ways in which the contact is written, which is
    "" where conversations were named. `future` are the scopes in which its later conversations are left out. With
    `keep_kpis` they are still counted, without anything that says whose they were.
    """

    id: str
    by: str
    begun_at: datetime
    reference: str = ""
    contact: str = ""
    forms: list[str] = []
    future: list[str] = []
    days: dict[str, dict[date, list[str]]]
    found: list[FoundIn] = []
    keep_kpis: bool = False

    @property
    def names(self) -> dict[str, set[str]]:
        """The conversations of each project."""
        return {
            project: {name for listed in days.values() for name in listed}
            for project, days in self.days.items()
        }

    @property
    def every_name(self) -> set[str]:
        """The ids of all conversations, and the forms of the contact."""
        digits = {form.lstrip("+") for form in {self.contact, *self.forms}}
        ids = {name for names in self.names.values() for name in names}
        return {name for name in {*ids, self.contact, *self.forms, *digits} if name}


def write_plan(root: Path, plan: ErasurePlan) -> None:
    """Write a plan, for its owner only."""
    own_folder(plans_folder(root))
    put_local(plans_folder(root) / f"{plan.id}.json", BytesIO(msgspec.json.encode(plan)))


def remove_plan(root: Path, plan: ErasurePlan) -> None:
    """Remove a plan that is done."""
    (plans_folder(root) / f"{plan.id}.json").unlink(missing_ok=True)


def read_plans(root: Path) -> list[ErasurePlan]:
    """Read the plans that are not done, the oldest first. Raises PlanUnreadable."""
    plans = []
    for file in sorted(plans_folder(root).glob("*.json")):
        try:
            plans.append(msgspec.json.decode(file.read_bytes(), type=ErasurePlan))
        except msgspec.DecodeError as error:
            raise PlanUnreadable(
                f"{file} is the plan of an erasure that is not done, and cannot be read ({error}). Remove it, and "
                "erase again what was to be erased"
            ) from error
    return plans
