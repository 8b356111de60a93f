"""Finding the conversations of a contact, or of ids, wherever the raw store and the tables have them.

Every state of a day that is kept is looked through: a conversation may have had another contact before, and may have
moved from one day to another. Records are read, since a number is written in many forms.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.contract.tables import CONVERSATION_DETAILS, CONVERSATIONS
from polyai_assets.privacy.contact import PHONE, read_contact
from polyai_assets.privacy.erased_contacts import forms_in, is_contact
from polyai_assets.privacy.pseudonym import PseudonymKeys, PseudonymKeyUnusable, Pseudonyms
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.records import read_rows, read_some_payloads
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.details.files import read_details
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.warehouse.attach import SCHEMA, Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.catalog import read_columns

_LAST_DIGITS = 7
"""So many of a number's last digits narrow the rows of a table down, however it is written."""


@dataclass(frozen=True, slots=True)
class SoughtConversations:
    """Whose conversations are to be found: by the normal form of a contact, or by ids."""

    contact: str = ""
    ids: Set[str] = frozenset()


@dataclass(slots=True)
class FoundConversations:
    """The conversations that were found, by identity in the raw store, and the days that hold something of each.

    `forms` are the ways in which their contact is written in records.
    """

    days: dict[Partition, set[str]] = field(default_factory=dict)
    forms: set[str] = field(default_factory=set)

    def add(self, partition: Partition, names: Iterable[str]) -> None:
        """Add conversations of a day."""
        found = set(names)
        if found:
            self.days.setdefault(partition, set()).update(found)

    def names(self, project: Project) -> set[str]:
        """Give all of a project."""
        return {
            name for partition, names in self.days.items() if partition.project == project for name in names
        }


def find_conversations(
    store: RawStore,
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    project: Project,
    wanted: SoughtConversations,
) -> FoundConversations:
    """Find the conversations of a project.

    Raises DamagedRawFile, CertificateUnreadable, WarehouseBusy and WarehouseUnreachable.
    """
    found = FoundConversations()
    for partition, names in _in_tables(connection, warehouse, project, wanted):
        found.add(partition, names)
    days = store.days(project)
    for day in days:
        _find_in_day(store, Partition(project, day), wanted, found)
    names = found.names(project)
    if names:  # a state of another day may have them, too
        for day in days:
            _find_in_day(store, Partition(project, day), SoughtConversations(ids=names), found)
    return found


def _find_in_day(
    store: RawStore, partition: Partition, wanted: SoughtConversations, found: FoundConversations
) -> None:
    certificate = store.certificate(partition)
    if certificate is None or certificate.is_retired:
        return
    looked_at: dict[bytes, bool] = {}
    for file in {certificate.file, *(version.file for version in certificate.versions)}:
        with CONVERSATION_FILES.open_file(store, certificate, file) as path:
            found.add(partition, _in_records(path, wanted, looked_at, found.forms))
    found.add(partition, wanted.ids & _named(certificate))
    details = DETAIL_FILES.read(store, partition)
    if details is None:
        return
    for file in {details.file, *details.versions}:
        with DETAIL_FILES.open_file(store, details, file) as path:
            found.add(partition, _in_details(path, wanted))


def _named(certificate: Certificate) -> set[str]:
    """Name the conversations of which a certificate alone may know: their record is on another day now."""
    return {*certificate.moved, *certificate.vanished, *certificate.in_progress}


def _in_records(
    path: Path, wanted: SoughtConversations, looked_at: dict[bytes, bool], forms: set[str]
) -> Iterator[str]:
    """Find them in a file of records. Of a payload that several states have it is `looked_at` once whose it is."""
    rows = list(read_rows(path))
    yield from (
        row.identity for row in rows if row.identity in wanted.ids or row.conversation_id in wanted.ids
    )
    if not wanted.contact:
        return
    new = {row.identity for row in rows if row.payload_sha256 not in looked_at}
    hashes = {row.identity: row.payload_sha256 for row in rows}
    for identity, payload in read_some_payloads(path, new).items() if new else ():
        theirs = forms_in(payload, wanted.contact)
        looked_at[hashes[identity]] = bool(theirs)
        forms |= theirs
    yield from (identity for identity, digest in hashes.items() if looked_at[digest])


def _in_details(path: Path, wanted: SoughtConversations) -> Iterator[str]:
    for row in read_details(path, ["conversation_id", "payload"] if wanted.contact else ["conversation_id"]):
        name, payload = row["conversation_id"], row.get("payload")
        if name in wanted.ids or (wanted.contact and payload and forms_in(payload, wanted.contact)):
            yield name


def _in_tables(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, project: Project, wanted: SoughtConversations
) -> Iterator[tuple[Partition, Set[str]]]:
    """Find them in the tables: their raw records may be kept no more."""
    rows: list[tuple[str, date, str | None, str | None]] = []
    try:
        with warehouse.attached(connection, read_only=True):
            there = read_columns(connection)
            for table in (CONVERSATIONS.name, CONVERSATION_DETAILS.name):
                if table in there:
                    rows += connection.execute(*_query(table, project, wanted)).fetchall()
    except WarehouseUnreachable:
        if not warehouse.is_ducklake:
            return  # nothing was loaded yet
        raise
    pseudonyms = _pseudonyms_of(project, wanted.contact)
    for name, day, caller, called in rows:
        sides = [(caller or "", called or ""), (called or "", caller or "")]
        is_theirs = any(
            is_contact(side, other, wanted.contact) or side in pseudonyms for side, other in sides if side
        )
        if name in wanted.ids or (wanted.contact and is_theirs):
            yield Partition(project, day), {name}


def _query(table: str, project: Project, wanted: SoughtConversations) -> tuple[str, dict[str, object]]:
    """Ask for the rows that may be theirs: whose digits end alike, or that are no number."""
    sides = ("from_number", "to_number")
    given: dict[str, object] = {"project": project.key}
    if wanted.ids:
        of_them = "list_contains($ids, conversation_id)"
        given["ids"] = sorted(wanted.ids)
    elif read_contact(wanted.contact).kind == PHONE:
        given["digits"] = wanted.contact[-_LAST_DIGITS:]
        given["pseudonyms"] = sorted(_pseudonyms_of(project, wanted.contact))
        of_them = " OR ".join(
            rf"contains(regexp_replace({side}, '\D', '', 'g'), $digits) OR list_contains($pseudonyms, {side})"
            for side in sides
        )
    else:
        given["text"] = wanted.contact.lower()
        given["pseudonyms"] = sorted(_pseudonyms_of(project, wanted.contact))
        of_them = " OR ".join(
            f"contains(lower({side}), $text) OR list_contains($pseudonyms, {side})" for side in sides
        )
    return (
        f"SELECT conversation_id, date, {', '.join(sides)} FROM {SCHEMA}.{table} "
        f"WHERE project = $project AND ({of_them})",
        given,
    )


def _pseudonyms_of(project: Project, contact: str) -> Set[str]:
    """Give the pseudonyms that a contact may have in the tables of a project; none where there is no key."""
    if not contact:
        return frozenset()
    try:
        keys = PseudonymKeys.read()
    except PseudonymKeyUnusable:
        return frozenset()
    scopes: Mapping[str, Pseudonyms] = {scope: Pseudonyms(keys, scope) for scope in ("", project.account_id)}
    return frozenset(token for made in scopes.values() for token in made.candidates(contact))
