"""A number that is not known exactly."""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec


class Estimate(msgspec.Struct, frozen=True):
    """The most likely value, and the interval in which the true one lies unless luck is bad."""

    low: float
    likely: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> "Estimate":
        """Make one of a number that is known."""
        return cls(value, value, value)

    @classmethod
    def mean_of(cls, values: Sequence[float], least_error: float) -> "Estimate":
        """Estimate the mean of what `values` (at least one) were drawn from.

        The interval is twice the standard error to both sides, more for few values, and no less than `least_error`
        as a share.
        """
        number = len(values)
        mean = sum(values) / number
        if number == 1:
            return cls(0.0, mean, 3 * mean)
        variance = sum((value - mean) ** 2 for value in values) / (number - 1)
        error = max((2 + 6 / number) * sqrt(variance / number), least_error * mean)
        return cls(max(mean - error, 0.0), mean, mean + error)

    @classmethod
    def share_of(cls, hits: int, among: int) -> "Estimate":
        """Estimate how often something is true that was true of `hits` among so many (at least one)."""
        share = hits / among
        error = max(2 * sqrt(share * (1 - share) / among), 3 / among)  # seen in none: in less than 3/n of all
        return cls(max(share - error, 0.0), share, min(share + error, 1.0))

    def at_least(self, value: float) -> "Estimate":
        """Raise everything below `value` to it."""
        return Estimate(max(self.low, value), max(self.likely, value), max(self.high, value))

    def between(self, least: float, most: float) -> "Estimate":
        """Widen it: the true value may be `least` to `most` times as big."""
        return Estimate(self.low * least, self.likely, self.high * most)

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: "Estimate | float") -> "Estimate":
        by = other if isinstance(other, Estimate) else Estimate.exactly(other)
        return Estimate(self.low * by.low, self.likely * by.likely, self.high * by.high)


NOTHING = Estimate.exactly(0)


def total(estimates: Iterable[Estimate]) -> Estimate:
    """Add estimates up; the interval is that of the case in which all err to the same side."""
    return sum(estimates, NOTHING)
