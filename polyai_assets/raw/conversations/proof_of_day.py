"""What the certificate of a day says of its proof, after a fetch of all or of a part of it."""

from collections.abc import Sequence
from datetime import date, timedelta

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.proof import (
    SWITCHED_OFF,
    TOPPED_UP,
    Proof,
    ProofState,
    looked_again,
    too_early,
)
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.suspicion import Decision, are_misfits_accepted
from polyai_assets.raw.windows import midnight

_REMEDY = (
    "Ask PolyAI what these records are; if they are right as they are, decide so with `polyai accept` and materialize "
    "the day again"
)


def proof_of_day(
    fetch: Fetch, day: date, current: Certificate | None, added: int, accepted: Sequence[Decision]
) -> Proof | None:
    """Say how far a day is proven; None before it is over. `added` is how many conversations this fetch added.

    A day with records that do not fit what was asked for is not, unless somebody has `accepted` them.
    """
    if fetch.started_at.date() <= day:
        return None
    before = current.proof if current else None
    proof = _proof(fetch, day, before, added)
    misfits = fetch.misfits.get(day, [])
    if misfits and not are_misfits_accepted(sum(misfit.count for misfit in misfits), accepted):
        explanation = "; ".join(misfit.explanation for misfit in misfits)
        proof = Proof(state=ProofState.UNPROVEN, explanation=explanation, remedy=_REMEDY, calls=proof.calls)
    return looked_again(proof, before, fetch.started_at)


def _proof(fetch: Fetch, day: date, before: Proof | None, added: int) -> Proof:
    request = fetch.request
    if request.verify == "off":
        return SWITCHED_OFF
    if not request.is_whole:
        return TOPPED_UP if before is None or added else before
    due = midnight(day + timedelta(days=1)) + request.settled_for
    return fetch.proofs.get(day) or too_early(due)
