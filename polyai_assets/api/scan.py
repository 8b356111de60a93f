"""Finds where JSON values begin and end in bytes, without decoding any of them.

The road for pages that msgspec refuses, though all we want is to cut them: nesting beyond its recursion
limit, half a surrogate pair, NaN, control characters. It checks what a cut needs (brackets that match,
strings that end, commas and colons between the parts) and nothing inside a value. It does not recurse, so
depth costs no stack; and it goes no further than `MOST_BRACKETS`, for each of them takes time.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""A value's first byte and the byte after its last."""

_NOT_SPACE = re.compile(rb"[^ \t\n\r]")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity")
# Everything up to and with the next bracket that stands outside a string.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+[\[\]{}]', re.DOTALL)
_CLOSER = {ord("["): ord("]"), ord("{"): ord("}")}


MOST_BRACKETS = 1_000_000
"""How many brackets a value may have; a page of 50 MB has so many. Each takes time, not far from a microsecond."""


class TooManyBrackets(Exception):
    """A value of so many parts, or nested so deep, that to look through it would take too long."""


class NotJSONError(ValueError):
    """The bytes cannot be cut: `reason`, found at `byte` (from 0)."""

    def __init__(self, reason: str, byte: int) -> None:
        super().__init__(f"{reason} at byte {byte}")


def document(body: bytes) -> Span:
    """Find the one value that `body` consists of. Raises `NotJSONError`, `TooManyBrackets`."""
    start = _skip_space(body, 0)
    end = value_end(body, start)
    rest = _skip_space(body, end)
    if rest != len(body):
        raise NotJSONError("something follows the end", rest)
    return start, end


def elements(body: bytes, start: int) -> Iterator[Span]:
    """Find the elements of the array at `start`, one after the other. Raises `NotJSONError` where it meets it."""
    at = _skip_space(body, start + 1)
    closed = body[at : at + 1] == b"]"
    while not closed:
        end = value_end(body, at)
        yield at, end
        at, closed = _after_part(body, end, b"]")


def members(body: bytes, start: int) -> Iterator[tuple[bytes, Span]]:
    """Find the keys (quoted and escaped as they stand) and values of the object at `start`, one after the other.

    Raises `NotJSONError` where it meets it.
    """
    at = _skip_space(body, start + 1)
    closed = body[at : at + 1] == b"}"
    while not closed:
        key = _STRING.match(body, at)
        if key is None:
            raise NotJSONError("a key is missing or does not end", at)
        colon = _skip_space(body, key.end())
        if body[colon : colon + 1] != b":":
            raise NotJSONError("a colon is missing", colon)
        at = _skip_space(body, colon + 1)
        end = value_end(body, at)
        yield key.group(), (at, end)
        at, closed = _after_part(body, end, b"}")


def value_end(body: bytes, start: int) -> int:
    """Find the byte after the value that begins at `start`. Raises `NotJSONError`, `TooManyBrackets`."""
    first = body[start : start + 1]
    if first in (b"[", b"{"):
        return _container_end(body, start)
    match = (_STRING if first == b'"' else _SCALAR).match(body, start)
    if match is None:
        raise NotJSONError("a value is missing or does not end", start)
    return match.end()


def _container_end(body: bytes, start: int) -> int:
    open_brackets = bytearray()
    at = start
    for _ in range(MOST_BRACKETS):
        match = _TO_BRACKET.match(body, at)
        if match is None:
            raise NotJSONError("the text ends inside a value", len(body))
        at = match.end()
        bracket = body[at - 1]
        if bracket in _CLOSER:
            open_brackets.append(_CLOSER[bracket])
        elif open_brackets.pop() != bracket:
            raise NotJSONError("a bracket closes another kind", at - 1)
        elif not open_brackets:
            return at
    raise TooManyBrackets


def _after_part(body: bytes, end: int, closer: bytes) -> tuple[int, bool]:
    """Past the comma, or past the closer: where to go on, and whether it was the closer."""
    at = _skip_space(body, end)
    mark = body[at : at + 1]
    if mark == closer:
        return at + 1, True
    if mark != b",":
        raise NotJSONError("a comma or the closing bracket is missing", at)
    return _skip_space(body, at + 1), False


def _skip_space(body: bytes, at: int) -> int:
    match = _NOT_SPACE.search(body, at)
    return match.start() if match else len(body)
