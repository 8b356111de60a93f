"""The ids of generated conversations: they look random, and yet tell the date of the conversation.

So a conversation is found by its id without making years of them.
"""

import re
from datetime import date
from random import Random
from zlib import crc32

from polyai_assets.simulator.moments import DAY, date_of, day_number

_DIGITS = re.compile(r"[0-9a-f]{32}")


def new_id(dice: Random, day: date, *, is_call: bool) -> str:
    """Return a new id for a conversation of `day`: CA and 32 hex digits for a call, LOCAL- and a UUID else."""
    rest = f"{dice.getrandbits(128):032x}"[4:]
    digits = f"{_masked(day_number(day), rest):04x}{rest}"
    if is_call:
        return "CA" + digits
    return f"LOCAL-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def date_in(conversation_id: str) -> date | None:
    """Return the date on which a generated conversation with this id began; None if the id is no such id."""
    digits = conversation_id.removeprefix("CA").removeprefix("LOCAL-").replace("-", "")
    if not _DIGITS.fullmatch(digits):
        return None
    return date_of(_masked(int(digits[:4], 16), digits[4:]) * DAY)


def _masked(number: int, rest: str) -> int:
    # Applied twice it gives the number back.
    return (number ^ crc32(rest.encode())) & 0xFFFF
