"""Tombstones: which conversations were erased, kept in the raw store, so that no fetch and no load has them again.

    <root>/erased/salt
    <root>/erased/conversations/<region>/<account>/<project>/<hash of the id>

A file stands for a conversation; it says when it was erased, and in which receipt. The hash is keyed by a salt that
lies beside it: ids are long and random, and a run that has no key of its own must know them, too. They are read where a
certificate is built and where records are loaded, and never remembered: a run that began before an erasure must see it.
"""

import hmac
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Self

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import project_folder

ROOT = "erased"
_SALT = f"{ROOT}/salt"
_CONVERSATIONS = f"{ROOT}/conversations"
_DIGITS = 32


class TombstonesUnreadable(Actionable):
    """Who was erased cannot be known: says why, and what to do. Until then nothing of the project is kept or loaded."""


class Tombstone(msgspec.Struct, frozen=True):
    """The content of a tombstone: when it was made, and in which receipt it is counted."""

    erased_at: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The conversations of a project that were erased, by the hashes of their ids."""

    tokens: Set[str] = frozenset()
    salt: bytes = field(default=b"", repr=False)

    @classmethod
    def read(cls, store: FileStore, project: Project) -> Self:
        """Read those of a project. Raises TombstonesUnreadable and StoreUnavailable."""
        tokens = frozenset(store.names(_folder(project)))
        return cls(tokens, _read_salt(store)) if tokens else cls()

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def token(self, identity: str) -> str:
        """Give the hash of a conversation."""
        return _hash(self.salt, identity)

    def __contains__(self, identity: object) -> bool:
        return bool(self.tokens) and isinstance(identity, str) and self.token(identity) in self.tokens

    def among(self, identities: Iterable[str]) -> set[str]:
        """Find the conversations that were erased."""
        return {identity for identity in identities if identity in self} if self.tokens else set()


def keep_tombstones(
    store: FileStore, project: Project, identities: Iterable[str], tombstone: Tombstone
) -> None:
    """Keep that conversations of a project were erased. What is kept of one already stays as it is."""
    store.write_new(_SALT, token_hex(32).encode())
    salt = _read_salt(store)
    content = msgspec.json.encode(tombstone)
    for identity in identities:
        store.write_new(f"{_folder(project)}/{_hash(salt, identity)}", content)


def _folder(project: Project) -> str:
    return f"{_CONVERSATIONS}/{project_folder(project.key)}"


def _hash(salt: bytes, identity: str) -> str:
    return hmac.digest(salt, identity.encode("utf-8", "surrogatepass"), sha256).hex()[:_DIGITS]


def _read_salt(store: FileStore) -> bytes:
    salt = store.read(_SALT)
    if not salt:
        raise TombstonesUnreadable(
            f"{store.location(_SALT)} is missing or empty: without it it cannot be known which conversations were "
            "erased, and nothing is fetched or loaded. Restore it from a backup of the raw store"
        )
    return salt
