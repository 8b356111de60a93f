"""Parsing a record that strict readers refuse: as exactly as can be, and noting what it takes.

Beside `lenient`, which reads whatever comes without a word.
"""

import json
from typing import Any

from polyai_assets.contract.lenient import MOST_DIGITS, read_float
from polyai_assets.contract.repeated import Repeated, read_object

Breach = tuple[str, object]
"""A rule that the payload breaks as such, and the value that breaks it."""


class Unusable(Exception):
    """The record cannot be a row; the message is the reason."""


def parse(payload: bytes) -> tuple[dict[str, Any], list[Breach]]:
    """Read the JSON object in a payload. Raises Unusable where there is none, and RecursionError."""
    breaches: list[Breach] = []
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        text = payload.decode("utf-8", errors="replace")
        breaches.append(("text is valid UTF-8", f"{error.reason} at byte {error.start}"))
    try:
        record, of_text = _load(text, strict=True)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Invalid control character"):
            raise Unusable(f"not valid JSON: {error}") from error
        breaches.append(("control characters are escaped", str(error)))
        record, of_text = _load_with_control_characters(text)
    if not isinstance(record, dict):
        raise Unusable(f"not an object but {type_name(record)}")
    return record, breaches + of_text


def type_name(value: Any) -> str:
    """Name the type of a JSON value, as in "not an object but a list"."""
    names = {dict: "an object", Repeated: "an object", list: "a list", str: "text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def _load_with_control_characters(text: str) -> tuple[Any, list[Breach]]:
    try:
        return _load(text, strict=False)
    except json.JSONDecodeError as error:
        raise Unusable(f"not valid JSON: {error}") from error


def _load(text: str, *, strict: bool) -> tuple[Any, list[Breach]]:
    breaches: list[Breach] = []

    def no_number(digits: str) -> str:
        """Keep as text what no number can hold."""
        breaches.append(("number is in range", digits))
        return digits

    record = json.loads(
        text,
        strict=strict,
        object_pairs_hook=read_object,
        parse_int=lambda digits: int(digits) if len(digits) <= MOST_DIGITS else no_number(digits),
        parse_float=lambda digits: no_number(digits) if (read := read_float(digits)) is None else read,
        parse_constant=no_number,
    )
    return record, breaches
