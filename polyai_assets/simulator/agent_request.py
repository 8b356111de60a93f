"""A request to the Agents API: who asks, with which parameters and body, and the conversation that is asked for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from starlette.requests import Request

from polyai_assets.simulator.answers import CONVERSATION_NOT_FOUND, Refused
from polyai_assets.simulator.days import ServedConversation
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.moments import SECOND, parsed
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.served import object_in
from polyai_assets.simulator.world import World

T = TypeVar("T")


class Conversation(NamedTuple):
    """A conversation at `now`. `ended` is None while it is in progress; moments are microseconds since 1970."""

    project: SimulatedProject
    entry: ServedConversation
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


def conversation_at(project: SimulatedProject, entry: ServedConversation, now: int) -> Conversation:
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


@dataclass
class AgentsRequest:
    """A request that the key has opened a project for."""

    world: World
    exchange: Exchange
    request: Request
    body: bytes
    now: datetime

    @property
    def conversation(self) -> Conversation:
        """The conversation that is asked for. Raises Refused (404) if there is none."""
        exchange = self.exchange
        found = exchange.store.find(exchange.project, exchange.conversation_id or "", exchange.now)
        if found is None:
            raise Refused(404, CONVERSATION_NOT_FOUND, f"Conversation {exchange.conversation_id} not found")
        return conversation_at(exchange.project, found, exchange.now)

    def note_of(self, conversation: Conversation) -> str | None:
        """Return the note of a conversation."""
        return self.world.writes.note_of(conversation.project.key, conversation.id)

    def parameters(self, kind: type[T]) -> T:
        """Return the parameters of the request. Raises Refused (400) and says which one is wrong."""
        try:
            return msgspec.convert(dict(self.request.query_params), kind, strict=False)
        except msgspec.ValidationError as error:
            raise Refused(400, "BAD_REQUEST", str(error)) from error

    def content(self, kind: type[T]) -> T:
        """Return the body. Raises Refused: 422 if it does not fit `kind`, 400 if it is not JSON."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.ValidationError as error:
            raise Refused(422, "VALIDATION_ERROR", str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(400, "BAD_REQUEST", f"The body is not JSON: {error}") from error
