"""The receipt of a retention run: how much of what was removed, when, by whom, and what holds copies still.

    <raw store>/retired/receipts/<id>.json
    <raw store>/retired/receipts/<id>.md

It is written last, and has no personal data.
"""

from datetime import datetime

import msgspec

from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.markdown import grid
from polyai_assets.raw.kept_from import RETIRED
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.held_copies import HeldBy, held_by
from polyai_assets.retention.retention_plan import FoundLayer, RetentionPlan

FOLDER = f"{RETIRED}/receipts"
_AT_POLYAI = "the period of your contract ends; a day that is retired here is not fetched again by itself"


class RetentionReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt. `days` counts the days of each project of which a layer was removed, `found` says what was."""

    version: int = 1
    id: str
    by: str
    begun_at: datetime
    finished_at: datetime
    days: dict[str, dict[str, int]]
    found: list[FoundLayer]
    held_by: list[HeldBy]


def make_retention_receipt(
    plan: RetentionPlan, platform: PlatformConfig, finished_at: datetime
) -> RetentionReceipt:
    """Make the receipt of a plan that is done."""
    return RetentionReceipt(
        id=plan.id,
        by=plan.by,
        begun_at=plan.begun_at,
        finished_at=finished_at,
        days={
            layer: {project: len(listed) for project, listed in days.items()}
            for layer, days in plan.days.items()
        },
        found=plan.found,
        held_by=sorted(held_by([platform], _AT_POLYAI), key=lambda copy: copy.what),
    )


def write_retention_receipt(store: RawStore, receipt: RetentionReceipt) -> str:
    """Write a receipt into the raw store; gives where its readable page is."""
    store.write(f"{FOLDER}/{receipt.id}.json", msgspec.json.format(msgspec.json.encode(receipt), indent=2))
    page = f"{FOLDER}/{receipt.id}.md"
    store.write(page, _page(receipt).encode())
    return store.location(page)


def _page(receipt: RetentionReceipt) -> str:
    begun, finished = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (receipt.begun_at, receipt.finished_at))
    days = [
        (layer, project, f"{count:,}")
        for layer, counts in receipt.days.items()
        for project, count in counts.items()
    ]
    found = [
        (row.layer, row.project, row.what, f"{row.count:,}", f"{row.bytes:,}" if row.bytes else "")
        for row in receipt.found
    ]
    return "\n\n".join(
        [
            f"# Receipt of retention {receipt.id}",
            f"By {receipt.by}. Begun {begun}, finished {finished}.",
            "## Days that were retired",
            grid(("layer", "project", "days"), days),
            "## What was removed",
            grid(("layer", "project", "what", "count", "bytes"), found),
            "## What holds copies that this did not reach",
            grid(("what", "until"), [(row.what, row.until) for row in receipt.held_by]),
            "",
        ]
    )
