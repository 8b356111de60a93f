"""A request to the Agents API: who asks, for which conversation, with which parameters and what body."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from starlette.requests import Request

from polyai_assets.simulator.agent_conversation import Conversation, conversation_at
from polyai_assets.simulator.answers import CONVERSATION_NOT_FOUND, Refused
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.world import World

T = TypeVar("T")


@dataclass
class Asked:
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
