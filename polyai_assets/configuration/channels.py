"""The channels that conversations can be filtered by."""

from polyai_assets.configuration.rules import Rule, some_of
from polyai_assets.contract.contract import PACKAGED, Contract


def filter_words(contract: Contract = PACKAGED) -> tuple[str, ...]:
    """Give the channels as PolyAI's filter knows them.

    `voice` is every kind of call, and each value of the field `channel` that a contract knows is itself.
    """
    known = next(one.known for one in contract.conversation if one.name == "channel")
    return tuple(dict.fromkeys(["voice", *(one.casefold() for one in known)]))


def known_channels(contract: Contract = PACKAGED) -> Rule:
    """Take channels that a contract knows."""
    return some_of(filter_words(contract), "channel that PolyAI is known to have", any_case=True)


CHANNELS = Rule(some_of((), "channel").read, known_channels().schema)
"""Takes any channels: whether they are known is judged by the contract, which stands in the same file."""
