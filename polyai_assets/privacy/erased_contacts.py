"""Contacts that were erased for the future, too: their later conversations are left out as they are fetched.

    <root>/erased/contacts/<scope>@<pseudonym of the contact>

The scope is a project's key, an account, or nothing for all of them. A telephone number can be guessed from a hash
whose salt is known, so a contact stands under its pseudonym, by the key of POLYAI_PSEUDONYM_KEY.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.contract.lenient import Unreadable, read_json
from polyai_assets.privacy.contact import read_contact
from polyai_assets.privacy.pseudonym import VARIABLE, PseudonymKeys, PseudonymKeyUnusable, Pseudonyms
from polyai_assets.privacy.tombstones import ROOT, Tombstone, TombstonesUnreadable
from polyai_assets.raw.file_store import FileStore

_FOLDER = f"{ROOT}/contacts"
_SIDES = {
    "from_number": "to_number",
    "to_number": "from_number",
    "fromNumber": "toNumber",
    "toNumber": "fromNumber",
}
"""Where records of the list, and details, have the contacts on both sides of a conversation: each to the other."""


@dataclass(frozen=True, slots=True)
class ErasedContacts:
    """The contacts of a project that were erased for the future, by their pseudonyms."""

    tokens: Set[str] = frozenset()
    _pseudonyms: Pseudonyms | None = field(default=None, repr=False)

    @classmethod
    def read(cls, store: FileStore, project: Project) -> Self:
        """Read those of a project. Raises TombstonesUnreadable where there are some and their key is not there."""
        scopes = {_scope(""), _scope(project.account_id), _scope(project.key)}
        named = (name.rpartition("@") for name in store.names(_FOLDER))
        tokens = frozenset(token for scope, _, token in named if scope in scopes)
        return cls(tokens, _pseudonyms_for(tokens)) if tokens else cls()

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def are_of(self, payload: bytes) -> bool:
        """Tell whether a record or a detail is of one of them, on either side."""
        made = self._pseudonyms
        return made is not None and any(
            not self.tokens.isdisjoint(made.candidates(sent, other)) for sent, other in sides_of(payload)
        )


def keep_contact(store: FileStore, scope: str, contact: str, tombstone: Tombstone) -> None:
    """Keep that later conversations of a contact are left out. Raises PseudonymKeyUnusable."""
    token = Pseudonyms(PseudonymKeys.read(), "").candidates(contact)[0]
    store.write_new(f"{_FOLDER}/{_scope(scope)}@{token}", msgspec.json.encode(tombstone))


def forms_in(payload: bytes, contact: str) -> set[str]:
    """Give the forms in which a record or a detail has a contact, in its normal form, on either side."""
    return {sent for sent, other in sides_of(payload) if is_contact(sent, other, contact)}


def is_contact(sent: str, other: str, contact: str) -> bool:
    """Tell whether one side is a contact, in its normal form: as it is sent, or as it is dialled where the other is."""
    return contact in (read_contact(sent).value, read_contact(sent, other).value)


def sides_of(payload: bytes) -> Iterator[tuple[str, str]]:
    """Read the contacts on both sides of a record or a detail, each with the other; none where it cannot be read."""
    try:
        found = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
        sides = {name: msgspec.json.decode(found[name]) for name in _SIDES if name in found}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # strict readers refuse it
        sides = _lenient_sides(payload)
    texts = {name: side for name, side in sides.items() if isinstance(side, str)}
    yield from ((side, texts.get(_SIDES[name], "")) for name, side in texts.items())


def _lenient_sides(payload: bytes) -> dict[str, object]:
    try:
        found = read_json(payload)
    except Unreadable:
        return {}
    return {name: found.get(name) for name in _SIDES} if isinstance(found, dict) else {}


def _pseudonyms_for(tokens: Set[str]) -> Pseudonyms:
    try:
        keys = PseudonymKeys.read()
    except PseudonymKeyUnusable as error:
        raise TombstonesUnreadable(
            f"contacts of this project were erased for the future, too, and whose conversations must be left out "
            f"cannot be known without their key: {error}"
        ) from None
    ids = {key.id for key in keys.all}
    gone = sorted({token.partition("_")[0][1:] for token in tokens} - ids)
    if gone:
        raise TombstonesUnreadable(
            f"contacts of this project were erased for the future, too, with a key of the id {gone[0]}, which "
            f"{VARIABLE} does not hold: add it there, as the key of before"
        )
    return Pseudonyms(keys, "")


def _scope(scope: str) -> str:
    return quote(scope, safe="")
