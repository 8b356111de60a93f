"""Reading JSON that strict readers refuse, without losing what can be read of it."""

import json
import math
from decimal import Decimal
from typing import Any

from polyai_assets.contract.repeated import read_object

MOST_DIGITS = 4000
"""Python refuses to read integers of more than 4,300 digits."""


_EXACT, _BEYOND_INTEGERS = 2.0**53, 2.0**64
"""Up to the first a double holds every integer; beyond the second lies none that a column holds."""


class Unreadable(Exception):
    """It cannot be read as JSON; says why."""


def read_json(payload: bytes) -> Any:
    """Read JSON: bytes that are no UTF-8 are replaced, numbers beyond every type become text.

    Of a key that comes twice every value is kept (`Repeated`). Raises Unreadable.
    """
    try:
        return json.loads(
            payload.decode("utf-8", errors="replace"),
            strict=False,
            object_pairs_hook=read_object,
            parse_int=lambda digits: int(digits) if len(digits) <= MOST_DIGITS else digits,
            parse_float=lambda digits: digits if (read := read_float(digits)) is None else read,
            parse_constant=str,
        )
    except RecursionError:
        raise Unreadable("nested too deep to be read") from None
    except ValueError as error:
        raise Unreadable(f"not valid JSON: {error}") from None


def read_float(digits: str) -> float | int | None:
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


def to_json(value: Any) -> str:
    """Write a value as JSON that any database takes. Raises Unreadable where it is nested too deep."""
    try:
        return clean_text(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        raise Unreadable("nested too deep to be written") from None


def clean_text(text: str) -> str:
    """Replace what cannot be stored as UTF-8 (lone surrogates) and join surrogates that form a pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors="replace")
    return text
