"""Taking names out of what was written about a day: certificates, notes, decisions, refusals.

Members and elements that are such a name go, and texts name it no more. Without CA-1

    {"vanished": {"CA-1": "…", "CA-2": "…"}, "why": "CA-1 is odd"}
    {"vanished": {"CA-2": "…"}, "why": "[erased] is odd"}
"""

import re
from collections.abc import Collection
from typing import Any

import msgspec

ERASED = "[erased]"
"""What stands where a text named what was erased."""


_SHORTEST = 6
"""Shorter names are looked for as members and elements only: in texts they may be words."""

_OUR_WORDS = re.compile(r"[a-z_]*")
"""An id may be anything, one of our own words too; a member of that name is not of a conversation, and stays."""


class Scrubber:
    """Takes `names`, ids or contacts, out of JSON: members and elements of that name go, texts name them no more."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name for name in names if not _OUR_WORDS.fullmatch(name))
        long = sorted((name for name in self._names if len(name) >= _SHORTEST), key=len, reverse=True)
        named = "|".join(map(re.escape, long))
        # CA-1 is not named where CA-12 is
        self._pattern = re.compile(rf"(?<![\w-])({named})(?![\w-])" if long else r"(?!)")

    def text(self, text: str) -> str:
        """Give a text in which they are named no more."""
        return self._pattern.sub(ERASED, text)

    def value(self, value: Any) -> Any:
        """Give a decoded JSON value without them."""
        if isinstance(value, dict):
            return {key: self.value(member) for key, member in value.items() if key not in self._names}
        if isinstance(value, list):
            return [self.value(element) for element in value if not self._is_name(element)]
        return self.text(value) if isinstance(value, str) else value

    def json(self, content: bytes) -> bytes:
        """Give a JSON document without them; as it was where it names none of them."""
        value = msgspec.json.decode(content)
        clean = self.value(value)
        return content if clean == value else msgspec.json.format(msgspec.json.encode(clean), indent=2)

    def _is_name(self, element: object) -> bool:
        return isinstance(element, str) and element in self._names
