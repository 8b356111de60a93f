"""Which hashes came before, in eight bytes each; a set of Python's takes eighty.

    added      blocks, each sorted
    3, 1       [1, 3]
    2          [1, 3] [2], which are nearly of one size: [1, 2, 3]
    2, 9       2 came before; [1, 2, 3] [9]: [1, 2, 3, 9]

What is added is looked for in every block at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_TIMES = 8
"""A block is at least so many times as large as the next, so that there are few to look into."""


class SeenHashes:
    """A growing set of 64-bit hashes, to which many are added at once."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.int64]] = []

    def add(self, hashes: Sequence[int]) -> int:
        """Add hashes; gives how many of them are there for the first time."""
        fresh = np.unique(np.fromiter(hashes, np.int64, len(hashes)))
        for block in self._blocks:
            places = np.searchsorted(block, fresh)
            places[places == len(block)] = 0
            fresh = fresh[block[places] != fresh]
        count = len(fresh)
        if count:
            while self._blocks and _TIMES * len(fresh) >= len(self._blocks[-1]):
                fresh = np.concatenate((self._blocks.pop(), fresh))
                fresh.sort(kind="stable")  # of two sorted ones it takes a single pass
            self._blocks.append(fresh)
        return count
