"""Converting a value to the type that its field declares, where that loses nothing."""

import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from polyai_assets.contract.fields import Kind

NO_VALUE = object()
"""Stands for a value that the declared type cannot hold."""


def convert(kind: Kind, value: Any) -> Any:
    """Convert a value to what the kind declares.

    None stays None; a value that already fits is returned itself; `NO_VALUE` says that the conversion would
    lose something. A time stays the text that it is; a number or an object is none: an object that holds a latency is
    read by its members, and what a number counts, and since when, is not known.
    """
    if value is None:
        return None
    return _CONVERTERS[kind](value)


def to_text(value: Any) -> str:
    """Give a value as text: text as it is, "" for null, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _to_integer(value: Any) -> Any:
    number = _to_number(value)
    if isinstance(number, float):
        # By its digits: a long one stands for several integers.
        number = int(Decimal(repr(number))) if number.is_integer() else NO_VALUE
    return number if isinstance(number, int) and -(2**63) <= number < 2**63 else NO_VALUE


def _to_number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return NO_VALUE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NO_VALUE
    try:
        return value if math.isfinite(value) else NO_VALUE
    except OverflowError:  # an integer beyond every double
        return NO_VALUE


def _to_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower(), NO_VALUE) if isinstance(value, str) else NO_VALUE


def _to_text_list(value: Any) -> Any:
    if not isinstance(value, list):
        return [to_text(value)]
    return value if _all_are(str, value) else [to_text(element) for element in value]


def _all_are(kind: type, elements: list[Any]) -> bool:
    return all(isinstance(element, kind) for element in elements)


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: to_text,
    Kind.TIMESTAMP: lambda value: value if isinstance(value, str) else NO_VALUE,
    Kind.INTEGER: _to_integer,
    Kind.NUMBER: _to_number,
    Kind.LATENCY: _to_number,
    Kind.BOOLEAN: _to_boolean,
    Kind.TEXT_LIST: _to_text_list,
    Kind.OBJECT: lambda value: value if isinstance(value, dict) else NO_VALUE,
    Kind.OBJECT_LIST: lambda value: value if isinstance(value, list) and _all_are(dict, value) else NO_VALUE,
}
