"""The header `Retry-After`, in both of its forms."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read seconds to wait from `now` (aware); None if it is absent, past, zero, negative or garbage."""
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value) or None
    date = http_date(value)
    seconds = (date - now).total_seconds() if date else 0.0
    return seconds if seconds > 0 else None


def http_date(value: str | None) -> datetime | None:
    """Read an aware datetime from a header such as `Date`, or None if it is none."""
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
