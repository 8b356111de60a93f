"""Comparing a day as two versions of the API describe it: its records in pairs, and what is in flight left out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.lenient import Unreadable, clean_text, read_json
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import DayParity, ParityVerdict
from polyai_assets.migration.records import RecordComparison, declared_paths
from polyai_assets.migration.tally import VerdictCounts
from polyai_assets.migration.versions import Versions
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.spooled import Spooled, read_payloads
from polyai_assets.raw.header import Entry

_NEVER = datetime.min.replace(tzinfo=UTC)


def compare_day(
    old: Fetch,
    new: Fetch,
    day: date,
    settled_before: datetime,
    compared_at: datetime,
    contract: Contract = PACKAGED,
) -> DayParity:
    """Compare what the fetches of two versions, the older first, sent of a day, under the names of a contract.

    Conversations in flight are counted and not judged: see `pair`.
    """
    versions = Versions(old.request.connection.api_version, new.request.connection.api_version)
    pairs = pair(old, new, day, settled_before)
    tally = VerdictCounts(declared_paths(contract))
    tally.equal(WHOLE_RECORD, 0)  # a day without conversations is compared, too
    for name in pairs.in_flight:
        tally.add(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, name)
    for records, verdict in (
        (pairs.only_old, ParityVerdict.ONLY_IN_OLD),
        (pairs.only_new, ParityVerdict.ONLY_IN_NEW),
    ):
        for name, record in records.items():
            tally.add(WHOLE_RECORD, verdict, name, _described(record))
    comparison = RecordComparison(tally, versions, contract)
    for name, before, after in pairs.payloads():
        comparison.compare(name, before, after)
    judged = len(pairs.both) + len(pairs.only_old) + len(pairs.only_new)
    rows = [replace(row, total=judged) if row.path == WHOLE_RECORD else row for row in tally.rows()]
    return DayParity(versions, day, compared_at, rows)


def _described(record: Spooled) -> str:
    entry = record.entry
    begun = (
        f"began {entry.started_at:%H:%M:%S} UTC" if entry.started_at else "without a start that can be read"
    )
    return f"{begun}, {entry.turns_sent or 0} turns{'' if entry.conversation_id else ', without an id'}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """The conversations of a day by id: in both versions, in one of them alone, and in flight (not to be judged).

    A record without an id goes by the hash of its content.
    """

    both: dict[str, tuple[Spooled, Spooled]]
    only_old: dict[str, Spooled]
    only_new: dict[str, Spooled]
    in_flight: list[str]

    def payloads(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Read the records that are in both, one pair at a time."""
        old = read_payloads([before for before, _ in self.both.values()])
        new = read_payloads([after for _, after in self.both.values()])
        return zip(self.both, old, new, strict=True)


def pair(old: Fetch, new: Fetch, day: date, settled_before: datetime) -> Pairs:
    """Pair the records of a day.

    In flight is what is in progress in either version, or has begun or ended at `settled_before` or later: end
    functions may still write, and the two versions were not asked at the very same instant.
    """
    before, after = _by_id(old, day), _by_id(new, day)
    in_flight = {
        name
        for records in (before, after)
        for name, record in records.items()
        if _is_in_flight(record.entry, settled_before)
    }
    return Pairs(
        both={
            name: (before[name], record)
            for name, record in after.items()
            if name in before and name not in in_flight
        },
        only_old={
            name: record for name, record in before.items() if name not in after and name not in in_flight
        },
        only_new={
            name: record for name, record in after.items() if name not in before and name not in in_flight
        },
        in_flight=sorted(in_flight),
    )


def _is_in_flight(entry: Entry, settled_before: datetime) -> bool:
    last = max(entry.started_at or _NEVER, entry.ended_at or _NEVER)
    return entry.in_progress or last >= settled_before


def _by_id(fetched: Fetch, day: date) -> dict[str, Spooled]:
    records = {record.entry.identity: record for record in fetched.entries[day].each()}
    without = [record for record in records.values() if not record.entry.conversation_id]
    for record, payload in zip(without, read_payloads(without), strict=True):
        name = _id_in(payload)
        if name and name not in records:
            del records[record.entry.identity]
            records[name] = record
    return records


def _id_in(payload: bytes) -> str | None:
    """Read an id that no strict reader takes, such as one with half a surrogate pair."""
    try:
        record = read_json(payload)
    except Unreadable:
        return None
    name = record.get("id") if isinstance(record, dict) else None
    return clean_text(name) if isinstance(name, str) else None
