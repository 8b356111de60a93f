"""`polyai drift`: how what PolyAI sends differs from what is declared, and the line that accepts it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import msgspec

from polyai_assets.alerts.finding import DRIFT, Finding
from polyai_assets.alerts.gather import gather
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.drift import IN_PAGES, OTHERS, DriftKind, clean_name
from polyai_assets.contract.fields import Kind
from polyai_assets.drift.place import Place, place_of
from polyai_assets.warehouse.attach import SCHEMA, Warehouse

_METRICS_FILE = "polyai_assets/contract/metric.py"

_KINDS = {
    "VARCHAR": Kind.TEXT,
    "BOOLEAN": Kind.BOOLEAN,
    "BIGINT": Kind.INTEGER,
    "UBIGINT": Kind.INTEGER,
    "DOUBLE": Kind.NUMBER,
    "OBJECT": Kind.OBJECT,
}


@dataclass(frozen=True, slots=True)
class Accepting:
    """How a finding is accepted: in which file, what to do there, and the line to write, '' for none.

    `replay` are the assets that are materialized then, as `dg launch --assets` takes them.
    """

    file: str
    what: str
    line: str
    replay: str


class OpenDrift(msgspec.Struct, frozen=True, omit_defaults=True):
    """An open finding of a project, and how it is accepted."""

    finding: Finding
    accepting: Accepting | None

    @property
    def sign(self) -> str:
        """How a diff would mark it."""
        match DriftKind(self.finding.kind):
            case DriftKind.ADDED | DriftKind.NEW_VALUE | DriftKind.NEW_METRIC:
                return "+"
            case DriftKind.MISSING | DriftKind.GONE:
                return "-"
            case DriftKind.TYPE_CHANGED:
                return "~"


def open_drift(
    connection: duckdb.DuckDBPyConnection, platform: PlatformConfig, projects: Sequence[str], since: date
) -> list[OpenDrift]:
    """Find the drift of projects that was last seen on `since` or later. Raises WarehouseBusy."""
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data, wait=30)
    with warehouse.attached(connection, read_only=True):
        return [
            OpenDrift(one, _accepting(connection, one))
            for one in gather(connection, projects)
            if one.check == DRIFT and one.last_seen >= since
        ]


def _accepting(connection: duckdb.DuckDBPyConnection, finding: Finding) -> Accepting | None:
    if finding.path.endswith(OTHERS) or finding.path.startswith(IN_PAGES):
        return None
    place = place_of(finding.path)
    name = finding.path.removeprefix(place.prefix)
    match DriftKind(finding.kind):
        case DriftKind.ADDED:
            sent = _name_sent(connection, finding, place)
            if sent is None:
                return None
            kind = _kind_of(connection, finding, place, sent)
            column = _column(sent, place)
            in_api = place.wire + sent
            wire = "" if column == in_api else f", wire={json.dumps(in_api)}"
            line = f'field("{column}", Kind.{kind.name}, "what it means"{wire}),'
            return Accepting(place.file, "add the field", line, place.replay)
        case DriftKind.MISSING:
            what = f"take required=True from {place.wire}{name}"
            return Accepting(place.file, what, "", place.replay)
        case DriftKind.TYPE_CHANGED if place.declares(name):
            return Accepting(place.file, f"give {place.wire}{name} another Kind", "", place.replay)
        case DriftKind.NEW_VALUE:
            of, _, word = name.partition(": ")
            what = f"add to the known words of {of}"
            return Accepting(place.file, what, f"{json.dumps(word)},", place.replay)
        case DriftKind.NEW_METRIC:
            line = f"{json.dumps(name.removeprefix('metrics.'))},"
            return Accepting(_METRICS_FILE, "add to KNOWN_METRICS", line, place.replay)
        case _:
            return None


def _kind_of(connection: duckdb.DuckDBPyConnection, finding: Finding, place: Place, name: str) -> Kind:
    """Look at the values of an undeclared field in `extra`."""
    pointer = f"{place.within}/{name.replace('~', '~0').replace('/', '~1')}"
    found = connection.execute(
        f"SELECT DISTINCT json_type(extra, $pointer), json_type(extra, $pointer || '/0') FROM {SCHEMA}.{place.table} "
        "WHERE project = $project AND date BETWEEN $first AND $last AND json_type(extra, $pointer) <> 'NULL'",
        {
            "pointer": pointer,
            "project": finding.project,
            "first": finding.first_seen,
            "last": finding.last_seen,
        },
    ).fetchall()
    kinds = {_list_of(element) if kind == "ARRAY" else _KINDS[kind] for kind, element in found}
    if kinds == {Kind.INTEGER, Kind.NUMBER}:
        return Kind.NUMBER
    return kinds.pop() if len(kinds) == 1 else Kind.TEXT


def _list_of(element: str | None) -> Kind:
    return Kind.OBJECT_LIST if element == "OBJECT" else Kind.TEXT_LIST


def _name_sent(connection: duckdb.DuckDBPyConnection, finding: Finding, place: Place) -> str | None:
    """Find the field's name as it was sent: a long one, or one with numbers, is shown cut. None if several fit."""
    names = {
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT unnest(json_keys(extra, ?)) FROM {SCHEMA}.{place.table} "
            "WHERE project = ? AND date BETWEEN ? AND ?",
            [place.within, finding.project, finding.first_seen, finding.last_seen],
        ).fetchall()
        if clean_name(place.prefix + clean_name(name)) == finding.path
    }
    return names.pop() if len(names) == 1 else None


def _column(sent: str, place: Place) -> str:
    """Name a column for a field of the API, in snake case, and not like one that the table has."""
    words = "".join(f"_{one.lower()}" if one.isupper() else one for one in sent)
    name = place.column + (re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_") or "unnamed")
    taken = {one.name for one in place.fields}
    return f"{name}_sent" if name in taken else name
