"""An erasure from its plan to its receipt: written down, done, continued if it was killed, and confirmed."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from polyai_assets.configuration import PlatformConfig
from polyai_assets.erasure.erasure_plan import (
    ErasurePlan,
    read_plans,
    remove_plan,
    write_plan,
)
from polyai_assets.erasure.find import SoughtConversations
from polyai_assets.erasure.receipt import Receipt, make_receipt, write_receipt
from polyai_assets.erasure.survey import Survey
from polyai_assets.erasure.work import ErasureWork
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.store import RawStore

Say = Callable[[str], None]


class ErasureUnfinished(Actionable):
    """Something keeps an erasure from being done; says what, and how to go on."""


@dataclass(frozen=True, slots=True)
class ErasureDone:
    """An erasure that is done: its receipt, where that lies, and the files that a person must look at."""

    receipt: Receipt
    pages: list[str]
    left: list[Path]


def make_plan(
    surveyed: Survey,
    wanted: SoughtConversations,
    by: str,
    reference: str,
    future: Sequence[str],
    now: datetime,
    *,
    keep_kpis: bool = False,
) -> ErasurePlan:
    """Say what is to be erased of what was found."""
    return ErasurePlan(
        id=f"{now:%Y%m%dT%H%M%SZ}-{token_hex(4)}",
        by=by,
        begun_at=now,
        reference=reference,
        contact=wanted.contact,
        forms=sorted(surveyed.forms),
        future=list(future),
        days=surveyed.days,
        found=surveyed.found,
        keep_kpis=keep_kpis,
    )


def erase(root: Path, platforms: Sequence[PlatformConfig], plan: ErasurePlan, say: Say) -> ErasureDone:
    """Do an erasure, whose plan is written first; or go on with one that was killed.

    The receipt is written when everything is done, and the plan is removed after it. Raises ErasureUnfinished; and
    NoRoomToCompact and DagsterUnreachable before anything is changed.
    """
    write_plan(root, plan)
    home = os.environ.get("DAGSTER_HOME")
    work = ErasureWork(root, platforms, plan, say, Path(home) if home else None)
    work.run()
    if work.troubles:
        raise ErasureUnfinished(
            "\n".join(
                [
                    "the erasure is not done; what could be removed is removed, and no fetch or load has it again:",
                    *(f"- {trouble}" for trouble in work.troubles),
                    "Mend that, then go on with: polyai erase --resume",
                ]
            )
        )
    receipt = make_receipt(plan, work.concerned, datetime.now(UTC), len(work.left), work.held)
    stores = {platform.raw_store: RawStore(platform.raw_store) for platform in work.concerned}
    pages = [write_receipt(store, receipt) for store in stores.values()]
    remove_plan(root, plan)
    return ErasureDone(receipt, pages, work.left)


def resume(root: Path, platforms: Sequence[PlatformConfig], say: Say) -> list[ErasureDone]:
    """Go on with the erasures that are not done. Raises PlanUnreadable, and what `erase` raises."""
    return [erase(root, platforms, plan, say) for plan in read_plans(root)]
