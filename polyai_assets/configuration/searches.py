"""The option `searches`: what is looked for in the conversations of every day, and which channels may filter."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.api.query import QUERY_TYPES, TURN_TYPES
from polyai_assets.configuration import rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.configuration.rules import Rule, some_of
from polyai_assets.contract.contract import PACKAGED, Contract


def filter_words(contract: Contract = PACKAGED) -> tuple[str, ...]:
    """Give the channels as PolyAI's filter knows them.

    `voice` is every kind of call, and each value of the field `channel` that a contract knows is itself.
    """
    known = next(field.known for field in contract.conversation if field.name == "channel")
    return tuple(dict.fromkeys(["voice", *(channel.casefold() for channel in known)]))


def known_channels(contract: Contract = PACKAGED) -> Rule:
    """Take channels that a contract knows."""
    return some_of(filter_words(contract), "channel that PolyAI is known to have", any_case=True)


CHANNELS = replace(known_channels(), read=some_of((), "channel").read)
"""Takes any channels: whether they are known is judged by the contract, which stands in the same file."""

_IDS = ("name", "query", "variant_id", "variant_name")


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
        None,
        description="Only in conversations with the variant of this name. Not together with variant_id. "
        "Default: the project's filter.",
    )


def read_searches(
    document: Document, values: object, raw: object, path: FieldPath
) -> tuple[SearchConfig, ...]:
    """Read the list `searches`, noting its problems; those entries that could be read."""
    if not isinstance(values, list | tuple):
        document.problems.add(path, "must be a list, each entry beginning with '- name: …'.")
        return ()
    raw_list = raw if isinstance(raw, list | tuple) and len(raw) == len(values) else values
    found: list[SearchConfig] = []
    first: dict[str, int] = {}
    for index, (item, raw_item) in enumerate(zip(values, raw_list, strict=True)):
        search = _read_search(document, item, raw_item, (*path, index))
        if search is None:
            continue
        if first.setdefault(search.name, index) != index:
            earlier = document.source.where((*path, first[search.name], "name"))
            document.problems.add(
                (*path, index, "name"),
                f"{search.name!r} names a search already, at {earlier}. Give each a name of its own.",
            )
        found.append(search)
    return tuple(found)


def _read_search(document: Document, values: object, raw: object, path: FieldPath) -> SearchConfig | None:
    given: object = values
    if isinstance(values, Mapping):
        given = document.with_ids_as_text(values, _IDS, lambda name: (*path, name))
    read = document.section(SearchConfig, given, raw, path, " with name, type and query")
    if read is None:
        return None
    if "turn_type" in read and read.get("type") != "transcript":
        document.problems.add((*path, "turn_type"), "is for type: transcript only. Remove it.")
    if "variant_id" in read and "variant_name" in read:
        document.problems.add((*path, "variant_name"), "excludes variant_id. Keep one of them.")
    needed = {name for name, declared in SearchConfig.model_fields.items() if declared.is_required()}
    return SearchConfig.model_validate(read) if needed <= read.keys() else None
