"""The searches of a project, and what they may not be together."""

from collections.abc import Mapping
from typing import Any

from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.configuration.search_config import SearchConfig

_IDS = ("name", "query", "variant_id", "variant_name")


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
    if not isinstance(values, Mapping):
        document.problems.add(path, "must be a mapping with name, type and query.")
        return None

    def at(name: str) -> FieldPath:
        return (*path, name)

    given: dict[str, Any] = dict(values)
    for name in _IDS:
        if type(given.get(name)) is int:
            given[name] = document.text_of(given[name], at(name))
    read = document.read(SearchConfig, given, raw if isinstance(raw, Mapping) else given, at)
    if "turn_type" in read and read.get("type") != "transcript":
        document.problems.add(at("turn_type"), "is for type: transcript only. Remove it.")
    if "variant_id" in read and "variant_name" in read:
        document.problems.add(at("variant_name"), "excludes variant_id. Keep one of them.")
    needed = {name for name, declared in SearchConfig.model_fields.items() if declared.is_required()}
    return SearchConfig.model_validate(read) if needed <= read.keys() else None
