"""The receipt of an erasure: what was removed, where and when, by whom, and what holds copies that we do not reach.

    <raw store>/erased/receipts/<id>.json
    <raw store>/erased/receipts/<id>.md

It is written last, and has no personal data: neither ids nor contacts, and no dates of conversations.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from polyai_assets.configuration import PlatformConfig
from polyai_assets.erasure.erasure_plan import ErasurePlan, FoundIn
from polyai_assets.machine.markdown import grid
from polyai_assets.machine.secrets import masked
from polyai_assets.privacy.tombstones import ROOT
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.held_copies import HeldBy, held_by

FOLDER = f"{ROOT}/receipts"

_AT_POLYAI = "you ask PolyAI to erase it, too; until then its tombstones keep it out of here"


RESTATED, KEPT = "restated", "kept"
_FIGURES = {
    RESTATED: "Figures were restated: they are those of the other conversations.",
    KEPT: "Figures were kept: each conversation of a day that can be loaded again is still counted, by a row of facts "
    "without contact, text and id, and with times to the hour.",
}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt; `asked` says what was to be erased, not who. `left` are files that a person must look at.

    `kpis` says whether the conversations are still counted: RESTATED, KEPT, or "" where that is not known.
    """

    version: int = 1
    id: str
    by: str
    reference: str
    asked: str
    begun_at: datetime
    finished_at: datetime
    projects: list[str]
    conversations: int
    future: list[str]
    found: list[FoundIn]
    held_by: list[HeldBy]
    left: int = 0
    kpis: str = ""


def make_receipt(
    plan: ErasurePlan,
    platforms: Sequence[PlatformConfig],
    finished_at: datetime,
    left: int,
    held: Iterable[HeldBy] = (),
) -> Receipt:
    """Make the receipt of an erasure that is done; `held` is what it found out of its reach."""
    conversations = sum(map(len, plan.names.values()))
    named = "a conversation that was named"
    if conversations != 1:
        named = f"{conversations:,} conversations that were named"
    return Receipt(
        id=plan.id,
        by=plan.by,
        reference=plan.reference,
        asked="every conversation of a contact" if plan.contact else named,
        begun_at=plan.begun_at,
        finished_at=finished_at,
        projects=sorted(plan.days),
        conversations=conversations,
        future=[scope or "all projects" for scope in plan.future],
        found=plan.found,
        held_by=sorted([*held_by(platforms, _AT_POLYAI), *held], key=lambda copy: copy.what),
        left=left,
        kpis=KEPT if plan.keep_kpis else RESTATED,
    )


def write_receipt(store: RawStore, receipt: Receipt) -> str:
    """Write a receipt into a raw store; gives where its readable page is."""
    content = msgspec.json.format(msgspec.json.encode(receipt), indent=2)
    store.write(f"{FOLDER}/{receipt.id}.json", content)
    page = f"{FOLDER}/{receipt.id}.md"
    store.write(page, as_page(receipt).encode())
    return store.location(page)


def as_page(receipt: Receipt) -> str:
    """Give the readable page of a receipt."""
    said = [
        f"# Receipt of erasure {receipt.id}",
        f"Asked for: {receipt.asked}"
        + (f", reference {receipt.reference}" if receipt.reference else "")
        + ".",
        f"By {receipt.by}. Begun {_moment(receipt.begun_at)}, finished {_moment(receipt.finished_at)}.",
        f"Conversations: {receipt.conversations:,}, of {', '.join(receipt.projects) or 'no project'}.",
    ]
    if receipt.kpis in _FIGURES:
        said.append(_FIGURES[receipt.kpis])
    if receipt.future:
        said.append(f"Later conversations of the contact are left out as well: {', '.join(receipt.future)}.")
    found = [(row.what, f"{row.count:,}", masked(row.where), row.method) for row in receipt.found]
    held = [(row.what, row.until) for row in receipt.held_by]
    said += ["## What was removed", grid(("what", "found", "where", "how"), found)]
    said += ["## What holds copies that this did not reach", grid(("what", "until"), held)]
    if receipt.left:
        said.append(f"Files on this machine that a person had to look at: {receipt.left:,}.")
    return "\n\n".join(said) + "\n"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
