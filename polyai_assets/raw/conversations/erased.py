"""Who is left out of a fetched day, since it was erased: by its id, or by the contact on one of its sides."""

from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

import pyarrow as pa
from msgspec.structs import replace

from polyai_assets.api.project import Project
from polyai_assets.privacy.erased_contacts import ErasedContacts
from polyai_assets.privacy.scrub import Scrubber
from polyai_assets.privacy.tombstones import Tombstone, Tombstones, keep_tombstones
from polyai_assets.raw.conversations.certificate import Certificate, decode
from polyai_assets.raw.conversations.spooled import SpooledRecords
from polyai_assets.raw.dataset import encode
from polyai_assets.raw.file_store import FileStore

_BY_CONTACT = "of a contact that was erased for the future, too"


@dataclass(frozen=True, slots=True)
class Erased:
    """The tombstones of a project, and the conversations of a day that have one, fetched or kept."""

    tombstones: Tombstones
    names: Set[str]

    @classmethod
    def among(
        cls, store: FileStore, project: Project, kept: pa.ChunkedArray, fetched: SpooledRecords
    ) -> "Erased":
        """Find those of a day, by the identities that are `kept`, and by what was `fetched`.

        What is fetched of an erased contact gets a tombstone, for its details and recordings.

        Raises TombstonesUnreadable and StoreUnavailable.
        """
        contacts = ErasedContacts.read(store, project)
        if contacts:
            names = [
                identity
                for identity, payload in zip(_each(fetched.identities), fetched.payloads(), strict=True)
                if contacts.are_of(payload)
            ]
            now = datetime.now(UTC).isoformat(timespec="seconds")
            keep_tombstones(store, project, names, Tombstone(now, _BY_CONTACT))
        tombstones = Tombstones.read(store, project)
        return cls(tombstones, tombstones.among(chain(_each(kept), _each(fetched.identities))))

    def counted(
        self, certificate: Certificate, current: Certificate | None, left: Collection[str]
    ) -> Certificate:
        """Count in a certificate the conversations that were fetched and `left` out, and have it name them no more.

        What was fetched is what the API has: its proof counts them, too. A top-up sees a part of the day only.
        """
        left_out = {self.tombstones.token(name) for name in left}
        if certificate.top_ups and current is not None:
            left_out |= set(current.tombstones)
        if not left_out:
            return certificate
        unnamed = decode(Scrubber(left).json(encode(certificate)))
        return replace(unnamed, erased=len(left_out), tombstones=sorted(left_out))


def _each(identities: pa.ChunkedArray) -> Iterator[str]:
    for some in identities.chunks:
        yield from some.to_pylist()
