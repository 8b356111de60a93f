"""What a single value of the option `kpi` may be."""

import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from polyai_assets.configuration.rules import Rule, as_text, nearest
from polyai_assets.contract.fields import Kind
from polyai_assets.warehouse.facts.configured import column_name
from polyai_assets.warehouse.facts.settings import MINUTES_A_DAY, Span
from polyai_assets.warehouse.naming import is_column_name

CHANNEL_GROUPS = ("voice", "webchat", "messaging", "studio", "other")
COLUMN_KINDS = {
    kind.value: kind for kind in (Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.TIMESTAMP)
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = re.compile(r"(\w{3})(?:\s*-\s*(\w{3}))?")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def time_zone() -> Rule:
    """Take the IANA name of a time zone."""

    def read(value: object) -> str:
        name = as_text(value)
        known = available_timezones() - {"localtime"}
        if name not in known:
            by_name = {zone.lower(): zone for zone in known}
            near = by_name.get(nearest(name, by_name).removeprefix("Did you mean ").rstrip("?"))
            hint = f" Did you mean {near}?" if near else ""
            raise ValueError(f"is no time zone.{hint} Write its IANA name, such as Europe/London")
        return name

    return Rule(read, {"type": "string"}, "IANA time zone")


def opening_hours() -> Rule:
    """Take opening hours: from days such as mon-fri to hours such as 08:00-18:00, or several with a comma between."""
    must = 'must be a mapping from days to hours, such as {mon-fri: "08:00-18:00", sat: "09:00-12:30"}'

    def read(value: object) -> dict[int, tuple[Span, ...]]:
        if not isinstance(value, Mapping) or not value:
            raise ValueError(must)
        spans: dict[int, list[Span]] = {}
        for days, hours in value.items():
            for weekday in _weekdays(str(days)):
                for start, end in _spans(str(hours)):
                    if end > start:
                        spans.setdefault(weekday, []).append((start, end))
                    else:  # over midnight
                        spans.setdefault(weekday, []).append((start, MINUTES_A_DAY))
                        spans.setdefault(weekday % 7 + 1, []).append((0, end))
        return {weekday: tuple(sorted(listed)) for weekday, listed in sorted(spans.items())}

    return Rule(
        read, {"type": "object", "additionalProperties": {"type": "string"}}, "mapping from days to hours"
    )


def _weekdays(days: str) -> list[int]:
    found = _DAYS.fullmatch(days.strip().lower())
    if not found or found[1] not in _WEEKDAYS or (found[2] or "mon") not in _WEEKDAYS:
        raise ValueError(f"has {days!r}, which names no days. Write mon, sat or mon-fri")
    first = _WEEKDAYS.index(found[1])
    last = _WEEKDAYS.index(found[2]) if found[2] else first
    return [(first + more) % 7 + 1 for more in range((last - first) % 7 + 1)]


def _spans(hours: str) -> list[Span]:
    spans = []
    for part in hours.split(","):
        found = _HOURS.fullmatch(part.strip())
        numbers = [int(number) for number in found.groups()] if found else []
        if not numbers or numbers[1] > 59 or numbers[3] > 59:
            raise ValueError(f'has {part.strip()!r}, which names no hours. Write "08:00-18:00", in quotes')
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if start >= MINUTES_A_DAY or end > MINUTES_A_DAY or start == end:
            raise ValueError(f"has {part.strip()!r}: hours are from 00:00 to 24:00, and not nothing")
        spans.append((start, end))
    return spans


def names(of: str, example: str, allowed: tuple[str, ...] = ()) -> Rule:
    """Take a mapping from text to text, all from `allowed` if that is not empty."""

    def read(value: object) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a mapping from {of}, such as {example}")
        found = {str(name): as_text(word) for name, word in value.items()}
        for name, word in found.items():
            if allowed and word not in allowed:
                raise ValueError(
                    f"has {word!r} for {name}. {nearest(word, allowed)} Write one of {', '.join(allowed)}"
                )
        return found

    each: dict[str, object] = {"enum": list(allowed)} if allowed else {"type": "string"}
    shape = {"type": "object", "additionalProperties": each}
    return Rule(read, shape, f"mapping from {of}")


def columns(source: str, example: str) -> Rule:
    """Take a mapping from names to kinds of value, of which each becomes a column."""
    each = names("name to kind", example, tuple(COLUMN_KINDS))

    def read(value: object) -> dict[str, Kind]:
        found = {name: COLUMN_KINDS[kind] for name, kind in each.read(value).items()}
        by_column: dict[str, str] = {}
        for name in found:
            column = column_name(source, name)
            if not is_column_name(column) or column == f"{source}_":
                raise ValueError(f"has {name!r}, of which no name of a column can be made")
            if by_column.setdefault(column, name) != name:
                raise ValueError(
                    f"has {by_column[column]!r} and {name!r}, which would both be the column {column}"
                )
        return found

    return Rule(read, each.schema, each.kind)
