"""A saved search: what is looked for in the conversations of every day."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.api.query import QUERY_TYPES, TURN_TYPES
from polyai_assets.configuration import rules
from polyai_assets.configuration.channels import CHANNELS


class SearchConfig(BaseModel):
    """One entry of `searches`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, rules.text()] = Field(
        description="The search's name in the tables; no two of a project have the same.",
        examples=["asks-for-a-person"],
    )
    type: Annotated[str, rules.one_of(QUERY_TYPES, "kind of search")] = Field(
        description="transcript: these words were said; semantic: something near in meaning was said."
    )
    query: Annotated[str, rules.text_as_written()] = Field(
        description="The text to look for, sent as it is written here.", examples=["speak to a person"]
    )
    turn_type: Annotated[str | None, rules.one_of(TURN_TYPES, "side of a conversation")] = Field(
        None,
        description="Only what the user or what the agent said, for type transcript. Default: both.",
    )
    channels: Annotated[tuple[str, ...], CHANNELS] = Field(
        (), description="Only in these channels, one or a list. Default: those of the project."
    )
    variant_id: Annotated[str | None, rules.text()] = Field(
        None, description="Only in conversations with this variant. Default: the project's filter."
    )
    variant_name: Annotated[str | None, rules.text_as_written()] = Field(
        None, description="Only in conversations with the variant of this name. Not together with variant_id."
    )
