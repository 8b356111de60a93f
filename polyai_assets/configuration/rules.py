"""What a single value may be: one small rule a field, with the sentence that says so.

A rule turns a value of the YAML file into the value that is used, or raises ValueError with what the value
must be. It takes its own result too. The sentences never hold the value: some values are secrets.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms])")
_DURATION = re.compile(r"\s*(?:\d+(?:\.\d+)?\s*[dhms]\s*)+")
_NO_LINE_BREAK = "holds a line break or another character that cannot be printed"
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}

TEMPLATE = {"type": "string", "pattern": r"\{\{|\{%"}
"""The JSON schema of a text that is to be rendered first."""
BLANK_AT_AN_END = {"type": "string", "pattern": r"^\s|\s$"}
"""The JSON schema of a text that is read without these blanks."""


@dataclass(frozen=True)
class Rule:
    """Stands in an annotation: how pydantic reads the field, and how a JSON schema describes it."""

    read: Callable[[object], Any]
    schema: Mapping[str, Any]
    kind: str
    """What the value is, in the words of the table of options."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


def number(low: float, high: float, unit: str = "", *, whole: bool = True) -> Rule:
    """Take a number from `low` to `high`, also spelled as text, as a template gives it."""
    kind = "a whole number" if whole else "a number"
    must = f"must be {kind} from {low:.15g} to {high:.15g}{' ' if unit else ''}{unit}"

    def read(value: object) -> int | float:
        found = _as_number(value)
        if found is None or not low <= found <= high or (whole and not found.is_integer()):
            raise ValueError(must)
        return int(found) if whole else found

    shape = {"type": "integer" if whole else "number", "minimum": low, "maximum": high}
    return Rule(
        read, {"if": {"type": "string", "pattern": r"^[-+]?[0-9.]"}, "else": shape}, kind.removeprefix("a ")
    )


def switch(*further: str) -> Rule:
    """Take true or false, or a further word for what is between."""
    words: dict[str, bool | str] = {"true": True, "false": False, **{word: word for word in further}}
    *others, last = words
    must = f"must be {', '.join(others)} or {last}"

    def read(value: object) -> bool | str:
        answer = value if isinstance(value, bool) else words.get(str(value).strip().lower())
        if answer is None:
            raise ValueError(must)
        return answer

    spelled = {"type": "string", "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"}
    shape: dict[str, object] = {"enum": [True, False, *further]} if further else {"type": "boolean"}
    return Rule(read, {"if": spelled, "else": shape}, _choice(words))


def text() -> Rule:
    """Take text on one line, without blanks at its ends: no person sees them, and they would not be what was meant."""
    # A number is an id that was not quoted: the reader knows whether it is read as it was written.
    return Rule(unblanked, {"type": ["string", "integer"]}, "text")


def part_of_key(forbidden: str) -> Rule:
    """Take text that becomes part of a project's key; blanks at its ends, which no such part has, are cut off."""
    return Rule(lambda value: as_text(value, forbidden), {"type": ["string", "integer"]}, "text")


def text_as_written() -> Rule:
    """Take text on one line, with the blanks at its ends: they mean something to PolyAI."""

    def read(value: object) -> str:
        found = as_text(value)
        if found == str(value).strip(" "):
            return str(value)
        raise ValueError(_NO_LINE_BREAK)

    return Rule(read, {"type": ["string", "integer"]}, "text")


def one_of(
    allowed: Collection[str], what: str, *, any_case: bool = False, on: str = "", off: str = ""
) -> Rule:
    """Take one of a few words; with `any_case`, in capitals or not, and as it was written.

    `on` and `off` are the words that true and false stand for: YAML reads on and off as these.
    """
    write = f"Write {'one of ' if len(allowed) > 1 else ''}{', '.join(allowed)}"
    switched = {"true": on, "false": off} if on else {}

    def read(value: object) -> str:
        spelled = str(value).strip().lower()
        if spelled in switched:
            return switched[spelled]
        word = as_text(value)
        if (word.casefold() if any_case else word) not in allowed:
            hint = nearest(word, allowed)
            raise ValueError(f"is no {what}. {hint}{' ' if hint else ''}{write}")
        return word

    if any_case:
        return Rule(read, {"type": "string", "examples": list(allowed)}, _choice(allowed))
    shape: dict[str, object] = (
        {"enum": [*allowed, True, False]} if switched else {"type": "string", "enum": list(allowed)}
    )
    return Rule(read, shape, _choice(allowed))


def some_of(allowed: Collection[str], what: str, *, any_case: bool = False) -> Rule:
    """Take one word or a list of words; all from `allowed`, if that is not empty."""
    each = one_of(allowed, what, any_case=any_case) if allowed else text()

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, str | list | tuple) or not value:
            raise ValueError(f"must be one {what} or a list of them")
        items = [value] if isinstance(value, str) else value
        return tuple(dict.fromkeys(each.read(item) for item in items))

    items = {"if": {"anyOf": [TEMPLATE, BLANK_AT_AN_END]}, "else": dict(each.schema)}
    listed = {"type": "array", "items": items, "minItems": 1}
    shape = {"if": {"type": "array"}, "then": listed, "else": dict(each.schema)}
    return Rule(read, shape, f"{each.kind}; one or a list")


def duration(longest: timedelta) -> Rule:
    """Take text such as 15m, 900s, 1h30m or 1.5h: more than nothing, at most `longest`."""
    limit = longest / timedelta(hours=1)
    must = f"must be a time of more than 0 and at most {limit:g} hours, with its unit: 15m, 900s or 1h30m"

    def read(value: object) -> timedelta:
        if isinstance(value, timedelta):
            return value
        spelled = str(value).strip()
        number = _as_number(value)
        if number is not None and number > 0:
            raise ValueError(
                f"could be {number:g} hours or {number:g} minutes. Say which: {number:g}h or {number:g}m"
            )
        if isinstance(value, bool) or not _DURATION.fullmatch(spelled):
            raise ValueError(must)
        seconds = sum(float(count) * _SECONDS[unit] for count, unit in _TIME.findall(spelled))
        if not 0 < seconds <= longest.total_seconds():
            raise ValueError(must)
        return timedelta(seconds=seconds)

    spelled = {"type": "string", "pattern": f"^{_DURATION.pattern}$"}
    # A pattern says nothing to people; a constant is quoted in the message of every validator.
    return Rule(
        read,
        {"if": spelled, "else": {"const": "a time with its unit, such as 15m, 900s or 1h30m"}},
        "time with its unit",
    )


def key_prefix() -> Rule:
    """Take one word or a list of words that can stand in asset keys and in Dagster's names."""
    each = some_of((), "word")

    def read(value: object) -> tuple[str, ...]:
        words = each.read(value)
        if not all(re.fullmatch(r"[A-Za-z0-9_]+", word) for word in words):
            raise ValueError("may hold only letters, digits and underscores (a list for more than one level)")
        return tuple(words)

    return Rule(read, each.schema, "word; one or a list")


def _choice(allowed: Collection[str]) -> str:
    *others, last = allowed
    return f"{', '.join(others)} or {last}" if others else last


def nearest(word: str, known: Iterable[str]) -> str:
    """Ask `Did you mean lookback_days?`, or nothing if no known word is near."""
    matches = get_close_matches(word.strip().lower(), list(known), n=1, cutoff=0.6)
    return f"Did you mean {matches[0]}?" if matches else ""


def anything(kind: str) -> Rule:
    """Take anything: it is read elsewhere, as a value of this kind."""
    return Rule(lambda value: value, {}, kind)


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def unblanked(value: object) -> str:
    """Read text on one line without blanks at its ends. Raises ValueError."""
    found = as_text(value)
    if found != value:
        raise ValueError("begins or ends with a blank or a line break, which cannot be seen. Remove it")
    return found


def as_text(value: object, forbidden: str = "") -> str:
    """Read text on one line, without the blanks at its ends and those characters. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be text; put it in quotes")
    found = value.strip()
    if not found:
        raise ValueError("is empty")
    if not found.isprintable():
        raise ValueError(_NO_LINE_BREAK)
    bad = sorted(set(forbidden) & set(found))
    if bad or (forbidden and found != found.replace("..", "")):
        raise ValueError(
            f"must not hold any of {' '.join(forbidden)} or two dots: it becomes part of keys and paths"
        )
    return found
