"""Draws what a caller talks about: names, dates, references, amounts."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

import msgspec

from polyai_assets.simulator.business import Language, Slot

FRIDAY = 4


class Values(msgspec.Struct):
    """The drawn slots by name: as spoken, in English, and as the agent understood them (ISO dates)."""

    spoken: dict[str, str]
    english: dict[str, str]
    understood: dict[str, str]


def draw(slots: Mapping[str, Slot], language: Language, on: date, dice: Random) -> Values:
    """Draw a value for each slot of a conversation in `language` that takes place `on` this date."""
    values = Values({}, {}, {})
    for name, slot in slots.items():
        spoken, english, understood = _DRAW[slot.kind](slot, language, on, dice)
        values.spoken[name] = spoken
        values.english[name] = english
        values.understood[name] = understood
    if "name" in slots:
        for texts in (values.spoken, values.english):
            texts["first_name"] = texts["name"].split()[0]
    return values


def code(pattern: str, dice: Random) -> str:
    """Return `pattern` with a digit for every `#`."""
    wanted = pattern.count("#")
    digits = iter(f"{int(dice.random() * 10**wanted):0{wanted}d}")
    return "".join([next(digits) if sign == "#" else sign for sign in pattern])


def _pick(slot: Slot, _language: Language, _on: date, dice: Random) -> tuple[str, str, str]:
    value = slot.of[int(dice.random() * len(slot.of))]
    if isinstance(value, str):
        return value, value, value
    return value[0], value[1], value[1]


def _number(slot: Slot, _language: Language, _on: date, dice: Random) -> tuple[str, str, str]:
    low, high = slot.between
    value = str(low + int(dice.random() * (high - low + 1)))
    return value, value, value


def _money(slot: Slot, _language: Language, _on: date, dice: Random) -> tuple[str, str, str]:
    low, high = slot.between
    value = f"{low + dice.random() * (high - low):,.2f}"
    return value, value, value.replace(",", "")


def _code(slot: Slot, _language: Language, _on: date, dice: Random) -> tuple[str, str, str]:
    value = code(slot.pattern, dice)
    return value, value, value


def _date(slot: Slot, language: Language, on: date, dice: Random) -> tuple[str, str, str]:
    low, high = slot.between
    day = on + timedelta(days=low + int(dice.random() * (high - low + 1)))
    if slot.weekdays_only and day.weekday() > FRIDAY:
        day += timedelta(days=7 - day.weekday())
    month = language.months[day.month - 1]
    spoken = language.date.format(month=month, day=day.day, number=day.month)
    return spoken, f"{day:%B} {day.day}", day.isoformat()


_DRAW = {"pick": _pick, "number": _number, "money": _money, "code": _code, "date": _date}
