"""Reading moments of time, in every form in which PolyAI writes them: the only reader of a record's times.

v3 writes ISO 8601, v1 without a zone in some fields (API reference, *Migrating from v1*), the Agents API an offset and
six digits, and RFC 1123 in function events (recordings of the API).

The warehouse reads the ordinary form (`contract.guarantees.LOOSE_TIME`) by itself, to the same moment; what has another
form is read here first.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ISO_8601 = re.compile(
    r"([0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4}|-W[0-9]{2}-[0-9]|W[0-9]{3}))"
    r"(?:[Tt ]([0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?|[0-9]{2}(?:[0-9]{2}(?:[.,][0-9]+)?)?)?)"
    r" ?([Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)?)?"
)
"""Extended (`2026-06-03T13:18Z`) and basic (`20220218T120906Z`): a day, or a day, a time and perhaps a zone."""

_RFC_1123 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}(?::[0-9]{2})? "
    r"(?:GMT|UTC|UT|[ECMP][SD]T|[+-][0-9]{4})"
)
"""As HTTP and mail write it: `Wed, 03 Jun 2026 13:18:09 GMT`."""


def read_moment(text: str | None) -> datetime | None:
    """Read ISO 8601 or RFC 1123 as UTC, to the microsecond; a time without a zone is one in UTC, as v1 has them.

    None where it is no moment that a calendar has.
    """
    for read in (_read_ordinary, _read_iso_8601, _read_rfc_1123):
        try:
            moment = read(text or "")
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _read_ordinary(text: str) -> datetime:
    """Read what nearly all are, in a fifth of the time. Python would take any character for the T."""
    if text[10:11] not in ("T", " "):
        raise ValueError("not ordinary")
    return datetime.fromisoformat(text)


def _read_iso_8601(text: str) -> datetime:
    found = _ISO_8601.fullmatch(text)
    if found is None:
        raise ValueError("not ISO 8601")
    date, time, zone = found.groups()
    offset = "+00:00" if zone is None or zone.isalpha() else zone
    return datetime.fromisoformat(f"{date}T{time or '00'}{offset}")


def _read_rfc_1123(text: str) -> datetime:
    if not _RFC_1123.fullmatch(text):
        raise ValueError("not RFC 1123")
    return parsedate_to_datetime(text)
