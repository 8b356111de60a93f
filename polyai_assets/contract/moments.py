"""Reading moments of time, in the forms in which PolyAI writes them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def read_moment(text: str) -> datetime | None:
    """Read ISO 8601 or RFC 1123 (`Wed, 03 Jun 2026 13:18:09 GMT`) as UTC, a time without a zone too.

    None where it is no moment.
    """
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
    return None
