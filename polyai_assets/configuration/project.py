"""One project: its name, its key and its options, and how an entry of `projects` is read with the defaults applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, InstanceOf, SecretStr

from polyai_assets.api.errors import InvalidProject
from polyai_assets.api.project import AgentsConnection, Connection, Project
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration.api_key import ConfiguredKey, MissingKey, check_key, read_api_key
from polyai_assets.configuration.audio import read_audio
from polyai_assets.configuration.compare_with import read_compare_with
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.kpi import read_kpi
from polyai_assets.configuration.options import Options, ProjectAttributes
from polyai_assets.configuration.privacy import read_privacy, with_columns_kept
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.configuration.retention import check_lookback, read_retention
from polyai_assets.configuration.searches import read_searches

_MB = 1_000_000
"""Bytes."""
_NEEDS = {"channels": "channel", "searches": "query", "samples": "sample"}
"""Options that need a parameter which not every version of the API has."""

_IDS = ("account_id", "project_id", "variant_id", "variant_name")


class ProjectConfig(Options):
    """One project: its name, its key and its options. Frozen; its repr shows no key."""

    project: InstanceOf[Project]
    key: InstanceOf[ConfiguredKey] = Field(repr=False)
    agents_key: InstanceOf[ConfiguredKey] | None = Field(None, repr=False)
    """The key for the Agents API; None: the same."""

    @property
    def api_key(self) -> SecretStr | None:
        """The key, or None if there is no usable one: then `connection` says why."""
        return self.key.value

    @property
    def key_source(self) -> str:
        """Where the key comes from, as messages name it."""
        return self.key.source

    @property
    def wants_recordings(self) -> bool:
        """Whether recordings of any calls are fetched."""
        return self.audio.calls != "none"

    @property
    def warning(self) -> str | None:
        """What a person has to know about the way the project is fetched, as long as it stays so."""
        return API_VERSIONS[self.api_version].warning

    def connection(self) -> Connection:
        """How to reach the project. Raises `MissingKey`, which says what to do, if there is no usable key."""
        return self._conversations(self.key, "", self.api_version, self.base_url)

    def compared_connection(self) -> Connection | None:
        """How to reach the version to compare with, if there is one. Raises `MissingKey`, as `connection`."""
        other = self.compare_with
        if other is None:
            return None
        key, base_url = other.key or self.key, other.base_url or self.base_url
        return self._conversations(key, f" for {other.api_version}", other.api_version, base_url)

    def agents_connection(self) -> AgentsConnection:
        """How to reach the project's agent on the Agents API. Raises `MissingKey`, as `connection`."""
        key = self.agents_key or self.key
        return AgentsConnection(
            project=self.project,
            api_key=self._usable(key, " for the Agents API"),
            key_source=key.source,
            base_url=self.agents_base_url,
            requests_per_second=self.requests_per_second,
            max_attempts=self.max_attempts,
            max_answer_bytes=self.max_answer_mb * _MB,
        )

    def _conversations(
        self, key: ConfiguredKey, purpose: str, api_version: str, base_url: str | None
    ) -> Connection:
        return Connection(
            project=self.project,
            api_key=self._usable(key, purpose),
            key_source=key.source,
            base_url=base_url,
            api_version=api_version,
            requests_per_second=self.requests_per_second,
            max_attempts=self.max_attempts,
            max_answer_bytes=self.max_answer_mb * _MB,
            max_conversations_per_day=self.max_conversations_per_day,
        )

    def _usable(self, key: ConfiguredKey, purpose: str) -> SecretStr:
        if key.value is None:
            raise MissingKey(f"{self.project} has no API key{purpose}: {key.problem}.")
        return key.value


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
class ProjectEntry:
    """What could be read of one entry of `projects`."""

    project: Project | None
    key: ConfiguredKey
    agents_key: ConfiguredKey
    options: Mapping[str, Any]

    def config(self) -> ProjectConfig:
        """Make the project's configuration; only of an entry without problems."""
        named = {"project": self.project, "key": self.key, "agents_key": self.agents_key}
        return ProjectConfig.model_validate({**named, **self.options})


def read_project(
    document: Document, values: object, raw: object, defaults: Defaults, path: FieldPath, keys_needed: bool
) -> ProjectEntry | None:
    """Read one entry, noting its problems; None if it is no mapping."""
    if not isinstance(values, Mapping):
        document.problems.add(path, "must be a mapping with region, account_id, project_id and api_key.")
        return None
    merged = {**defaults.values, **values}
    merged_raw = {**defaults.raw, **(raw if isinstance(raw, Mapping) else values)}

    def at(name: str) -> FieldPath:
        return (*defaults.path, name) if name in defaults.values and name not in values else (*path, name)

    merged = document.with_ids_as_text(merged, _IDS, at)
    read = document.read(ProjectAttributes, merged, merged_raw, at)
    if "searches" in read:
        read["searches"] = read_searches(
            document, read["searches"], merged_raw.get("searches"), at("searches")
        )
    if "audio" in read:
        read["audio"] = read_audio(document, read["audio"], merged_raw.get("audio"), at("audio"))
    if "kpi" in read:
        read["kpi"] = read_kpi(document, read["kpi"], merged_raw.get("kpi"), at("kpi"))
    if "privacy" in read:
        read["privacy"] = read_privacy(
            document, read["privacy"], merged_raw.get("privacy"), at("privacy"), keys_needed=keys_needed
        )
        if "kpi" in read:
            read["privacy"] = with_columns_kept(read["privacy"], read["kpi"])
    if "retention" in read:
        read["retention"] = read_retention(
            document, read["retention"], merged_raw.get("retention"), at("retention")
        )
        check_lookback(
            document, read, at("retention"), ProjectAttributes.model_fields["lookback_days"].default
        )
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
        if name in read:
            check_key(document, found, at(name), keys_needed)
    options = {name: value for name, value in read.items() if name in Options.model_fields}
    return ProjectEntry(_project(document, read, at("project_id")), key, agents_key, options)


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
