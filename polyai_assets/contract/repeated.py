"""JSON objects in which a key comes more than once."""

from collections.abc import ItemsView, Iterator
from typing import Any


class Repeated(dict[str, Any]):
    """An object in which a key came more than once.

    As a mapping it has the last value of each key. Its items are all the pairs in order, as they are written
    when it is encoded as JSON again, so that none is lost.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def items(self) -> "_Pairs":  # type: ignore[override]  # dict's own type of view cannot be subclassed
        """Give all the pairs, in order."""
        return _Pairs(self)

    def overridden(self) -> Iterator[tuple[str, Any]]:
        """Give the pairs that a later one with the same key replaced."""
        last = {key: position for position, (key, _) in enumerate(self.pairs)}
        for position, pair in enumerate(self.pairs):
            if last[pair[0]] != position:
                yield pair

    def all_of(self, key: str) -> list[Any]:
        """Give all the values of a key, in order."""
        return [value for name, value in self.pairs if name == key]


class _Pairs(ItemsView[str, Any]):
    """All pairs of a `Repeated`."""

    def __init__(self, mapping: Repeated) -> None:
        super().__init__(mapping)
        self._pairs = mapping.pairs

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._pairs)


def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; for `json.loads`."""
    record = dict(pairs)
    return record if len(record) == len(pairs) else Repeated(pairs)
