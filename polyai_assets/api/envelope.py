"""What a 200 says beside what was asked for: that it is an error all the same, and members without documentation.

PolyAI documents an error as `{success: false, error, error_id, error_code, error_message, data: null}` (API reference,
*Errors*). Sent with a
200, beside an empty list or a part of one, it must not be taken for an empty or a complete day. So an answer is an
error if one of these members, or one of its kin, is set, in whatever spelling, or `success` is false.
"""

import json
from collections.abc import Iterable, Mapping

Members = Mapping[str, bytes]
"""Name -> value as it stands."""

_ERRORS = {
    *("error", "errors", "errorid", "errorcode", "errormessage"),  # and what others call the same
    *("errordescription", "errordetail", "errordetails", "errorreason", "errortype"),
}
_OF_ERRORS = ("success", "error", "error_id", "error_code", "error_message")
_LONG = 1000
_LONGEST_NAME = 80
_MOST_UNKNOWN = 20
_DENIED = (b"false", b"no", b"0")
"""Values of `success`, also as text. Null, empty text and what cannot be read say nothing."""
_NOTHING = {"", "null", "none", "false", "no", "0"}
"""Text for what is nothing, where a server writes everything as text."""


def error_in(members: Members) -> str | None:
    """Name the member that makes an answer an error: `error_code`, or `success: false`; None if none does."""
    for name, value in members.items():
        plain = name.replace("_", "").replace("-", "").lower()
        if plain == "success" and value.strip(b'" ').lower() in _DENIED:
            return "success: false"
        if plain in _ERRORS and is_set(value):
            return name
    return None


def is_set(value: bytes) -> bool:
    """Tell whether a JSON value says anything: it is not null, false, 0, empty or text for one of these."""
    if len(value) > _LONG:
        return True
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return True  # it cannot be read, so it is something
    if isinstance(found, str):
        return found.strip().lower() not in _NOTHING
    return bool(found)


def unknown_members(members: Members, known: Iterable[str]) -> tuple[str, ...]:
    """Give the members that are neither known nor a part of an error, by name; `data` only if it is set."""
    unknown = members.keys() - {*known, *_OF_ERRORS}
    if "data" in unknown and not is_set(members["data"]):
        unknown.remove("data")
    return tuple(sorted({_shown(name) for name in unknown}))[:_MOST_UNKNOWN]


def _shown(name: str) -> str:
    """Make a name from outside fit to be kept and shown."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[:_LONGEST_NAME]
    )
