"""The option `vanished`: a word, or a mapping that says after how long."""

from collections.abc import Mapping
from datetime import timedelta

from polyai_assets.configuration.rules import Rule, duration
from polyai_assets.raw.conversations.vanished import VanishedPolicy

_LONGEST = timedelta(days=3660)
_WORDS = {"keep": VanishedPolicy(), "keep_without_text": VanishedPolicy(keeps_text=False)}
_MUST = "must be keep, keep_without_text, or a mapping such as {drop_after: 30d}"


def vanished_policy() -> Rule:
    """Take what is to be kept of vanished conversations."""
    after = duration(_LONGEST)

    def read(value: object) -> VanishedPolicy:
        if isinstance(value, VanishedPolicy):
            return value
        if isinstance(value, Mapping):
            if set(value) != {"drop_after"}:
                raise ValueError(_MUST)
            try:
                return VanishedPolicy(drop_after=after.read(value["drop_after"]))
            except ValueError:
                raise ValueError(_MUST) from None
        policy = _WORDS.get(str(value).strip())
        if policy is None:
            raise ValueError(_MUST)
        return policy

    mapping = {
        "type": "object",
        "properties": {"drop_after": dict(after.schema)},
        "required": ["drop_after"],
        "additionalProperties": False,
    }
    return Rule(read, {"anyOf": [{"enum": [*_WORDS]}, mapping]}, "word or mapping")
