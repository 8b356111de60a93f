"""Who is left out of a fetched day, since it was erased: by its id, or by the contact on one of its sides."""

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from polyai_assets.api.project import Project
from polyai_assets.privacy.erased_contacts import ErasedContacts
from polyai_assets.privacy.scrub import Scrubber
from polyai_assets.privacy.tombstones import Tombstone, Tombstones, keep_tombstones
from polyai_assets.raw.conversations.certificate import Certificate, decode
from polyai_assets.raw.conversations.walk_spool import Spooled, read_payloads
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
        cls, store: FileStore, project: Project, kept: Iterable[str], fetched: Collection[Spooled]
    ) -> "Erased":
        """Find those of a day. What is fetched of an erased contact gets a tombstone, for its details and recordings.

        Raises TombstonesUnreadable and StoreUnavailable.
        """
        contacts = ErasedContacts.read(store, project)
        if contacts:
            records = list(fetched)
            names = [
                record.entry.identity
                for record, payload in zip(records, read_payloads(records), strict=True)
                if contacts.are_of(payload)
            ]
            now = datetime.now(UTC).isoformat(timespec="seconds")
            keep_tombstones(store, project, names, Tombstone(now, _BY_CONTACT))
        tombstones = Tombstones.read(store, project)
        return cls(tombstones, tombstones.among([*kept, *(record.entry.identity for record in fetched)]))

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
