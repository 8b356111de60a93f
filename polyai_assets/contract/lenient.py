"""Reading JSON that strict readers refuse, without losing what can be read of it."""

import json
import math
from collections import Counter
from collections.abc import ItemsView, Iterator
from decimal import Decimal
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


def repeated_keys(found: dict[str, Any]) -> dict[str, list[Any]]:
    """Give all the values of each key that came more than once, in order."""
    if not isinstance(found, Repeated):
        return {}
    times = Counter(name for name, _ in found.pairs)
    return {name: found.all_of(name) for name, count in times.items() if count > 1}


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


_MOST_DIGITS = 4000
"""Python refuses to read integers of more than 4,300 digits."""

_EXACT, _BEYOND_INTEGERS = 2.0**53, 2.0**64
"""Up to the first a double holds every integer; beyond the second lies none that a column holds."""

NESTED_TOO_DEEP = "nested too deep to be read"

Breach = tuple[str, object]
"""A rule that a payload breaks as such, and the value that breaks it."""


class Unreadable(Exception):
    """It cannot be read, or cannot be a row; the message says why."""


def read_json(payload: bytes) -> Any:
    """Read JSON: bytes that are no UTF-8 are replaced, numbers beyond every type become text.

    Of a key that comes twice every value is kept (`Repeated`). Raises Unreadable.
    """
    return read_noting(payload)[0]


def read_noting(payload: bytes) -> tuple[Any, list[Breach]]:
    """Read JSON as `read_json` does, and give what it took. Raises Unreadable."""
    breaches: list[Breach] = []
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        text = payload.decode("utf-8", errors="replace")
        breaches.append(("text is valid UTF-8", f"{error.reason} at byte {error.start}"))
    try:
        read, of_numbers = _load(text, strict=True)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Invalid control character"):
            raise Unreadable(f"not valid JSON: {error}") from None
        breaches.append(("control characters are escaped", str(error)))
        read, of_numbers = _load_with_control_characters(text)
    return read, breaches + of_numbers


def _load_with_control_characters(text: str) -> tuple[Any, list[Breach]]:
    try:
        return _load(text, strict=False)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not valid JSON: {error}") from None


def _load(text: str, *, strict: bool) -> tuple[Any, list[Breach]]:
    breaches: list[Breach] = []

    def no_number(digits: str) -> str:
        """Keep as text what no number can hold."""
        breaches.append(("number is in range", digits))
        return digits

    try:
        read = json.loads(
            text,
            strict=strict,
            object_pairs_hook=_read_object,
            parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else no_number(digits),
            parse_float=lambda digits: no_number(digits) if (found := _read_float(digits)) is None else found,
            parse_constant=no_number,
        )
    except RecursionError:
        raise Unreadable(NESTED_TOO_DEEP) from None
    return read, breaches


def _read_float(digits: str) -> float | int | None:
    """Read a number that is written with a fraction or an exponent; None where it is beyond every double.

    A whole one that is too long for a double, such as 9007199254740993.0, is an integer: nothing of it is rounded off.
    """
    value = float(digits)
    if not math.isfinite(value):
        return None
    if _EXACT <= abs(value) <= _BEYOND_INTEGERS:
        exact = Decimal(digits)
        return int(exact) if exact != Decimal(repr(value)) and exact == exact.to_integral_value() else value
    return value


_encode = json.JSONEncoder(ensure_ascii=False).encode


def to_json(value: Any) -> str:
    """Write a value as JSON that any database takes. Raises Unreadable where it is nested too deep."""
    try:
        return clean_text(_encode(value))
    except RecursionError:
        raise Unreadable("nested too deep to be written") from None


def clean_text(text: str) -> str:
    """Replace what cannot be stored as UTF-8 (lone surrogates) and join surrogates that form a pair."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors="replace")
    return text


def type_name(value: Any) -> str:
    """Name the type of a JSON value, as in "not an object but a list"."""
    names = {dict: "an object", Repeated: "an object", list: "a list", str: "text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")
