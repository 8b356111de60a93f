"""The other version of the API that a project is compared with, on its way from the one to the other."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration import rules
from polyai_assets.configuration.api_key import LITERAL, ApiKey, read_api_key
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath


class CompareAttributes(BaseModel):
    """The option `compare_with`, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_version: Annotated[str, rules.one_of(API_VERSIONS, "API version we know")] = Field(
        description="The version of PolyAI's Conversations API to compare with: another one than the project's.",
        examples=["v1"],
    )
    api_key: Annotated[Any, rules.anything()] = Field(
        None,
        description="The key for that version, by the name of its environment variable, if it is another one. "
        "Default: the project's api_key.",
        examples=["{{ env.POLYAI_V1_KEY_US1_ACME_HOTEL_BOT }}"],
        repr=False,
    )
    base_url: Annotated[str | None, rules.base_url()] = Field(
        None, description="Address of that version, if it is another one. Default: the project's base_url."
    )


class CompareConfig(BaseModel):
    """The version to compare with. Its repr shows no key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_version: str
    key: InstanceOf[ApiKey] | None = Field(None, repr=False)
    """None: the project's own."""
    base_url: str | None = None
    """None: the project's own."""


def read_compare_with(
    document: Document, values: object, raw: object, path: FieldPath, own: object, keys_needed: bool
) -> CompareConfig | None:
    """Read the option `compare_with` of a project whose version is `own`, noting its problems."""
    if not isinstance(values, Mapping):
        document.problems.add(path, "must be a mapping, such as {api_version: v1}.")
        return None
    read = document.read(
        CompareAttributes, values, raw if isinstance(raw, Mapping) else values, lambda name: (*path, name)
    )
    version = read.get("api_version")
    if version is not None and version == own:
        document.problems.add(
            (*path, "api_version"), f"{version} is the project's own api_version. Write another one."
        )
    key = read_api_key(values["api_key"], document.scope) if "api_key" in read else None
    if key is not None and key.problem and (keys_needed or key.in_file):
        document.problems.add((*path, "api_key"), f"{key.problem}.")
    elif key is not None and key.is_literal:
        document.problems.warn((*path, "api_key"), LITERAL)
    if version is None:
        return None
    return CompareConfig(api_version=version, key=key, base_url=read.get("base_url"))
