"""What is judged of a fetched day before it is committed: the reasons not to believe it, and how far it is proven."""

from collections.abc import Sequence
from datetime import date, timedelta

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.filters import counted, ignored_filters
from polyai_assets.raw.conversations.kept import Kept
from polyai_assets.raw.conversations.merge import Merge
from polyai_assets.raw.conversations.proof import (
    SWITCHED_OFF,
    TOPPED_UP,
    Proof,
    ProofState,
    looked_again,
    too_early,
)
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.summary import Summary
from polyai_assets.raw.conversations.suspicion import (
    Decision,
    Doubt,
    Refusal,
    has_shrunk,
    is_accepted,
)
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import accept_command, backfill_command
from polyai_assets.raw.windows import midnight

_REMEDY = "Ask PolyAI what these records are; if they are right as they are, type `{accept}` and then `{fetch_again}`"


def proof_of_day(
    fetch: Fetch, day: date, current: Certificate | None, added: int, accepted: Sequence[Decision]
) -> Proof | None:
    """Say how far a day is proven; None before it is over. `added` is how many conversations this fetch added.

    A day with records that do not fit what was asked for is not, unless a person has accepted them (`accepted`).
    """
    if fetch.started_at.date() <= day:
        return None
    before = current.proof if current else None
    proof = _proof(fetch, day, before, added)
    misfits = fetch.misfits.get(day, [])
    extent = sum(misfit.count for misfit in misfits)
    if misfits and not is_accepted(Doubt.FILTERS, extent, accepted):
        explanation = "; ".join(misfit.explanation for misfit in misfits)
        partition = Partition(fetch.request.project, day)
        remedy = _REMEDY.format(accept=accept_command(partition), fetch_again=backfill_command(partition))
        proof = Proof(state=ProofState.UNPROVEN, explanation=explanation, remedy=remedy, calls=proof.calls)
    return looked_again(proof, before, fetch.started_at)


def _proof(fetch: Fetch, day: date, before: Proof | None, added: int) -> Proof:
    request = fetch.request
    if request.verify == "off":
        return SWITCHED_OFF
    if not request.is_whole:
        return TOPPED_UP if before is None or added else before
    due = midnight(day + timedelta(days=1)) + request.settled_for
    return fetch.proofs.get(day) or too_early(due)


def find_doubts(
    fetch: Fetch, day: date, current: Certificate | None, kept: Kept, merge: Merge, summary: Summary
) -> list[Refusal]:
    """Give the reasons not to believe the fetch of a day."""
    doubts: list[tuple[Doubt, int, str]] = []
    ignored = [misfit for misfit in fetch.misfits.get(day, []) if misfit.ignored]
    if ignored:
        doubts.append((Doubt.FILTERS, sum(misfit.count for misfit in ignored), ignored_filters(ignored)))
    rows, present = summary.rows, kept.present
    if has_shrunk(rows + len(merge.erased), present):
        doubts.append(
            (Doubt.FEWER, present - rows, f"it returned {counted(rows)} where {present:,} are kept")
        )
    if merge.lost_turns:
        lost = len(merge.lost_turns)
        doubts.append((Doubt.TURNS, lost, f"{counted(lost)} came with fewer turns than are kept"))
    lacking = _lost_details(fetch, current)
    if lacking:
        doubts.append(
            (
                Doubt.DETAILS,
                len(lacking),
                f"PolyAI refused {', '.join(lacking)}, which what is kept was fetched with. If it stays so, set that "
                "option of the project to false",
            )
        )
    proof = fetch.proofs.get(day)
    if proof is not None and proof.state is ProofState.REFUTED:
        doubts.append((Doubt.COUNT, 0, proof.explanation))
    return [Refusal(doubt, extent, text, fetch.id, fetch.started_at) for doubt, extent, text in doubts]


def _lost_details(fetch: Fetch, current: Certificate | None) -> list[str]:
    """Find the details that what is kept has, and that this fetch had to leave out."""
    if current is None:
        return []
    kept = {name for name in fetch.left_out if current.query.get(name)}
    return sorted(kept - set(current.left_out))
