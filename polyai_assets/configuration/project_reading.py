"""One entry of `projects`, with the defaults applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from polyai_assets.api.errors import InvalidProject
from polyai_assets.api.project import Project
from polyai_assets.configuration.api_key import ApiKey, read_api_key
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.configuration.project_config import Options, ProjectAttributes, ProjectConfig

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


def read_project(
    document: Document, values: object, raw: object, defaults: Defaults, path: FieldPath, keys_needed: bool
) -> ProjectConfig | None:
    """One project; None, and problems, if something is wrong with it."""
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
    attributes = document.read(ProjectAttributes, merged, merged_raw, at)
    key = _key(document, merged.get("api_key"), at("api_key"), keys_needed)
    if attributes is None:
        return None
    if attributes.variant_id is not None and attributes.variant_name is not None:
        other = document.source.where(at("variant_id"))
        document.problems.add(
            at("variant_name"), f"excludes variant_id, which stands at {other}. Keep one of them."
        )
    try:
        project = Project(attributes.region, attributes.account_id, attributes.project_id)
    except InvalidProject as error:
        document.problems.add(at("project_id"), str(error))
        return None
    given = attributes.model_dump(exclude_unset=True, include=set(Options.model_fields))
    return ProjectConfig(project=project, key=key, **given)


def _key(document: Document, raw: object, path: FieldPath, needed: bool) -> ApiKey:
    key = read_api_key(raw, document.scope)
    if raw is not None and key.problem and (needed or key.in_file):
        document.problems.add(path, f"{key.problem}.")
    return key
