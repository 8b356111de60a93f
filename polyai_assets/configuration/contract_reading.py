"""The option `contract`, read into a `Contract`, and what its fields may not be called."""

from collections.abc import Mapping
from typing import Any

from polyai_assets.configuration.contract_config import (
    KINDS,
    ContractAttributes,
    FieldAttributes,
    KnownAttributes,
)
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.contract.contract import EXTENDABLE, PACKAGED, Contract
from polyai_assets.contract.detail import SHORT_SUMMARY
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind, field
from polyai_assets.contract.function_event import FUNCTION_EVENTS_FIELD
from polyai_assets.contract.tables import CONVERSATION_DETAILS, CONVERSATIONS, TURNS, Table
from polyai_assets.contract.turn import LATENCY_FIELD

_READ_ELSEWHERE = {
    CONVERSATIONS.name: {"metrics": "the tables metrics and metric_events", "turns": "the table turns"},
    TURNS.name: {f"{LATENCY_FIELD}.{LATENCY_MEMBER}": "the column latency"},
    CONVERSATION_DETAILS.name: {
        SHORT_SUMMARY: "the columns summary_heading and summary_content",
        FUNCTION_EVENTS_FIELD: "the table function_events",
    },
}
"""Names in the API that are no column of a table and have their place all the same, by table."""


def read_contract(document: Document, values: object, path: FieldPath) -> Contract:
    """Read the option `contract`, noting its problems; what it says nothing of is as it is packaged."""
    if values is None:
        return PACKAGED
    if not isinstance(values, Mapping):
        document.problems.add(path, "must be a mapping with tables, such as conversations, and known.")
        return PACKAGED
    read = document.read(ContractAttributes, values, values, lambda name: (*path, name))
    known = _read_known(document, read.pop("known", None), (*path, "known"))
    added = {
        name: _read_fields(document, EXTENDABLE[name], listed, (*path, name)) for name, listed in read.items()
    }
    return Contract(added, known)


def _read_known(document: Document, values: object, path: FieldPath) -> Mapping[str, tuple[str, ...]]:
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        document.problems.add(path, "must be a mapping, such as {channel: [KIOSK]}.")
        return {}
    return document.read(KnownAttributes, values, values, lambda name: (*path, name))


def _read_fields(document: Document, table: Table, listed: object, path: FieldPath) -> tuple[Field, ...]:
    if not isinstance(listed, list | tuple):
        document.problems.add(path, "must be a list, each entry beginning with '- name: …'.")
        return ()
    found: list[Field] = []
    for index, item in enumerate(listed):
        one = _read_field(document, item, (*path, index))
        if one is not None and _is_free(document, table, found, one, item, (*path, index)):
            found.append(one)
    return tuple(found)


def _read_field(document: Document, item: object, path: FieldPath) -> Field | None:
    if not isinstance(item, Mapping):
        document.problems.add(path, "must be a mapping with name, kind and description.")
        return None
    read: dict[str, Any] = document.read(FieldAttributes, item, item, lambda name: (*path, name))
    if not {"name", "kind", "description"} <= read.keys():
        return None
    return field(read["name"], KINDS[read["kind"]], read["description"], wire=read.get("api_name"))


def _is_free(
    document: Document,
    table: Table,
    found: list[Field],
    one: Field,
    item: Mapping[str, Any],
    path: FieldPath,
) -> bool:
    """Tell whether a field takes no name that another has, noting which it takes.

    Names that differ in capitals alone are the same to DuckDB.
    """
    others = [*table.fields, *found]
    sent = {other.wire: f"the column {other.name} of {table.name}" for other in others if other.wire}
    sent |= _READ_ELSEWHERE.get(table.name, {})
    by_wire = {wire.casefold(): place for wire, place in sent.items()}
    wire = str(one.wire)
    at = (*path, "api_name" if item.get("api_name") else "name")
    if any(one.name == other.name for other in others):
        document.problems.add(
            (*path, "name"),
            f"{one.name!r} is a column of {table.name} already. Choose another name, and write the field's own as "
            "api_name.",
        )
    elif wire.casefold() in by_wire:
        document.problems.add(
            at,
            f"{wire!r} is declared already, or differs in capitals alone: it is {by_wire[wire.casefold()]}. "
            "Remove this entry.",
        )
    elif table is TURNS and wire.startswith(f"{LATENCY_FIELD}.") and one.kind is Kind.TIMESTAMP:
        document.problems.add(
            (*path, "kind"), "no member of latency is read as a time. Write text, and cast it in your query."
        )
    else:
        return True
    return False
