"""What a platform declares beyond the packaged contract: further fields of the tables, and further known words."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import rules
from polyai_assets.contract.fields import Kind
from polyai_assets.warehouse.naming import is_column_name, is_sql_word

KINDS = {kind.value: kind for kind in Kind if kind not in (Kind.DATE, Kind.LATENCY)}
"""The kinds that a field may be declared with, by the words for them."""

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

    conversations: Annotated[Any, rules.anything()] = Field(
        None, description=_FIELDS.format("a conversation")
    )
    turns: Annotated[Any, rules.anything()] = Field(None, description=_FIELDS.format("a turn"))
    conversation_details: Annotated[Any, rules.anything()] = Field(
        None, description=_FIELDS.format("a conversation's detail")
    )
    function_events: Annotated[Any, rules.anything()] = Field(
        None, description=_FIELDS.format("a function event")
    )
    metric_events: Annotated[Any, rules.anything()] = Field(
        None, description=_FIELDS.format("a metric event")
    )
    known: Annotated[Any, rules.anything()] = Field(
        None,
        description="Channels, environments and metrics that are not told as new. Channels that are named here may be "
        "filtered by, too. Default: those that PolyAI documents.",
    )


class FieldAttributes(BaseModel):
    """A field that a platform declares, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, rules.Rule(_column_name, {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})] = (
        Field(
            description="The name of its column: small letters, digits and _, no word of SQL.",
            examples=["mood_score"],
        )
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


class KnownAttributes(BaseModel):
    """The words of `contract.known`, as they stand in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    channel: Annotated[tuple[str, ...], rules.some_of((), "channel")] = Field(
        (), description="Channels as the records name them, such as VOICE-SIP; one or a list."
    )
    environment: Annotated[tuple[str, ...], rules.some_of((), "environment")] = Field(
        (), description="Environments as the records name them, such as live; one or a list."
    )
    metrics: Annotated[tuple[str, ...], rules.some_of((), "metric")] = Field(
        (), description="Names of metrics as the records have them; one or a list."
    )
