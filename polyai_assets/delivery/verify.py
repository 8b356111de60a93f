"""Comparing what a target holds after the commit with what was published: rows and checksums of each day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from polyai_assets.delivery.chunk import Chunk
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import DayManifest
from polyai_assets.delivery.targets.target import DeliveryTarget, Measured
from polyai_assets.machine.actionable import Actionable

_NONE = Measured(0, 0)


class FoundDifferent(Actionable):
    """A target does not hold what was delivered to it. Says which tables, and what to do."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A day's row of the log after it was compared, and what is wrong."""

    row: LogRow
    error: FoundDifferent | None


def compare_days(target: DeliveryTarget, chunk: Chunk, now: datetime) -> Mapping[date, Compared]:
    """Compare the days of a chunk that the target has in this version, and write what was found into its log.

    Another process may deliver a newer version meanwhile, which it compares itself.
    """
    expected = {table: chunk.expected(table) for table in chunk.tables if chunk.columns(table)}
    found = {
        table: target.measure(table, chunk.columns(table), chunk.project, chunk.days) for table in expected
    }
    rows = {row.date: row for row in target.read_log(chunk.project, chunk.days)}
    compared: dict[date, Compared] = {}
    for manifest in chunk.manifests:
        row = rows.get(manifest.date)
        if row is not None and row.version == manifest.version:
            compared[manifest.date] = _compare_day(manifest, row, expected, found, now)
    target.record_verified([day.row for day in compared.values()])
    return compared


def _compare_day(
    manifest: DayManifest,
    row: LogRow,
    expected: Mapping[str, Mapping[date, Measured]],
    found: Mapping[str, Mapping[date, Measured]],
    now: datetime,
) -> Compared:
    pairs = {
        table: (expected[table].get(manifest.date, _NONE), found[table].get(manifest.date, _NONE))
        for table in expected
    }
    differing = [table for table, (wanted, held) in pairs.items() if wanted != held]
    row = row.after_verification(sum(held.rows for _, held in pairs.values()), ",".join(differing), now)
    return Compared(row, _fault(differing, pairs) if differing else None)


def _fault(differing: list[str], pairs: Mapping[str, tuple[Measured, Measured]]) -> FoundDifferent:
    counts = (
        f"{table} has {pairs[table][1].rows} rows, {pairs[table][0].rows} were delivered"
        + (", and other values in them" if pairs[table][1].rows == pairs[table][0].rows else "")
        for table in differing
    )
    return FoundDifferent(
        f"the target does not hold what was delivered: {'; '.join(counts)}. Something else may write to these tables: "
        "give it tables of its own, then deliver the day again, which replaces its rows"
    )
