"""Finding the two records of each conversation in what two versions of the API brought, and those in flight."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from polyai_assets.contract.lenient import Unreadable, clean_text, read_json
from polyai_assets.raw.request import Fetch
from polyai_assets.raw.walk_spool import Entry, Spooled, read_payloads

_NEVER = datetime.min.replace(tzinfo=UTC)


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
        old = read_payloads([one for one, _ in self.both.values()])
        new = read_payloads([one for _, one in self.both.values()])
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
            name: (before[name], one)
            for name, one in after.items()
            if name in before and name not in in_flight
        },
        only_old={name: one for name, one in before.items() if name not in after and name not in in_flight},
        only_new={name: one for name, one in after.items() if name not in before and name not in in_flight},
        in_flight=sorted(in_flight),
    )


def _is_in_flight(entry: Entry, settled_before: datetime) -> bool:
    last = max(entry.started_at or _NEVER, entry.ended_at or _NEVER)
    return entry.in_progress or last >= settled_before


def _by_id(fetched: Fetch, day: date) -> dict[str, Spooled]:
    records = {record.entry.identity: record for record in fetched.entries[day]}
    without = [record for record in records.values() if not record.entry.has_id]
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
