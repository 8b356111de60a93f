"""Random records in which every text and every number is another one, so that each can be looked for afterwards."""

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from hypothesis import strategies as st

Pairs = list[tuple[str, Any]]
"""An object as it is written: a key may come twice."""

TEXT, WHOLE, REAL, TIME = "text", "whole", "real", "time"
"""Stand for a value, until they are numbered."""

kinds = st.sampled_from([TEXT, WHOLE, REAL, TIME])
FIRST = 700_001
"""The number of the first value: none that stands in a record otherwise."""

values = st.recursive(
    kinds | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", ""]), inner, max_size=2)
    ),
    max_leaves=5,
)


def members(names: Sequence[str], **shapes: st.SearchStrategy[Any]) -> st.SearchStrategy[Pairs]:
    """Make objects with some of the names and of others; those in `shapes` come often, and mostly in that shape."""
    every = st.sampled_from([*names, "unknown", "latency.label", "(extra)", "extra", "turn"])
    anything = st.tuples(every, values)
    shaped = [st.tuples(st.just(name), shape) for name, shape in shapes.items()]
    return st.lists(st.one_of(anything, *shaped), min_size=1, max_size=6)


def write(value: Any, numbers: Iterator[int]) -> str:
    """Write a value as JSON, in which each stand-in is another value."""
    match value:
        case "text":
            return f'"leaf {next(numbers)}"'
        case "whole":
            return str(next(numbers))
        case "real":
            return f"{next(numbers)}.25"
        case "time":
            return f'"2026-03-01T10:00:00.{next(numbers)}Z"'
        case list() if value and all(isinstance(one, tuple) for one in value):
            return "{" + ", ".join(_members(value, numbers)) + "}"
        case list():
            return "[" + ", ".join(write(one, numbers) for one in value) + "]"
        case dict():
            return write(list(value.items()), numbers) if value else "{}"
        case _:
            return json.dumps(value)


def written(given: str, records: Sequence[Pairs]) -> tuple[list[bytes], range]:
    """Write objects of given members, in which # is the number of the object, and of pairs; and the numbers in them."""
    numbers = count(FIRST)
    bodies = [
        "{" + ", ".join([given.replace("#", str(place)), *_members(pairs, numbers)]) + "}"
        for place, pairs in enumerate(records)
    ]
    return [body.encode() for body in bodies], range(FIRST, next(numbers))


def _members(pairs: Pairs, numbers: Iterator[int]) -> list[str]:
    return [f"{json.dumps(key)}: {write(one, numbers)}" for key, one in pairs]
