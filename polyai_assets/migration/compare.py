"""Comparing a day as two versions of the API tell it."""

from dataclasses import replace
from datetime import date, datetime

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.parity import WHOLE_RECORD, DayParity, Verdict, Versions
from polyai_assets.migration.pairs import pair
from polyai_assets.migration.records import RecordComparison, declared_paths
from polyai_assets.migration.tally import Tally
from polyai_assets.raw.request import Fetch
from polyai_assets.raw.walk_spool import Spooled


def compare_day(
    old: Fetch,
    new: Fetch,
    day: date,
    settled_before: datetime,
    compared_at: datetime,
    contract: Contract = PACKAGED,
) -> DayParity:
    """Compare what the fetches of two versions, the older first, brought of a day, under the names of a contract.

    Conversations in flight are counted and not judged: see `pair`.
    """
    versions = Versions(old.request.connection.api_version, new.request.connection.api_version)
    pairs = pair(old, new, day, settled_before)
    tally = Tally(declared_paths(contract))
    tally.equal(WHOLE_RECORD, 0)  # a day without conversations is compared, too
    for name in pairs.in_flight:
        tally.add(WHOLE_RECORD, Verdict.IN_FLIGHT, name)
    for records, verdict in ((pairs.only_old, Verdict.ONLY_IN_OLD), (pairs.only_new, Verdict.ONLY_IN_NEW)):
        for name, record in records.items():
            tally.add(WHOLE_RECORD, verdict, name, _told(record))
    comparison = RecordComparison(tally, versions, contract)
    for name, before, after in pairs.payloads():
        comparison.compare(name, before, after)
    judged = len(pairs.both) + len(pairs.only_old) + len(pairs.only_new)
    rows = [replace(one, total=judged) if one.path == WHOLE_RECORD else one for one in tally.rows()]
    return DayParity(versions, day, compared_at, rows)


def _told(record: Spooled) -> str:
    entry = record.entry
    begun = (
        f"began {entry.started_at:%H:%M:%S} UTC" if entry.started_at else "without a start that can be read"
    )
    return f"{begun}, {entry.turns_sent or 0} turns{'' if entry.has_id else ', without an id'}"
