"""What the certificate of a day says of its proof, after a fetch of all or of a part of it."""

from datetime import date, timedelta

from polyai_assets.raw.certificate import Certificate
from polyai_assets.raw.proof import SWITCHED_OFF, TOPPED_UP, Proof, looked_again, too_early
from polyai_assets.raw.request import Fetch
from polyai_assets.raw.windows import midnight


def proof_of_day(fetch: Fetch, day: date, current: Certificate | None, added: int) -> Proof | None:
    """Say how far a day is proven; None before it is over. `added` is how many conversations this fetch added."""
    if fetch.started_at.date() <= day:
        return None
    before = current.proof if current else None
    return looked_again(_proof(fetch, day, before, added), before, fetch.started_at)


def _proof(fetch: Fetch, day: date, before: Proof | None, added: int) -> Proof:
    request = fetch.request
    if request.verify == "off":
        return SWITCHED_OFF
    if not request.is_whole:
        return TOPPED_UP if before is None or added else before
    due = midnight(day + timedelta(days=1)) + request.settled_for
    return fetch.proofs.get(day) or too_early(due)
