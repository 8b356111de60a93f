"""Proving that nothing is missing from the days of a fetch that will not change any more."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from msgspec.structs import replace as changed

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.raw.conversations.closed_walks import Closed, as_walked, left_out_of
from polyai_assets.raw.conversations.proof import Proof, ProofState
from polyai_assets.raw.conversations.request import FetchRequest
from polyai_assets.raw.conversations.rewalk import Rewalked, Walk, rewalk
from polyai_assets.raw.conversations.verify import CountVerifier
from polyai_assets.raw.conversations.walk_tally import WalkTally

_REMEDY = (
    "It is tried again by itself, some times; ask PolyAI why its answers differ, or set verify: off for the project to "
    "do without a proof"
)

_PATIENCE = 60.0
"""Seconds for one request that counts: a server that has it wait for longer does not count."""


def prove(
    request: FetchRequest, days: Iterable[date], walked: Sequence[Closed], walk: Walk
) -> dict[date, Proof]:
    """Prove days by the road that is configured, and by a second walk where a count proves nothing or not enough.

    A day that a count refutes is walked again only where rows repeat, which may stand for what is missing; if that
    fetches no more, the fetch is not believed.
    """
    wanted = set(days)
    counted = _count(request, wanted, walked) if request.verify == "offset" else {}
    again = {day for day in wanted if day not in counted or _needs_a_walk(day, counted[day], walked)}
    return counted | {
        day: _joined(counted.get(day), found) for day, found in rewalk(again, walked, walk).items()
    }


def _needs_a_walk(day: date, counted: Proof, walked: Sequence[Closed]) -> bool:
    """Tell whether what was counted of a day is not enough to judge it.

    Where rows come more than once, as many may be missing, from the list and from its count; where pages are smaller
    than asked, a short page need not be the last.
    """
    if counted.is_lacking:
        return True
    touching = [closed for closed in walked if day in closed.window.dates]
    repeats = any(day in closed.walk.days_of_duplicates for closed in touching)
    is_proven = counted.state is ProofState.PROVEN
    return repeats or (is_proven and any(closed.log.has_small_pages for closed in touching))


def _joined(counted: Proof | None, found: Rewalked) -> Proof:
    """Join what a count and what further walks say of a day. A count is of what the first walk fetched."""
    walked = found.proof
    if counted is None:
        return walked if not walked.is_lacking else changed(walked, remedy=_REMEDY)
    if counted.state is ProofState.REFUTED and not found.grew:
        return counted
    both = f"{counted.explanation}; {walked.explanation}"
    calls = counted.calls + walked.calls
    if walked.is_lacking:
        return changed(walked, explanation=both, calls=calls, remedy=_REMEDY)
    if counted.is_lacking or found.grew:
        return changed(walked, explanation=both, calls=calls)
    agreed = [*walked.agreed, *counted.agreed[1:]]
    return changed(counted, agreed=agreed, explanation=both, calls=calls)


def _count(request: FetchRequest, days: set[date], walked: Sequence[Closed]) -> dict[date, Proof]:
    """Count days by offset in every environment; of several proofs of a day, one that failed stays.

    An API that cannot be asked that way is not asked for long.
    """
    proofs: dict[date, Proof] = {}
    patience = min(_PATIENCE, request.connection.give_up_after)
    with ConversationsClient(
        replace(request.connection.hasty(), give_up_after=patience),
        halt=request.halt,
        left_out=left_out_of(walked),
    ) as client:
        for client_env in request.client_envs:
            query = replace(request.query, client_env=client_env)
            here = [closed for closed in walked if closed.client_env == client_env]
            verifier = CountVerifier(client, query, WalkTally.of(here))
            for span in as_walked(days, here):
                for day, proof in verifier.verify(span).items():
                    known = proofs.get(day)
                    proofs[day] = proof if known is None else _worse(known, proof)
    return proofs


def _worse(first: Proof, second: Proof) -> Proof:
    """Give the worse of the proofs of two environments, with the calls of both."""
    order = [ProofState.REFUTED, ProofState.UNPROVEN, ProofState.PROVEN]
    worse = min(first, second, key=lambda proof: order.index(proof.state))
    return changed(worse, calls=first.calls + second.calls)
