"""Pseudonyms: what stands for a contact where the contact itself must not be known.

A pseudonym is a keyed hash: the same contact has the same one wherever the key is the same, and without the key it
cannot be made. Whoever has the key can find out whose it is: data with pseudonyms are personal data still.

    key          POLYAI_PSEUDONYM_KEY=2:<secret>,1:<the secret of before>
    pseudonym    p2_pmfrggzdfmztwq2lk…       of key 2; the letter after _ is its kind: phone, e-mail, id, staff
"""

import hmac
import os
import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from polyai_assets.machine.actionable import Actionable
from polyai_assets.privacy.contact import LETTERS, PSEUDONYM, STAFF, Contact, read_contact

VARIABLE = "POLYAI_PSEUDONYM_KEY"
"""The environment variable that holds the key, or the new one and the one of before."""

SHORTEST_KEY = 32
_MADE_BY = 'python -c "import secrets; print(secrets.token_hex(32))"'
_ID = re.compile(r"[0-9a-z]{1,8}")
_CHARACTERS = 25


class PseudonymKeyUnusable(Actionable):
    """There is no key for pseudonyms, or none that can be used. Says why, and how a key is made."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{VARIABLE} {why}. It holds ID:SECRET, such as 1:6f1c…, with a secret of {SHORTEST_KEY} characters; "
            f"make it with {_MADE_BY}, keep a copy where only few can read it, and set it wherever days are loaded"
        )


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A key: its id, which stands in every pseudonym, and its secret."""

    id: str
    secret: str = field(repr=False)

    def digest(self, scope: str, kind: str, value: str) -> bytes:
        """Give the keyed hash of a value: HMAC-SHA-256 of scope, kind and value, each ended by NUL."""
        said = "".join(f"{part}\0" for part in (scope, kind, value))
        return hmac.digest(self.secret.encode(), said.encode("utf-8", "surrogatepass"), sha256)

    def token(self, scope: str, contact: Contact) -> str:
        """Give the pseudonym of a contact that has a normal form."""
        hashed = b32encode(self.digest(scope, contact.kind, contact.value)).decode().lower()
        return f"p{self.id}_{LETTERS[contact.kind]}{hashed[:_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class PseudonymKeys:
    """The key that pseudonyms are made with, and the one before it, which is known until days are loaded anew."""

    current: PseudonymKey
    former: PseudonymKey | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the keys of this process. Raises PseudonymKeyUnusable."""
        written = environment.get(VARIABLE, "").strip()
        if not written:
            raise PseudonymKeyUnusable("is not set, and contacts are to be pseudonymized")
        keys = [_read_key(part.strip()) for part in written.split(",")]
        if len(keys) > 2:
            raise PseudonymKeyUnusable(
                "holds more than two keys: only the new one and the one before are needed"
            )
        if len({key.id for key in keys}) < len(keys):
            raise PseudonymKeyUnusable("holds two keys of the same id: the new one needs another")
        return cls(*keys)

    @property
    def all(self) -> tuple[PseudonymKey, ...]:
        """The keys, the current one first."""
        return (self.current,) if self.former is None else (self.current, self.former)


def _read_key(written: str) -> PseudonymKey:
    key_id, colon, secret = written.rpartition(":")
    if not colon:
        key_id = "1"
    if not _ID.fullmatch(key_id):
        raise PseudonymKeyUnusable("has an id that is not 1 to 8 digits and small letters")
    if len(secret) < SHORTEST_KEY:
        raise PseudonymKeyUnusable(f"has a secret of fewer than {SHORTEST_KEY} characters")
    return PseudonymKey(key_id, secret)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms of a scope: an account, in which the same contact has the same one, or "" for all accounts."""

    keys: PseudonymKeys
    scope: str
    _made: dict[Contact, str] = field(default_factory=dict, compare=False)

    def of_contact(self, sent: str, ours: str = "") -> str:
        """Give the pseudonym of a contact as it was sent. What is none, withheld, or a pseudonym already stays.

        `ours` is the number of the agent, by which a national number gets its country code.
        """
        contact = read_contact(sent, ours)
        return sent if not contact.value or PSEUDONYM.fullmatch(sent) else self._of(contact)

    def of_staff(self, sent: str) -> str:
        """Give the pseudonym of a member of staff, mostly an e-mail address."""
        name = sent.strip().lower()
        return sent if not name or PSEUDONYM.fullmatch(sent) else self._of(Contact(STAFF, name))

    def candidates(self, sent: str, ours: str = "") -> tuple[str, ...]:
        """Give every pseudonym that a contact may have in tables: by each of the keys, the current one first.

        With the number of the agent, `ours`, also those of a national number with its country code.
        """
        contacts = dict.fromkeys((read_contact(sent), read_contact(sent, ours)))
        return tuple(
            key.token(self.scope, contact) for contact in contacts if contact.value for key in self.keys.all
        )

    def _of(self, contact: Contact) -> str:
        made = self._made.get(contact)
        if made is None:
            made = self._made[contact] = self.keys.current.token(self.scope, contact)
        return made
