"""The channels that conversations can be filtered by."""

from polyai_assets.contract.conversation import CONVERSATION

_OF_RECORDS = next(one.known for one in CONVERSATION if one.name == "channel")

CHANNELS = tuple(dict.fromkeys(["voice", *(one.casefold() for one in _OF_RECORDS)]))
"""As PolyAI's filter knows them: `voice` is every kind of call, and each value of the field `channel` is itself."""
