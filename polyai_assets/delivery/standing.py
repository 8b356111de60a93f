"""How a published day stands to what a target's log has of it; and days in chunks, a transaction each."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby

from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import DayManifest
from polyai_assets.delivery.settings import Include

MOST_ROWS = 2_000_000
"""Rows of all tables from which on a month is more than one transaction."""


class Standing(Enum):
    """What is to be done about a day."""

    DUE = "it is to be delivered"
    UNVERIFIED = "it is delivered, and not compared yet"
    DELIVERED = "it is delivered as it is"
    NEWER_THERE = "the target has a newer version"
    OTHER_THERE = "the target has a version of this number from another publication"


def tables_of(manifest: DayManifest, tables: Sequence[str]) -> tuple[str, ...]:
    """Give those of a target's tables that a version has."""
    return tuple(table for table in tables if table in manifest.tables)


def standing_of(manifest: DayManifest, row: LogRow | None, tables: Sequence[str]) -> Standing:
    """Compare a version with the row of the log; `tables` are those of the target.

    A day that was found different is delivered again, and so is one of which the target is to have another table.
    """
    if row is None or row.version < manifest.version:
        return Standing.DUE
    if row.version > manifest.version:
        return Standing.NEWER_THERE
    if row.published_at != manifest.published_at:
        return Standing.OTHER_THERE
    if row.differing or not set(tables_of(manifest, tables)) <= set(row.tables.split(",")):
        return Standing.DUE
    return Standing.DELIVERED if row.is_verified else Standing.UNVERIFIED


def is_included(manifest: DayManifest, include: Include) -> bool:
    """Tell whether a version is of those that a target gets; a day that is not keeps what the target has of it."""
    if include == "settled":
        return manifest.settled
    return include == "any" or manifest.verdict == "complete"


def in_chunks(manifests: Iterable[DayManifest], tables: Sequence[str]) -> Iterator[tuple[DayManifest, ...]]:
    """Cut days into chunks, oldest first: a project's month, or less where it has very many rows."""
    ordered = sorted(manifests, key=lambda manifest: (manifest.project, manifest.date))
    for _, month in groupby(ordered, key=lambda manifest: (manifest.project, manifest.date.replace(day=1))):
        chunk: list[DayManifest] = []
        rows = 0
        for manifest in month:
            more = sum(manifest.tables[table].rows for table in tables_of(manifest, tables))
            if chunk and rows + more > MOST_ROWS:
                yield tuple(chunk)
                chunk, rows = [], 0
            chunk.append(manifest)
            rows += more
        yield tuple(chunk)
