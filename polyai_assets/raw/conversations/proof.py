"""Whether a day is proven to be complete, by which road, and what is done about one that is not."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from polyai_assets.raw.trouble import growing_pause

MOST_LOOKS = 6
"""So often in a row a day is looked at by itself that stays unproven; then it is left to people, and stays visible."""

_LONGEST_PAUSE = timedelta(hours=24)


class ProofState(StrEnum):
    """What is known of the completeness of a day that is over."""

    PROVEN = "proven"
    """Two different roads agree on it."""
    UNPROVEN = "unproven"
    """Nothing contradicts it, and no two roads agree on it."""
    REFUTED = "refuted"
    """Another road has more than was fetched."""


class Road(StrEnum):
    """How a day was proven."""

    OFFSET = "offset"
    """The API counts by offset what the walk fetched by cursor."""
    REWALK = "rewalk"
    """Two walks that were cut differently fetched the same conversations."""
    NONE = "none"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a day is proven to be complete.

    `agreed` are the roads that agree, `explanation` says in words what was found or what prevents the proof, `remedy`
    what to do about it. `calls` are the requests that proving took, for all the days that were proven with it.
    `switched_off`: no proof is wanted. `waits`: it is not due yet, and comes by itself. `looks` counts how often in
    a row the day could not be proven, `since` is when that began.
    """

    state: ProofState
    road: Road = Road.NONE
    agreed: list[str] = []
    explanation: str = ""
    remedy: str = ""
    calls: int = 0
    switched_off: bool = False
    waits: bool = False
    looks: int = 0
    since: datetime | None = None

    @property
    def is_lacking(self) -> bool:
        """Whether a proof is wanted and there is none."""
        return self.state is ProofState.UNPROVEN and not self.switched_off

    @property
    def is_failing(self) -> bool:
        """Whether it was tried to prove the day, and that failed."""
        return self.is_lacking and not self.waits

    @property
    def summary(self) -> str:
        """Give state and road in a few words."""
        if self.state is ProofState.PROVEN:
            return f"proven by {self.road}"
        if self.switched_off:
            return f"{self.state} ({SWITCHED_OFF.explanation})"
        return f"{self.state}{' so far' if self.waits else ''}"

    @property
    def advice(self) -> str:
        """Say what prevents the proof and what to do."""
        return f"{self.summary}: {self.explanation}. {self.remedy}".rstrip(". ")


SWITCHED_OFF = Proof(state=ProofState.UNPROVEN, explanation="verification is switched off", switched_off=True)
"""What stands in the place of a proof where the option `verify` is off."""

TOPPED_UP = Proof(
    state=ProofState.UNPROVEN,
    explanation="conversations were added since it was last fetched whole",
    remedy="The next whole fetch proves it, by itself",
    waits=True,
)


def too_early(due: datetime) -> Proof:
    """Say that a day may still change too much to be proven before `due`."""
    return Proof(
        state=ProofState.UNPROVEN,
        explanation=f"its last conversations may still be written; it is proven from {due:%Y-%m-%d %H:%M} UTC on",
        remedy="That comes by itself",
        waits=True,
    )


def looked_again(proof: Proof, before: Proof | None, at: datetime) -> Proof:
    """Count a look at which a day could not be proven."""
    if not proof.is_failing:
        return proof
    if before is None or not before.is_failing:
        return msgspec.structs.replace(proof, looks=1, since=at)
    return msgspec.structs.replace(proof, looks=before.looks + 1, since=before.since or at)


def next_look(proof: Proof, looked_at: datetime, shortest: timedelta) -> datetime | None:
    """Give when to look again at a day that could not be proven: in pauses that double; None: not by itself."""
    if proof.looks >= MOST_LOOKS:
        return None
    return looked_at + growing_pause(max(shortest, timedelta(hours=2)), _LONGEST_PAUSE, proof.looks - 1)


def proof_in_words(text: str) -> Proof:
    """Read a proof as earlier certificates have it: a sentence."""
    if text.startswith("not proven"):
        return Proof(state=ProofState.UNPROVEN, explanation=text)
    if text.endswith("but the API counts another number"):
        return Proof(state=ProofState.REFUTED, explanation=text)
    return Proof(state=ProofState.PROVEN, road=Road.OFFSET, explanation=text)
