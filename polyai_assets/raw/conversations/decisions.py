"""What people decided on a partition, kept beside its certificate; and the refusal that asked for a decision."""

from datetime import datetime
from typing import TypeGuard, TypeVar

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.text_file import NotUTF8, decode_text
from polyai_assets.raw.conversations.suspicion import Decision, Doubt, Refusal
from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import accept_command, backfill_command
from polyai_assets.raw.store import RawStore

T = TypeVar("T", bound=msgspec.Struct)

_DECISIONS = "decisions.json"
_REFUSAL = "refused.json"

_RESTORE = (
    "Restore it from a backup; or move it away, fetch the day again with `{fetch_again}`, and decide once more what "
    "people had decided with `{accept}`, or with --forget-vanished in place of --why"
)
_FETCH_AGAIN = (
    "Fetch the day again with `{fetch_again}`: whether that fetch is believed is then found out anew"
)


class NothingToDecide(Actionable):
    """No fetch of the partition is waiting for a decision."""


class DecisionsUnreadable(CertificateUnreadable):
    """What was decided on a partition, or is to be, is damaged. Says which file, and what to do."""


class Decisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decisions on a partition, oldest first, and until when vanished records are not to be kept."""

    accepted: list[Decision] = []
    forget_vanished_until: datetime | None = None
    forgotten_by: str = ""


def read_decisions(store: RawStore, partition: Partition) -> Decisions:
    """Read the decisions on a partition. Raises DecisionsUnreadable: a damaged decision is not the same as none."""
    found = _read(store, partition, _DECISIONS, Decisions, _RESTORE)
    return Decisions() if found is None else found


def read_refusal(store: RawStore, partition: Partition) -> Refusal | None:
    """Read the refusal of the last fetch, if it was refused. Raises DecisionsUnreadable."""
    return _read(store, partition, _REFUSAL, Refusal, _FETCH_AGAIN)


def note_refusal(store: RawStore, partition: Partition, refusal: Refusal | None) -> None:
    """Keep the refusal of a fetch until the next one; None when that was believed."""
    name = _name(partition, _REFUSAL)
    if refusal is None:
        store.delete(name)
    else:
        store.write(name, msgspec.json.encode(refusal))


def accept(store: RawStore, partition: Partition, who: str, why: str, now: datetime) -> Decision:
    """Decide that what the last fetch returned is right: the one that was refused, or one with turns missing.

    The next fetch that is no worse is believed. Raises NothingToDecide.
    """
    doubt, extent = _in_doubt(store, partition)
    decision = Decision(doubt, extent, who, now, why)
    decisions = read_decisions(store, partition)
    _write(store, partition, msgspec.structs.replace(decisions, accepted=[*decisions.accepted, decision]))
    return decision


def _in_doubt(store: RawStore, partition: Partition) -> tuple[Doubt, int]:
    refusal = read_refusal(store, partition)
    if refusal is not None:
        return refusal.doubt, refusal.extent
    certificate = store.certificate(partition)
    if certificate is not None and certificate.turns.conversations_short and not certificate.turns.tolerated:
        return Doubt.TURNS, certificate.turns.conversations_short
    if certificate is not None and certificate.misfits:
        return Doubt.FILTERS, sum(misfit.count for misfit in certificate.misfits)
    raise NothingToDecide(f"nothing is in doubt about {partition}; there is nothing to accept")


def forget_vanished(store: RawStore, partition: Partition, who: str, now: datetime) -> None:
    """Decide that records which have vanished by now are not to be kept; the next fetch leaves them out."""
    decisions = read_decisions(store, partition)
    _write(
        store,
        partition,
        msgspec.structs.replace(decisions, forget_vanished_until=now, forgotten_by=who),
    )


def reaches_back(until: datetime | None, began_at: datetime) -> TypeGuard[datetime]:
    """Tell whether what is kept may hold what is to be forgotten: its fetch began before the decision.

    Then the first commit after the decision keeps no earlier state, rewrites what changed, and removes what killed runs
    have left.
    """
    return until is not None and began_at <= until


def _write(store: RawStore, partition: Partition, decisions: Decisions) -> None:
    name = _name(partition, _DECISIONS)
    store.write(name, msgspec.json.format(msgspec.json.encode(decisions), indent=2))


def _read(store: RawStore, partition: Partition, file: str, kind: type[T], step: str) -> T | None:
    name = _name(partition, file)
    content = store.read(name)
    if content is None:
        return None
    try:
        return msgspec.json.decode(decode_text(content), type=kind)
    except (*UNREADABLE, NotUTF8) as error:
        step = step.format(fetch_again=backfill_command(partition), accept=accept_command(partition))
        raise DecisionsUnreadable(f"{store.url}/{name} cannot be read ({error}). {step}.") from error


def _name(partition: Partition, file: str) -> str:
    return f"{partition.folder}/{file}"
