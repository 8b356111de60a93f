"""The option `compare_with`: the version of the API that a project is compared with before it migrates."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration import places, rules
from polyai_assets.configuration.api_key import ConfiguredKey, check_key, read_api_key
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath


class CompareAttributes(BaseModel):
    """The option `compare_with`, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_version: Annotated[str, rules.one_of(API_VERSIONS, "API version we know")] = Field(
        description="The version of PolyAI's Conversations API to compare with: another one than the project's.",
        examples=["v1"],
    )
    api_key: Annotated[Any, rules.anything("secret")] = Field(
        None,
        description="The key for that version, by the name of its environment variable, if it is another one. "
        "Default: the project's api_key.",
        examples=["{{ env.POLYAI_V1_KEY_US1_ACME_HOTEL_BOT }}"],
        repr=False,
    )
    base_url: Annotated[str | None, places.base_url()] = Field(
        None, description="Address of that version, if it is another one. Default: the project's base_url."
    )


class CompareConfig(BaseModel):
    """The version to compare with. Its repr shows no key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_version: str
    key: InstanceOf[ConfiguredKey] | None = Field(None, repr=False)
    """None: the project's own."""
    base_url: str | None = None
    """None: the project's own."""


def read_compare_with(
    document: Document, values: object, raw: object, path: FieldPath, own: object, keys_needed: bool
) -> CompareConfig | None:
    """Read the option `compare_with` of a project whose version is `own`, noting its problems."""
    read = document.section(CompareAttributes, values, raw, path, ", such as {api_version: v1}")
    if read is None:
        return None
    version = read.get("api_version")
    if version is not None and version == own:
        problem = f"{version} is the project's own api_version. Write another one."
        document.problems.add((*path, "api_version"), problem)
    key = read_api_key(read["api_key"], document.scope) if "api_key" in read else None
    if key is not None:
        check_key(document, key, (*path, "api_key"), keys_needed)
    if version is None:
        return None
    return CompareConfig(api_version=version, key=key, base_url=read.get("base_url"))
