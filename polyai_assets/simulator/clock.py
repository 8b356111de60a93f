"""The simulator's idea of now, which a test can stop and move."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, or a stopped clock that only moves when told to.

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
