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
from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.drift import OTHERS, DriftKind, clean_name
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.turn import TURN
from polyai_assets.warehouse.attach import SCHEMA, Warehouse

_IN_TURNS = "turns[]."
_FILES = {
    "conversations": "polyai_assets/contract/conversation.py",
    "turns": "polyai_assets/contract/turn.py",
}
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
    """How a finding is accepted: in which file, what to do there, and the line to write, '' for none."""

    file: str
    what: str
    line: str


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
    if finding.path == OTHERS:
        return None
    table = "turns" if finding.path.startswith(_IN_TURNS) else "conversations"
    name = finding.path.removeprefix(_IN_TURNS)
    match DriftKind(finding.kind):
        case DriftKind.ADDED:
            sent = _name_sent(connection, finding, table, name)
            if sent is None:
                return None
            kind = _kind_of(connection, finding, table, sent)
            column = _column(sent, table)
            wire = "" if column == sent else f", wire={json.dumps(sent)}"
            line = f'field("{column}", Kind.{kind.name}, "what it means"{wire}),'
            return Accepting(_FILES[table], "add the field", line)
        case DriftKind.MISSING:
            return Accepting(_FILES[table], f"take required=True from {name}", "")
        case DriftKind.TYPE_CHANGED if not name.startswith("metrics"):
            return Accepting(_FILES[table], f"give {name} another Kind", "")
        case DriftKind.NEW_VALUE:
            of, _, word = name.partition(": ")
            return Accepting(_FILES[table], f"add to the known words of {of}", f"{json.dumps(word)},")
        case DriftKind.NEW_METRIC:
            return Accepting(
                _METRICS_FILE, "add to KNOWN_METRICS", f"{json.dumps(name.removeprefix('metrics.'))},"
            )
        case _:
            return None


def _kind_of(connection: duckdb.DuckDBPyConnection, finding: Finding, table: str, name: str) -> Kind:
    """Look at the values of an undeclared field in `extra`."""
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    found = connection.execute(
        f"SELECT DISTINCT json_type(extra, $pointer), json_type(extra, $pointer || '/0') FROM {SCHEMA}.{table} "
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


def _name_sent(connection: duckdb.DuckDBPyConnection, finding: Finding, table: str, shown: str) -> str | None:
    """Find the field's name as it was sent: a long one, or one with numbers, is shown cut. None if several fit."""
    names = {
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT unnest(json_keys(extra)) FROM {SCHEMA}.{table} "
            "WHERE project = ? AND date BETWEEN ? AND ?",
            [finding.project, finding.first_seen, finding.last_seen],
        ).fetchall()
        if clean_name(name) == shown
    }
    return names.pop() if len(names) == 1 else None


def _column(sent: str, table: str) -> str:
    """Name a column for a field of the API, in snake case, and not like one that the table has."""
    words = "".join(f"_{one.lower()}" if one.isupper() else one for one in sent)
    name = re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_") or "unnamed"
    taken = {one.name for one in (TURN if table == "turns" else CONVERSATION)}
    return f"{name}_sent" if name in taken else name
