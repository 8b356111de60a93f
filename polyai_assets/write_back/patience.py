"""How much trouble of one project a pass takes before the rest of its requests wait.

A request may fail for reasons of its own, so that the others are still sent. A project that is down is left alone after
a few: not every request is to use up its attempts, and not every annotation to become one whose fate nobody knows.
"""

from polyai_assets.write_back.ledger import Outcome
from polyai_assets.write_back.state import State

MOST_IN_A_ROW = 3
"""Calls without an outcome, none between them that had one."""
MOST_IN_A_PASS = 10
"""Calls without an outcome in all: each of them may have taken minutes."""


class Patience:
    """What a project has been up to in this pass."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._in_all = 0

    def is_over_after(self, outcome: Outcome) -> bool:
        """Count what came of a call, and tell whether the project's other requests are to wait."""
        if outcome.state in (State.PENDING, State.UNKNOWN) and not outcome.is_its_own:
            self._in_a_row += 1
            self._in_all += 1
        elif outcome.result is not None:  # without one the project was not asked
            self._in_a_row = 0
        return outcome.for_all or self._in_a_row >= MOST_IN_A_ROW or self._in_all >= MOST_IN_A_PASS
