"""Objects that may hold anything: only the members are kept that a policy names, and those that are PolyAI's own.

{"guest": "Ann", "tier": "gold", "call_sid": "CA1"}     with keep_state: [tier]
{"tier": "gold", "call_sid": "CA1"}
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

Rule = Callable[[Any, str], Any]
"""What is made of the value of a member of an object of a conversation, which is given by its id."""


def _as_it_is(value: Any, _conversation_id: str) -> Any:
    return value


class Members(NamedTuple):
    """Which members of an object are kept: what is made of each by its name. All others go."""

    rules: Mapping[str, Any]

    def of(self, sent: Any, conversation_id: str) -> Any:
        """Give what is kept of an object, or of each in a list; nothing of any other value."""
        if isinstance(sent, dict):
            return {
                name: (rule.of if isinstance(rule, Members) else rule)(sent[name], conversation_id)
                for name, rule in self.rules.items()
                if name in sent
            }
        if isinstance(sent, list):
            return [kept for kept in (self.of(element, conversation_id) for element in sent) if kept]
        return None

    def of_json(self, text: str | None, conversation_id: str = "") -> str | None:
        """Give what is kept of an object or a list in JSON; None where nothing is left of an object."""
        if text is None or text in _EMPTY:
            return text
        try:
            sent = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):  # what cannot be read is not known to hold nothing
            return "[]" if text.startswith("[") else None
        kept = self.of(sent, conversation_id)
        if isinstance(kept, list) or kept:
            return msgspec.json.encode(kept).decode()
        return "{}" if isinstance(sent, dict) else None


_EMPTY = ("{}", "[]", "null")


def named(names: tuple[str, ...], own: Mapping[str, Any] | None = None) -> Members:
    """Keep members by their names, and those that are PolyAI's own, each by its rule."""
    return Members({**(own or {}), **dict.fromkeys(names, _as_it_is)})


def unchanged(*names: str) -> dict[str, Rule]:
    """Keep members as they are."""
    return dict.fromkeys(names, _as_it_is)
