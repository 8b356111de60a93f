"""Reading what is kept of searches and samples."""

from typing import TypeVar

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.store import RawStore

T = TypeVar("T")


class RetrievalUnreadable(Actionable):
    """A file of searches or samples is damaged. Says which, and what to do."""


def decode(store: RawStore, name: str, content: bytes, kind: type[T]) -> T:
    """Read a file of the store, of this name below the root. Raises RetrievalUnreadable."""
    try:
        return msgspec.json.decode(content, type=kind)
    except UNREADABLE as error:
        raise RetrievalUnreadable(
            f"{store.url}/{name} is nothing that we can read ({error}). "
            "Put it back from a backup; or move it away and materialize the day again: PolyAI is asked anew."
        ) from error


def encode(content: msgspec.Struct) -> bytes:
    """Write JSON for people, too."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2)
