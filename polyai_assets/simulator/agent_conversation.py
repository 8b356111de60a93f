"""One conversation as the Agents API looks at it: a v3 record in all details, whatever may be missing in it."""

import hashlib
from typing import Any, NamedTuple

from polyai_assets.simulator.days import Entry
from polyai_assets.simulator.moments import SECOND, parsed
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.readable import object_in


class Conversation(NamedTuple):
    """A conversation at `now`. `ended` is None while it is in progress; moments are microseconds since 1970."""

    project: SimulatedProject
    entry: Entry
    record: dict[str, Any]
    turns: list[dict[str, Any]]
    ended: int | None
    now: int

    @property
    def id(self) -> str:
        """The conversation's id."""
        return self.entry.id

    @property
    def is_call(self) -> bool:
        """Whether it is spoken."""
        return "VOICE" in self.entry.channel.upper()

    @property
    def has_recording(self) -> bool:
        """Whether there is audio: for calls only, and once they are over."""
        return self.is_call and self.ended is not None

    def metric(self, name: str) -> list[str]:
        """Return the values of a metric, which v3 writes as one string or as several in an array."""
        metrics = self.record.get("metrics")
        value = metrics.get(name) if isinstance(metrics, dict) else None
        return value if isinstance(value, list) else [] if value is None else [value]

    def share(self, of: str) -> float:
        """Return a number in [0, 1) that hangs on the id and on `of`, and on nothing else."""
        digest = hashlib.blake2b(f"{of} {self.id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


def conversation_at(project: SimulatedProject, entry: Entry, now: int) -> Conversation:
    """Read what `entry` says; a record that is not a JSON object says nothing but what the entry knows."""
    record = object_in(entry.body) or {}
    turns = record.get("turns")
    ended, total = entry.ended, record.get("total_duration")
    if entry.in_progress:
        ended = None
    elif ended is None:
        ended = entry.started + (total * SECOND if isinstance(total, int) else 0)
    return Conversation(
        project,
        entry,
        record,
        [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else [],
        ended,
        now,
    )


def moment_in(record: dict[str, Any], field: str) -> int | None:
    """Return the moment that a field holds, or None if it holds none."""
    text = record.get(field)
    try:
        return parsed(text) if isinstance(text, str) else None
    except ValueError:
        return None
