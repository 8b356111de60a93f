"""What the records of a partition come to: counts, and a digest of the set."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.raw.ends import LONGEST

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
        self._short = 0
        self._lost: dict[str, tuple[int, int]] = {}

    def see(self, rows: pa.Table) -> None:
        """Take rows into account: they have the columns of a file but the payload."""
        self._digest += sum(map(_fingerprint, *_values(rows, "identity", "payload_sha256", "vanished_at")))
        gone = rows.filter(rows["vanished_at"].is_valid())
        self.vanished.update(zip(*_values(gone, "identity", "vanished_at"), strict=True))
        present = rows.filter(rows["vanished_at"].is_null())
        self.rows += len(present)
        on_day = pc.equal(present["started_at"].cast(pa.date32()), self._day).fill_null(False)
        readable = present.filter(pc.and_(present["conversation_id"].is_valid(), on_day))
        self.unreadable += len(present) - len(readable)
        running = readable.filter(readable["in_progress"])
        self.in_progress.update(zip(*_values(running, "conversation_id", "started_at"), strict=True))
        self._see_ended(readable.filter(pc.invert(readable["in_progress"])))

    def _see_ended(self, rows: pa.Table) -> None:
        last = _last_end(rows)
        if last is not None:
            last = min(last, self._fetched_at)  # it was over by then
            self.last_end = max(self.last_end or last, last)
        for name, announced, sent in zip(
            *_values(rows, "conversation_id", "num_turns", "turns_sent"), strict=True
        ):
            if announced is None:
                continue
            self._expected += announced
            self._sent += sent or 0
            self._with_turns += bool(sent)
            if (sent or 0) < announced:
                self._short += 1
                if len(self._lost) < _MOST_NAMED:
                    self._lost[name] = (announced, sent or 0)

    @property
    def records_sha256(self) -> str:
        """Identify the set of records: a sum, so that their order does not matter."""
        return f"{self._digest % 2**256:064x}"

    def turns(self) -> TurnCount:
        """Compare the turns that were sent with those that were announced.

        Transcripts count as off when no conversation of the day has any turn, and when that is no accident of a
        day with one or two conversations. Nothing beside its records counts: it must be judged the same in any run.
        """
        off = not self._with_turns and self._short >= _FEWEST_FOR_OFF
        return TurnCount(
            expected=self._expected,
            sent=self._sent,
            transcripts="off" if off else "on",
            conversations_short=0 if off else self._short,
            lost={} if off else self._lost,
        )


def _last_end(rows: pa.Table) -> datetime | None:
    """Give the last of the ends of conversations that have started; each is bounded as by `plausible_end`."""
    ended = rows.filter(rows["ended_at"].is_valid())
    if not len(ended):
        return None
    starts, ends = (ended[name].cast(pa.int64()).to_numpy() for name in ("started_at", "ended_at"))
    last = np.clip(ends, starts, starts + LONGEST // timedelta(microseconds=1)).max()
    found: datetime = pa.scalar(int(last), pa.int64()).cast(rows["ended_at"].type).as_py()
    return found


def _fingerprint(identity: str, payload_sha256: bytes, vanished_at: datetime | None) -> int:
    state = b"vanished" if vanished_at else b"present"
    return int.from_bytes(hashlib.sha256(identity.encode() + b"\0" + payload_sha256 + state).digest())


def _values(rows: pa.Table, *names: str) -> list[list[Any]]:
    return [rows[name].to_pylist() for name in names]
