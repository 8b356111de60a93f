"""Committing details to the raw store: what was asked for now, merged with what is kept."""

import hashlib
import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from secrets import token_hex

from msgspec.structs import replace

from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.decisions import reaches_back, read_decisions
from polyai_assets.raw.conversations.vanished import KEEP, VanishedPolicy
from polyai_assets.raw.dataset import Cleaning
from polyai_assets.raw.details.asked_again import Known, has_ended, next_due_at
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, MOST_NAMED, DetailsCertificate
from polyai_assets.raw.details.files import Asked, DetailSpool, DetailWriter, read_details, read_known
from polyai_assets.raw.disk import naming_what_is_full, temporary_folder
from polyai_assets.raw.header import Row
from polyai_assets.raw.store import RawStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of an asking: who could not be asked for, how many calls were made, and when.

    Of the `failed`, those that were tried come first. `unchanged` needed no call: the list shows them as they were.
    They count as asked for at the moment it says.
    """

    failed: Mapping[str, Exception]
    calls: int
    started_at: datetime
    finished_at: datetime
    unchanged: Mapping[str, Known] = field(default_factory=dict)


def known_details(store: RawStore, certificate: DetailsCertificate | None) -> dict[str, Known]:
    """Read who was asked for, and when. What only a damaged file knew is asked for again."""
    if certificate is None:
        return {}
    with DETAIL_FILES.newest_sound(store, certificate) as path:
        return read_known(path) if path else {}


def commit_details(
    store: RawStore,
    conversations: Certificate,
    rows: Sequence[Row],
    spool: DetailSpool,
    attempt: Attempt,
    keep_versions: int,
    vanished: VanishedPolicy = KEEP,
) -> DetailsCertificate:
    """Write the details of a partition and, last, their certificate.

    `rows` are the records of the partition, as its certificate `conversations` names them. What another run has
    committed meanwhile is kept; of two askings for a conversation the later counts, but what was found stays until
    something else is. Where nothing is other than it was, there is a new certificate and no second file. A file that
    is damaged is replaced. Details go with their conversations where a person has decided that what has vanished is
    forgotten.

    Raises OSError, CertificateUnreadable and DecisionsUnreadable; then nothing is changed.
    """
    partition = conversations.partition

    def build(current: DetailsCertificate | None) -> tuple[DetailsCertificate, Cleaning]:
        return _build(store, conversations, rows, spool, attempt, keep_versions, vanished, current)

    return DETAIL_FILES.commit(store, partition, build)


def _build(
    store: RawStore,
    conversations: Certificate,
    rows: Sequence[Row],
    spool: DetailSpool,
    attempt: Attempt,
    keep_versions: int,
    vanished: VanishedPolicy,
    current: DetailsCertificate | None,
) -> tuple[DetailsCertificate, Cleaning]:
    """Build the certificate of details on top of what is current, and write their file."""
    partition = conversations.partition
    erased = Tombstones.read(store, partition.project)
    rows = [row for row in rows if row.identity not in erased]
    listed = {row.conversation_id for row in rows if row.conversation_id and row.vanished_at is None}
    summary = _Summary()
    decided = read_decisions(store, partition).forget_vanished_until
    until = vanished.forget_until(decided, attempt.started_at)
    held = {row.conversation_id for row in rows if vanished.keeps_text or row.vanished_at is None}
    if not vanished.keeps_text:
        until = attempt.finished_at
    forgetting = _Forgetting(held, until, erased)
    with temporary_folder() as local:
        path = local / "details.parquet"
        with naming_what_is_full(path), DetailWriter(path, listed.__contains__, summary.see) as writer:
            _merge(store, current, spool, attempt.unchanged, forgetting, writer)
        certificate = _certificate(conversations, rows, summary, attempt)
        versions = current.versions if current else []
        is_sound = current is not None and DETAIL_FILES.is_sound(store, current)
        if current and current.records_sha256 == certificate.records_sha256 and is_sound:
            file = current.file
        else:
            if current and not is_sound:
                versions = [version for version in versions if version != current.file]
            file = DETAIL_FILES.put_file(store, partition, f"{certificate.id}.parquet", path)
            versions = [*versions, file]
    if forgetting.names or (current and reaches_back(decided, current.started_at)):
        versions = versions[-1:]
    certificate = replace(certificate, file=file, versions=versions[-keep_versions:])
    return certificate, Cleaning(certificate.finished_at, decided)


class _Summary:
    """Sums up what is written to a file of details."""

    def __init__(self) -> None:
        self.listed: dict[str, Known] = {}
        self._digests: list[bytes] = []

    def see(self, asked: Asked, listed: bool, digest: bytes | None) -> None:
        """Take note of a detail."""
        if listed:
            self.listed[asked.conversation_id] = asked.known
        # by what a moment is: Parquet gives its zone back as another object
        moment = asked.asked_at.astimezone(UTC).isoformat()
        described = repr(
            (asked[:3], moment, asked.of_payload_sha256, listed, digest, *filter(None, asked[5:]))
        )
        self._digests.append(hashlib.sha256(described.encode("utf-8", errors="backslashreplace")).digest())

    @property
    def records_sha256(self) -> str:
        """Identify the set of details, whatever file it lies in."""
        return hashlib.sha256(b"".join(sorted(self._digests))).hexdigest()


def _merge(
    store: RawStore,
    current: DetailsCertificate | None,
    spool: DetailSpool,
    unchanged: Mapping[str, Known],
    forgetting: "_Forgetting",
    writer: DetailWriter,
) -> None:
    fresh = {name: asked for name, asked in spool.asked.items() if not forgetting.forgets(asked)}
    if current is not None:
        with DETAIL_FILES.newest_sound(store, current) as path:
            for row in read_details(path) if path else ():
                kept = Asked(*(row[name] for name in Asked._fields))
                if forgetting.forgets(kept):
                    continue
                newer = fresh.get(kept.conversation_id)
                if newer is None or newer.asked_at < kept.asked_at:
                    fresh.pop(kept.conversation_id, None)
                    writer.add(_moved_on(kept, unchanged), row["payload"])
                elif kept.status == FOUND and newer.status != FOUND:
                    del fresh[kept.conversation_id]
                    writer.add(_of_earlier(kept, newer), row["payload"])
    for name in sorted(fresh):
        writer.add(_moved_on(fresh[name], unchanged), spool.payload(name))


def _of_earlier(kept: Asked, newer: Asked) -> Asked:
    """Keep a detail that the Agents API had, when it has none any more, or answers with something else."""
    reason = kept.reason or f"as of {kept.asked_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC; then: {newer.reason}"
    return newer._replace(status=FOUND, reason=reason, listed_sha256=None)


class _Forgetting:
    """Who is forgotten with the conversation: who was erased, and whom the partition holds no more, if so decided."""

    def __init__(self, held: Set[str | None], until: datetime | None, erased: Tombstones) -> None:
        self._held, self._until, self._erased = held, until, erased
        self.names: set[str] = set()

    def forgets(self, asked: Asked) -> bool:
        """Tell whether a detail is to be left out."""
        name = asked.conversation_id
        is_decided = self._until is not None and name not in self._held and asked.asked_at <= self._until
        if not is_decided and name not in self._erased:
            return False
        self.names.add(name)
        return True


def _moved_on(asked: Asked, unchanged: Mapping[str, Known]) -> Asked:
    """Move the moment of an asking on if it is the one that the list shows no change since."""
    seen = unchanged.get(asked.conversation_id)
    if seen and seen.asked_at > asked.asked_at and seen == asked.known._replace(asked_at=seen.asked_at):
        return asked._replace(asked_at=seen.asked_at)
    return asked


def _certificate(
    conversations: Certificate, rows: Sequence[Row], summary: _Summary, attempt: Attempt
) -> DetailsCertificate:
    failed = attempt.failed
    ended = {row.conversation_id: row for row in rows if has_ended(row) and row.conversation_id}
    known = {name: detail for name, detail in summary.listed.items() if name in ended}
    not_asked = [name for name in failed if name in ended]
    not_asked += sorted(name for name in ended if name not in known and name not in failed)
    counts = dict.fromkeys((FOUND, MISSING, UNREADABLE), 0)
    for name, detail in known.items():
        if name not in failed:
            counts[detail.status] += 1
    present = [row for row in rows if row.vanished_at is None]
    return DetailsCertificate(
        project=conversations.project,
        date=conversations.date,
        id=f"{attempt.started_at:%Y%m%dT%H%M%S%fZ}-{token_hex(4)}",
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        code_version=version("polyai-assets"),
        of_records_sha256=conversations.records_sha256,
        conversations=len(present),
        in_progress=sum(row.in_progress for row in present),
        without_id=sum(not row.conversation_id for row in present),
        found=counts[FOUND],
        missing=counts[MISSING],
        unreadable=counts[UNREADABLE],
        not_asked=len(not_asked),
        errors={name: str(failed.get(name, "it was not asked for")) for name in not_asked[:MOST_NAMED]},
        calls=attempt.calls,
        unchanged=len(attempt.unchanged),
        next_due_at=next_due_at(
            conversations.date, ((ended[name], detail) for name, detail in known.items())
        ),
        records_sha256=summary.records_sha256,
    )
