"""One entry of `projects`, with the defaults applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polyai_assets.api.errors import InvalidProject
from polyai_assets.api.project import Project
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration.api_key import LITERAL, ApiKey, read_api_key
from polyai_assets.configuration.audio_config import read_audio
from polyai_assets.configuration.compare_config import read_compare_with
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.configuration.project_config import Options, ProjectAttributes, ProjectConfig
from polyai_assets.configuration.search_reading import read_searches

_NEEDS = {"channels": "channel", "searches": "query", "samples": "sample"}
"""Options that need a parameter which not every version of the API has."""

_IDS = ("account_id", "project_id", "variant_id", "variant_name")


@dataclass(frozen=True)
class Defaults:
    """What `defaults` says: rendered, and as it stands in the file."""

    values: Mapping[str, Any]
    raw: Mapping[str, Any]
    path: FieldPath

    @classmethod
    def read(cls, document: Document, values: object, raw: object, path: FieldPath) -> "Defaults":
        """Take `defaults` from the file; whatever is no mapping is a problem."""
        if values is None:
            return cls({}, {}, path)
        if not isinstance(values, Mapping):
            document.problems.add(path, "must be a mapping, such as {lookback_days: 3}.")
            return cls({}, {}, path)
        if "project_id" in values:
            document.problems.add(
                (*path, "project_id"), "cannot be a default: it is what tells projects apart."
            )
        return cls(values, raw if isinstance(raw, Mapping) else values, path)


@dataclass(frozen=True)
class Entry:
    """What could be read of one entry of `projects`."""

    project: Project | None
    key: ApiKey
    agents_key: ApiKey
    options: Mapping[str, Any]

    def config(self) -> ProjectConfig:
        """Make the project's configuration; only of an entry without problems."""
        named = {"project": self.project, "key": self.key, "agents_key": self.agents_key}
        return ProjectConfig.model_validate({**named, **self.options})


def read_project(
    document: Document, values: object, raw: object, defaults: Defaults, path: FieldPath, keys_needed: bool
) -> Entry | None:
    """Read one entry, noting its problems; None if it is no mapping."""
    if not isinstance(values, Mapping):
        document.problems.add(path, "must be a mapping with region, account_id, project_id and api_key.")
        return None
    merged = {**defaults.values, **values}
    merged_raw = {**defaults.raw, **(raw if isinstance(raw, Mapping) else values)}

    def at(name: str) -> FieldPath:
        return (*defaults.path, name) if name in defaults.values and name not in values else (*path, name)

    for name in _IDS:
        if type(merged.get(name)) is int:
            merged[name] = document.text_of(merged[name], at(name))
    read = document.read(ProjectAttributes, merged, merged_raw, at)
    if "searches" in read:
        read["searches"] = read_searches(
            document, read["searches"], merged_raw.get("searches"), at("searches")
        )
    if "audio" in read:
        read["audio"] = read_audio(document, read["audio"], merged_raw.get("audio"), at("audio"))
    if "compare_with" in read:
        own = read.get("api_version", "v3")
        given, raw_given = read["compare_with"], merged_raw.get("compare_with")
        read["compare_with"] = read_compare_with(
            document, given, raw_given, at("compare_with"), own, keys_needed
        )
    _check_version(document, read, at)
    if "variant_id" in read and "variant_name" in read:
        other = document.source.where(at("variant_id"))
        document.problems.add(
            at("variant_name"), f"excludes variant_id, which stands at {other}. Keep one of them."
        )
    key = read_api_key(merged.get("api_key"), document.scope)
    agents_key = key
    if "agents_api_key" in read:
        agents_key = read_api_key(merged["agents_api_key"], document.scope)
    for name, found in (("api_key", key), ("agents_api_key", agents_key)):
        if name in read and found.problem and (keys_needed or found.in_file):
            document.problems.add(at(name), f"{found.problem}.")
        elif name in read and found.is_literal:
            document.problems.warn(at(name), LITERAL)
    options = {name: value for name, value in read.items() if name in Options.model_fields}
    return Entry(_project(document, read, at("project_id")), key, agents_key, options)


def _check_version(document: Document, read: Mapping[str, Any], at: Callable[[str], FieldPath]) -> None:
    """Report what the project's version of the API cannot do."""
    version = API_VERSIONS[read.get("api_version", "v3")]
    if (read.get("page_size") or 1) > version.max_limit:
        document.problems.add(
            at("page_size"),
            f"{read['page_size']} must be a whole number from 1 to {version.max_limit} conversations.",
        )
    for name, parameter in _NEEDS.items():
        if read.get(name) and parameter not in version.parameters:
            document.problems.add(
                at(name), f"cannot be asked for with api_version {version.name}. Remove it, or use v3."
            )


def _project(document: Document, read: Mapping[str, Any], path: FieldPath) -> Project | None:
    parts = [read.get(name) for name in ("region", "account_id", "project_id")]
    if None in parts:
        return None
    try:
        return Project(*map(str, parts))
    except InvalidProject as error:
        document.problems.add(path, str(error))
        return None
