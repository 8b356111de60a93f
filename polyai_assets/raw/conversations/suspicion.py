"""When a fetch is not believed, and the decisions of people who believed it.

A mis-scoped key or a broken index answers 200 with an empty list; a page can get lost on the way. A day that
held conversations and suddenly holds few, that lost turns, or whose count the API contradicts is refused: what
was kept stays, until a better fetch comes or a person decides that it is right.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from polyai_assets.machine.actionable import Actionable

FEWEST = 20
"""Days that held fewer conversations than this are not suspected of having shrunk."""


class Doubt(StrEnum):
    """Why a fetch is not believed."""

    FEWER = "fewer conversations"
    TURNS = "turns lost"
    COUNT = "another count"
    DETAILS = "details refused"
    FILTERS = "filters ignored"


class Decision(msgspec.Struct, frozen=True):
    """The decision of a person on a doubt: that it is right as it is, by whom, when and why.

    It stands for later fetches too, as long as they are not worse: `extent` is how many conversations were
    missing (FEWER), had lost turns (TURNS) or did not fit what was asked for (FILTERS), or how many details were
    refused (DETAILS).
    """

    doubt: Doubt
    extent: int
    who: str
    when: datetime
    why: str


class Refusal(msgspec.Struct, frozen=True):
    """A fetch that was refused: why, how badly, and in words."""

    doubt: Doubt
    extent: int
    explanation: str = msgspec.field(name="told")  # as it is called in notes on disk
    fetch_id: str
    fetched_at: datetime


_NOT_BELIEVED = "the fetch was not believed"


def is_about_doubt(problem: str) -> bool:
    """Tell whether what made a day red was a fetch that was not believed: a person may accept it."""
    return problem.startswith(_NOT_BELIEVED)


class FetchRefused(Actionable):
    """A fetch was not believed; the message says why and what to do.

    It is the same for all days of a run that are refused for the same reason: the commands for each stand beside it.
    """

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(
            f"{_NOT_BELIEVED}, and what was kept stays: {refusal.explanation}. "
            "If it is a passing fault, fetch the day again; if it is right as it is, accept it first with "
            "`polyai accept`."
        )


def has_shrunk(rows: int, kept: int) -> bool:
    """Tell whether a fetch of `rows` conversations is too few to be believed where `kept` are held."""
    return kept >= FEWEST and 2 * rows < kept


def is_accepted(doubt: Doubt, extent: int, decisions: Sequence[Decision]) -> bool:
    """Tell whether a person has decided that a doubt of this extent, in conversations or details, is right as it is."""
    return any(decision.doubt is doubt and extent <= decision.extent for decision in decisions)
