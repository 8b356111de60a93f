"""What the agent itself extracted from a conversation: values of entities, of its state and of functions' arguments.

The agent has found the names already; what it found is looked for in the text of the same conversation.

    state {"guest_name": "Ann Lee", "nights": 2}     ann lee, ann and lee are a guest_name; 2 is too short to be found
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from polyai_assets.contract.convert import to_text
from polyai_assets.contract.lenient import Unreadable, read_json
from polyai_assets.privacy.policy import PrivacyPolicy

SHORTEST = 3
LONGEST = 80
"""Characters of a value that is looked for."""
_MOST_LEVELS = 8
_NAMELIKE = re.compile(r"name|guest|caller|patient|customer|nombre|nom\b|imi|nazwisko", re.IGNORECASE)
_NO_NAME = re.compile(r"[^\w.-]+")
_WORDS = frozenset(
    {
        "true",
        "false",
        "none",
        "null",
        "yes",
        "no",
        "unknown",
        "other",
        "new",
        "existing",
        "the",
        "and",
        "live",
    }
    | {"inbound", "outbound", "voice", "chat", "today", "tomorrow", "morning", "afternoon", "evening"}
)
"""Values that are no one's."""

NOT_EXTRACTED = ("asr_lang_code", "call_sid", "shared_id", "language", "sip_method", "method", "utterance")
"""Members of the agent's state that are PolyAI's own."""

Values = dict[str, str]
"""From a value in small letters to the name of what it is."""


def _add(sent: Any, kept: frozenset[str], found: Values) -> None:
    """Add what an object of extracted values holds, but for the members that are named in `kept`."""
    for name, value in _leaves(sent, "", kept, 0):
        for text in _searched(name, value):
            found.setdefault(text, _NO_NAME.sub("_", name)[:40] or "value")


def _leaves(sent: Any, name: str, kept: frozenset[str], level: int) -> Iterator[tuple[str, str]]:
    if isinstance(sent, Mapping) and level < _MOST_LEVELS:
        for key, value in sent.items():
            if key not in kept:
                yield from _leaves(value, str(key), kept, level + 1)
    elif isinstance(sent, list | tuple) and level < _MOST_LEVELS:
        for value in sent:
            yield from _leaves(value, name, kept, level + 1)
    elif isinstance(sent, str):
        yield name, sent
    elif isinstance(sent, int) and not isinstance(sent, bool):
        yield name, str(sent)


def _searched(name: str, value: str) -> Iterator[str]:
    """Give the texts by which a value is found: itself, and the words of a name."""
    text = value.strip().lower()
    shortest = SHORTEST if text.isascii() else 2  # as long as a name is in Chinese or Japanese
    if not shortest <= len(text) <= LONGEST or text in _WORDS:
        return
    yield text
    if _NAMELIKE.search(name):
        yield from (
            word for word in re.findall(r"[^\W\d_]+", text) if len(word) >= SHORTEST and word not in _WORDS
        )


class _Event(msgspec.Struct):
    """What of a function event is looked into."""

    arguments: Any = None
    state_changes: Any = None


class _Turn(msgspec.Struct):
    """What of a turn is looked into."""

    entities: Any = None


class _Sent(msgspec.Struct):
    """What is looked into of a record, as the list or the Agents API has it."""

    id: Any = None
    conversationId: Any = None  # noqa: N815 - the API's name
    state: Any = None
    turns: list[_Turn] | None = None
    functionEvents: dict[str, list[_Event]] | None = None  # noqa: N815 - the API's name


_decode = msgspec.json.Decoder(_Sent).decode


class Extracted:
    """What the agent extracted, by conversation; without members that a policy keeps: these are no one's."""

    def __init__(self, policy: PrivacyPolicy) -> None:
        self._state = frozenset((*policy.keep_state, *NOT_EXTRACTED))
        self._entities = frozenset(policy.keep_entities)
        self._arguments = frozenset(policy.keep_arguments)
        self._found: dict[str, Values] = {}

    def of(self, conversation_id: str) -> Values:
        """Give the values of a conversation, the longest first."""
        return self._found.get(conversation_id, {})

    def learn(self, payload: bytes) -> None:
        """Add what a record of a conversation holds, as the list or the Agents API sent it."""
        try:
            sent = _decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            sent = _read_otherwise(payload)
        name = sent.id if isinstance(sent.id, str) else sent.conversationId
        if not isinstance(name, str):
            return
        found = dict(self._found.get(name, {}))
        known = len(found)
        _add(sent.state, self._state, found)
        for turn in sent.turns or ():
            if turn.entities:
                _add(turn.entities, self._entities, found)
        for events in (sent.functionEvents or {}).values():
            for event in events:
                _add(event.arguments, self._arguments, found)
                _add(event.state_changes, self._state, found)
        if len(found) > known:
            self._found[name] = dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _read_otherwise(payload: bytes) -> _Sent:
    """Read a record of other types than are declared; nothing of one that cannot be read at all."""
    try:
        sent = read_json(payload)
    except (Unreadable, RecursionError):
        return _Sent()
    if not isinstance(sent, dict):
        return _Sent()
    turns = sent.get("turns")
    events = sent.get("functionEvents")
    return _Sent(
        id=to_text(sent.get("id")),
        conversationId=sent.get("conversationId"),
        state=sent.get("state"),
        turns=[_Turn(turn.get("entities")) for turn in turns if isinstance(turn, dict)]
        if isinstance(turns, list)
        else None,
        functionEvents={"": [_Event(arguments=events)]},
    )
