"""What an undeclared field is called in the API, and of what kind its values are: as `extra` has them."""

import duckdb

from polyai_assets.alerts.finding import Finding
from polyai_assets.contract.drift import clean_name
from polyai_assets.contract.fields import Kind
from polyai_assets.drift.place import Place
from polyai_assets.warehouse.attach import SCHEMA

_KINDS = {
    "VARCHAR": Kind.TEXT,
    "BOOLEAN": Kind.BOOLEAN,
    "BIGINT": Kind.INTEGER,
    "UBIGINT": Kind.INTEGER,
    "DOUBLE": Kind.NUMBER,
    "OBJECT": Kind.OBJECT,
}


def name_sent(connection: duckdb.DuckDBPyConnection, finding: Finding, place: Place) -> str | None:
    """Find the field's name as it was sent: a long one, or one with numbers, is shown cut. None if several fit."""
    names = {
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT unnest(json_keys(extra, ?)) FROM {SCHEMA}.{place.table.name} "
            "WHERE project = ? AND date BETWEEN ? AND ?",
            [place.within, finding.project, finding.first_seen, finding.last_seen],
        ).fetchall()
        if clean_name(place.prefix + clean_name(name)) == finding.path
    }
    return names.pop() if len(names) == 1 else None


def kinds_sent(connection: duckdb.DuckDBPyConnection, finding: Finding, place: Place, name: str) -> set[Kind]:
    """Look of which kinds the values of an undeclared field are; none where it was only ever null."""
    pointer = f"{place.within}/{name.replace('~', '~0').replace('/', '~1')}"
    found = connection.execute(
        f"SELECT DISTINCT json_type(extra, $pointer), json_type(extra, $pointer || '/0') "
        f"FROM {SCHEMA}.{place.table.name} "
        "WHERE project = $project AND date BETWEEN $first AND $last AND json_type(extra, $pointer) <> 'NULL'",
        {
            "pointer": pointer,
            "project": finding.project,
            "first": finding.first_seen,
            "last": finding.last_seen,
        },
    ).fetchall()
    return {_list_of(element) if kind == "ARRAY" else _KINDS[kind] for kind, element in found}


def joint(kinds: set[Kind]) -> Kind:
    """Give the kind that holds values of all these kinds."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return Kind.NUMBER if kinds == {Kind.INTEGER, Kind.NUMBER} else Kind.TEXT


def _list_of(element: str | None) -> Kind:
    return Kind.OBJECT_LIST if element == "OBJECT" else Kind.TEXT_LIST
