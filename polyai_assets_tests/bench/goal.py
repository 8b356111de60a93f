"""A goal: a number that is to be at most, or at least, another."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """What was measured of a goal; `how` says of what the number is made."""

    name: str
    value: float
    bound: float
    unit: str = "x"
    at: Literal["most", "least"] = "most"
    how: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.value <= self.bound if self.at == "most" else self.value >= self.bound
