"""The life of a partition after its first fetch: open, settling, settled, or red.

Only partitions that are not settled have a state; it is kept in a small file each (`unsettled`), which follows
from the certificate and can be made from it again.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.proof import next_look
from polyai_assets.raw.partition import Partitioned
from polyai_assets.raw.windows import midnight

SHORTEST_PAUSE = timedelta(minutes=15)
"""How long a partition is left alone between two looks, even where `settle_after` is shorter."""


class State(StrEnum):
    """Where a partition stands on its way to being settled."""

    FETCHING = "fetching"
    """A run has begun on it and has not said how it ended."""
    OPEN = "open"
    """Its day is not over, or conversations in it are in progress."""
    SETTLING = "settling"
    """Nothing in it is in progress; one more fetch has to find nothing changed."""
    UNPROVEN = "unproven"
    """Its day is over, and it could not be proven that nothing is missing."""
    RED = "red"
    """The last fetch failed or was refused."""


class Unsettled(Partitioned, frozen=True, kw_only=True):
    """What the sensor needs to know of a partition that is not settled.

    `since` is when it came into its state, `fetched_at` when the last good fetch began, `running` the
    conversations in progress with their starts, `given_up` those that were in progress for too long,
    `look_again_at` when the next fetch may settle it, `problem` why it is red or unproven, `failures` how often
    in a row it failed, and `tried_at` when it did last.
    """

    state: State
    since: datetime
    fetched_at: datetime | None = None
    running: dict[str, datetime] = {}
    given_up: list[str] = []
    look_again_at: datetime | None = None
    problem: str = ""
    failures: int = 0
    tried_at: datetime | None = None


def is_settled(
    certificate: Certificate, before: Certificate | None, settle_after: timedelta, horizon: timedelta
) -> bool:
    """Decide whether a partition will stay as this fetch found it.

    Its day is over, nothing in it is in progress, and no proof is lacking; and either this fetch came `settle_after`
    past the last end and changed nothing, or it came `horizon` past the end of the day, when nothing is expected to
    change, in one piece.
    """
    if (
        certificate.running
        or certificate.top_ups
        or certificate.proof is None
        or certificate.proof.is_lacking
    ):
        return False
    day_end = midnight(certificate.date + timedelta(days=1))
    if certificate.fetch_started_at >= day_end + horizon and not _may_have_drifted(certificate):
        return True
    unchanged = before is not None and before.records_sha256 == certificate.records_sha256
    return unchanged and certificate.fetch_started_at >= settle_time(certificate, settle_after)


def _may_have_drifted(certificate: Certificate) -> bool:
    """Tell whether it was paged by offset: what came and what went between two pages may have evened out."""
    return any(walk.closed_by == "no next_offset" and len(walk.pages) > 1 for walk in certificate.walks)


def settle_time(certificate: Certificate, settle_after: timedelta) -> datetime:
    """Give the moment from which a fetch that changes nothing settles the partition."""
    day_end = midnight(certificate.date + timedelta(days=1))
    last_end = min(certificate.last_end or day_end, certificate.fetch_finished_at)  # a later one is no end
    return max(day_end, last_end) + settle_after


def state_of(certificate: Certificate, settle_after: timedelta) -> Unsettled:
    """Derive the state of a partition that is not settled from its certificate.

    After a whole fetch that found something changed, the next look comes no sooner than `settle_after` it: an API that
    sends something else every time must not be asked every minute. A day that could not be proven is looked at again in
    growing pauses, and after some looks no more by itself.
    """
    look_again_at: datetime | None = settle_time(certificate, settle_after)
    if certificate.changed and not certificate.top_ups:
        pause = max(settle_after, SHORTEST_PAUSE)
        look_again_at = max(settle_time(certificate, settle_after), certificate.fetch_started_at + pause)
    state, problem, proof = State.SETTLING, "", certificate.proof
    if certificate.running or certificate.is_provisional:
        state = State.OPEN
    elif proof is not None and proof.is_failing:
        state, problem = State.UNPROVEN, proof.advice
        look_again_at = next_look(proof, certificate.fetch_started_at, settle_after)
    return Unsettled(
        project=certificate.project,
        date=certificate.date,
        state=state,
        since=certificate.fetch_finished_at,
        fetched_at=certificate.fetch_started_at,
        running=certificate.running,
        given_up=certificate.given_up,
        look_again_at=look_again_at,
        problem=problem,
    )
