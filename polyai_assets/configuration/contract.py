"""The option `contract`: what a platform declares beyond the packaged contract, and how it is read into a `Contract`.

Declared are further fields of the tables, and further known words.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.contract import fields
from polyai_assets.contract.contract import EXTENDABLE, PACKAGED, Contract
from polyai_assets.contract.conversation import LATENCY_FIELD
from polyai_assets.contract.detail import FUNCTION_EVENTS_FIELD, SHORT_SUMMARY
from polyai_assets.contract.fields import LATENCY_MEMBER, Kind, Pii
from polyai_assets.contract.tables import CONVERSATION_DETAILS, CONVERSATIONS, TURNS, Table
from polyai_assets.warehouse.naming import is_column_name, is_sql_word

KINDS = {kind.value: kind for kind in Kind if kind not in (Kind.DATE, Kind.LATENCY)}
"""The kinds that a field may be declared with, by the words for them."""

CLASSES = {pii.value: pii for pii in Pii if pii is not Pii.AUDIO}
"""The classes of personal data that a field may be declared with, by the words for them."""

_FIELDS = "Further fields of {}, each with name, kind and description: columns like any other. Default: none."


def _column_name(value: object) -> str:
    """Take a name that a column may have, and that no query has to quote."""
    name = str(rules.text().read(value))
    if not is_column_name(name):
        raise ValueError(
            "is no name of a column: write small letters, digits and _, beginning with a letter, 63 at most. Where the "
            "API's own name is another, write that as api_name"
        )
    if is_sql_word(name):
        raise ValueError(
            f"is a word of SQL, which every query would have to quote. Choose another, such as {name}_sent, and write "
            f"api_name: {name}"
        )
    return name


class ContractAttributes(BaseModel):
    """The option `contract`, as it stands in the file: tables that have further fields, and known words."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    conversations: Annotated[Any, rules.anything("list of mappings")] = Field(
        None, description=_FIELDS.format("a conversation")
    )
    turns: Annotated[Any, rules.anything("list of mappings")] = Field(
        None, description=_FIELDS.format("a turn")
    )
    conversation_details: Annotated[Any, rules.anything("list of mappings")] = Field(
        None, description=_FIELDS.format("a conversation's detail")
    )
    function_events: Annotated[Any, rules.anything("list of mappings")] = Field(
        None, description=_FIELDS.format("a function event")
    )
    metric_events: Annotated[Any, rules.anything("list of mappings")] = Field(
        None, description=_FIELDS.format("a metric event")
    )
    known: Annotated[Any, rules.anything("mapping")] = Field(
        None,
        description="Channels, environments and metrics that are not reported as new. Channels named here may be "
        "filtered by, too. Default: those that PolyAI documents.",
    )


class FieldAttributes(BaseModel):
    """A field that a platform declares, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[
        str, rules.Rule(_column_name, {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}, "name of a column")
    ] = Field(
        description="The name of its column: small letters, digits and _, no word of SQL.",
        examples=["mood_score"],
    )
    kind: Annotated[str, rules.one_of(KINDS, "kind of value")] = Field(
        description="What the API sends: text, timestamp, integer, number, boolean, list of text, object or list of "
        "objects."
    )
    description: Annotated[str, rules.text()] = Field(
        description="What it means, as it is shown beside the column.", examples=["How the user felt, 1 to 5"]
    )
    api_name: Annotated[str | None, rules.text_as_written()] = Field(
        None,
        description="Its name in the API's records, where that is not the column's. Default: name.",
        examples=["moodScore"],
    )
    pii: Annotated[str, rules.one_of(CLASSES, "class of personal data")] = Field(
        Pii.FREE.value,
        description="What personal data it may hold: none, contact, text, staff or free (anything). Default: free; of "
        "numbers, times and booleans none.",
    )


class KnownAttributes(BaseModel):
    """The words of `contract.known`, as they stand in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    channel: Annotated[tuple[str, ...], rules.some_of((), "channel")] = Field(
        (), description="Channels as the records name them, such as VOICE-SIP; one or a list. Default: none."
    )
    environment: Annotated[tuple[str, ...], rules.some_of((), "environment")] = Field(
        (), description="Environments as the records name them, such as live; one or a list. Default: none."
    )
    metrics: Annotated[tuple[str, ...], rules.some_of((), "metric")] = Field(
        (), description="Names of metrics as the records have them; one or a list. Default: none."
    )


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
    such_as = " with tables, such as conversations, and known"
    read = document.section(ContractAttributes, values, values, path, such_as) or {}
    known: Mapping[str, tuple[str, ...]] = {}
    if "known" in read:
        words = read.pop("known")
        such_as = ", such as {channel: [KIOSK]}"
        known = document.section(KnownAttributes, words, words, (*path, "known"), such_as) or {}
    added = {
        name: _read_fields(document, EXTENDABLE[name], listed, (*path, name)) for name, listed in read.items()
    }
    return Contract(added, known)


def _read_fields(
    document: Document, table: Table, listed: object, path: FieldPath
) -> tuple[fields.Field, ...]:
    if not isinstance(listed, list | tuple):
        document.problems.add(path, "must be a list, each entry beginning with '- name: …'.")
        return ()
    found: list[fields.Field] = []
    for index, item in enumerate(listed):
        declared = _read_field(document, item, (*path, index))
        if declared is not None and _is_free(document, table, found, declared, item, (*path, index)):
            found.append(declared)
    return tuple(found)


def _read_field(document: Document, item: object, path: FieldPath) -> fields.Field | None:
    read = document.section(FieldAttributes, item, item, path, " with name, kind and description")
    if not read or not {"name", "kind", "description"} <= read.keys():
        return None
    kind = KINDS[read["kind"]]
    pii = CLASSES[read["pii"]] if "pii" in read else kind.pii
    return fields.field(read["name"], kind, read["description"], wire=read.get("api_name"), pii=pii)


def _is_free(
    document: Document,
    table: Table,
    found: list[fields.Field],
    declared: fields.Field,
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
    wire = str(declared.wire)
    at = (*path, "api_name" if item.get("api_name") else "name")
    if any(declared.name == other.name for other in others):
        document.problems.add(
            (*path, "name"),
            f"{declared.name!r} is a column of {table.name} already. Choose another name, and write the field's own as "
            "api_name.",
        )
    elif wire.casefold() in by_wire:
        document.problems.add(
            at,
            f"{wire!r} is declared already, or differs in capitals alone: it is {by_wire[wire.casefold()]}. "
            "Remove this entry.",
        )
    elif table is TURNS and wire.startswith(f"{LATENCY_FIELD}.") and declared.kind is Kind.TIMESTAMP:
        document.problems.add(
            (*path, "kind"), "no member of latency is read as a time. Write text, and cast it in your query."
        )
    else:
        return True
    return False
