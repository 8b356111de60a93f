"""What the records of a partition come to: counts, and a digest of the set."""

import hashlib
from datetime import date, datetime

from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.raw.ends import plausible_end
from polyai_assets.raw.header import Row

_MOST_NAMED = 100
_FEWEST_FOR_OFF = 3
"""So many conversations without turns, and none with, and transcripts count as switched off."""


class Summary:
    """Adds up the rows of the partition of a day, fetched by `fetched_at`, in whatever order they come."""

    def __init__(self, day: date, fetched_at: datetime) -> None:
        self._day = day
        self._fetched_at = fetched_at
        self.rows = 0
        self.unreadable = 0
        self.in_progress: dict[str, datetime] = {}
        self.vanished: dict[str, datetime] = {}
        self.last_end: datetime | None = None
        self._digest = 0
        self._expected = 0
        self._sent = 0
        self._with_turns = 0
        self._short: dict[str, tuple[int, int]] = {}

    def see(self, row: Row) -> None:
        """Take a row into account."""
        self._digest += int.from_bytes(_fingerprint(row))
        if row.vanished_at is not None:
            self.vanished[row.identity] = row.vanished_at
            return
        self.rows += 1
        if row.conversation_id is None or row.started_at is None or row.started_at.date() != self._day:
            self.unreadable += 1
            return
        if row.in_progress:
            self.in_progress[row.conversation_id] = row.started_at
            return
        ended_at = plausible_end(row.started_at, row.ended_at)
        if ended_at is not None:
            ended_at = min(ended_at, self._fetched_at)  # it was over by then
            self.last_end = max(self.last_end or ended_at, ended_at)
        if row.num_turns is not None:
            sent = row.turns_sent or 0
            self._expected += row.num_turns
            self._sent += sent
            self._with_turns += bool(sent)
            if sent < row.num_turns:
                self._short[row.conversation_id] = (row.num_turns, sent)

    @property
    def records_sha256(self) -> str:
        """Identify the set of records: a sum, so that their order does not matter."""
        return f"{self._digest % 2**256:064x}"

    def turns(self) -> TurnCount:
        """Compare the turns that were sent with those that were announced.

        Transcripts count as off when no conversation of the day has any turn, and when that is no accident of a
        day with one or two conversations. Nothing beside its records counts: it must be judged the same in any run.
        """
        off = not self._with_turns and len(self._short) >= _FEWEST_FOR_OFF
        named = dict(list(self._short.items())[:_MOST_NAMED])
        return TurnCount(
            expected=self._expected,
            sent=self._sent,
            transcripts="off" if off else "on",
            conversations_short=0 if off else len(self._short),
            lost={} if off else named,
        )


def _fingerprint(row: Row) -> bytes:
    state = b"vanished" if row.vanished_at else b"present"
    return hashlib.sha256(row.identity.encode() + b"\0" + row.payload_sha256 + state).digest()
