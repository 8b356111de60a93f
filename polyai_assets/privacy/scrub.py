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


class Scrubber:
    """Takes `names`, ids or contacts, out of JSON: members and elements of that name go, texts name them no more."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        longest_first = sorted(filter(None, self._names), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> str:
        """Give a text in which they are named no more."""
        return self._pattern.sub(ERASED, text)

    def value(self, value: Any) -> Any:
        """Give a decoded JSON value without them."""
        if isinstance(value, dict):
            return {
                self.text(key): self.value(member) for key, member in value.items() if key not in self._names
            }
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
