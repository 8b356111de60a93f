"""The master key of a raw store: it wraps the data keys of projects, and lies in the environment, never beside them.

POLYAI_MASTER_KEY=2:<secret>,1:<the secret of before>
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from polyai_assets.machine.actionable import Actionable

VARIABLE = "POLYAI_MASTER_KEY"
SHORTEST = 32
_MADE_BY = "python -c \"import secrets; print('1:' + secrets.token_hex(32))\""
_ID = re.compile(r"[0-9a-z]{1,8}")


class MasterKeyUnusable(Actionable):
    """There is no master key, or none that opens what was encrypted. Says why, and what to do."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A master key: its id, which stands beside what it wraps, and its secret."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The keys of this process by their ids, the current one first."""

    keys: tuple[MasterKey, ...]

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ, *, is_first: bool = False) -> Self:
        """Read them from the environment; `is_first` where nothing is encrypted yet. Raises MasterKeyUnusable."""
        written = environment.get(VARIABLE, "").strip()
        if not written and is_first:
            raise MasterKeyUnusable(
                f"{VARIABLE} is not set. Make a key with {_MADE_BY}, keep a copy of it apart from the raw store, and "
                "set it here and wherever days are fetched, loaded or erased. Nothing was encrypted"
            )
        if not written:
            raise MasterKeyUnusable(
                f"the raw store is encrypted, and {VARIABLE} is not set: set it wherever days are fetched, loaded or "
                f"erased, to the key that it was encrypted with (ID:SECRET; a new one is made with {_MADE_BY}). "
                "If it is lost, what is encrypted cannot be read by anyone: move the raw store away, and fetch again "
                "what PolyAI still has"
            )
        keys = tuple(_read(part.strip()) for part in written.split(","))
        if len({key.id for key in keys}) < len(keys):
            raise MasterKeyUnusable(f"{VARIABLE} holds two keys of the same id: give the new one another id")
        return cls(keys)

    @property
    def current(self) -> MasterKey:
        """The key that wraps from now on."""
        return self.keys[0]

    def of_id(self, key_id: str, what: str) -> MasterKey:
        """Give the key of an id, which has wrapped `what`. Raises MasterKeyUnusable."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise MasterKeyUnusable(
            f"{what} is wrapped by a master key of the id {key_id}, which {VARIABLE} does not hold: add it there, as "
            f"in {VARIABLE}={self.current.id}:…,{key_id}:…, and wrap it anew with `polyai rotate-key`"
        )


def _read(written: str) -> MasterKey:
    key_id, colon, secret = written.partition(":")
    if not colon or not _ID.fullmatch(key_id):
        raise MasterKeyUnusable(
            f"{VARIABLE} must be ID:SECRET, with an id of 1 to 8 digits and small letters; make one with {_MADE_BY}"
        )
    if len(secret) < SHORTEST:
        raise MasterKeyUnusable(
            f"{VARIABLE} has a secret of fewer than {SHORTEST} characters: make one with {_MADE_BY}"
        )
    return MasterKey(key_id, secret)
