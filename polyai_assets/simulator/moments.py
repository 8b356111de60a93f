"""Moments as whole microseconds since 1970, which sort and subtract quickly, as PolyAI writes them; and the clock."""

from datetime import UTC, date, datetime, timedelta

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: isoformat() then leaves the offset to us


def micros(at: datetime) -> int:
    """Return the microseconds of an aware `at`, exactly."""
    return (at.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


def micros_of_date(day: date) -> int:
    """Return the microseconds of the first moment of `day` in UTC."""
    return day_number(day) * DAY


def day_number(day: date) -> int:
    """Return how many days `day` is after 1 January 1970."""
    return day.toordinal() - _EPOCH.toordinal()


def date_of(at: int) -> date:
    """Return the UTC date of a moment in microseconds."""
    return date.fromordinal(_EPOCH.toordinal() + at // DAY)


def written(at: int) -> str:
    """Return `2026-11-03T10:15:02.123456Z`: always a zone, always six digits."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"


def without_zone(at: int) -> str:
    """Return `2026-11-03T10:15:02.123456`, the moment in UTC."""
    return written(at).removesuffix("Z")


def with_offset(at: int) -> str:
    """Return `2026-11-03T10:15:02.123456+00:00`, as the Agents API writes a moment."""
    return without_zone(at) + "+00:00"


def parsed(text: str) -> int:
    """Return the microseconds of an ISO 8601 text; without a zone it is read as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return micros(at if at.tzinfo else at.replace(tzinfo=UTC))


class Clock:
    """Real time, or a stopped clock that only moves on a command.

    `Clock()` follows the machine; `Clock(at)` stands at `at`, which must carry a zone.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._at = None if at is None else _aware(at)

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return self._at or datetime.now(UTC)

    def stop_at(self, at: datetime) -> None:
        """Stop the clock at `at`, in the past or in the future. Raises ValueError without a zone."""
        self._at = _aware(at)

    def advance(self, by: timedelta) -> None:
        """Move by `by` and stand still there, also when the clock was following the machine."""
        self._at = self.now() + by

    def follow_the_machine(self) -> None:
        """Go back to real time."""
        self._at = None


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        msg = f"{at.isoformat()} has no zone; give a datetime with tzinfo, such as datetime.UTC"
        raise ValueError(msg)
    return at.astimezone(UTC)
