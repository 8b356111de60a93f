"""The option `audio`: which recordings of a project are fetched."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.api.query import DIRECTIONS
from polyai_assets.configuration import rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath

CALLS = ("none", "handoffs", "all")


class AudioConfig(BaseModel):
    """The option `audio` of a project."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    calls: Annotated[str, rules.one_of(CALLS, "choice of calls")] = Field(
        "none",
        description="Whose recordings are fetched: none, handoffs (calls that were handed off) or all. Default: none.",
    )
    direction: Annotated[tuple[str, ...], rules.some_of(DIRECTIONS, "direction")] = Field(
        ("combined",),
        description="Who is heard: combined, user or agent, one or a list, a file each. Default: combined.",
    )
    redacted: Annotated[bool, rules.switch()] = Field(
        True,
        description="Whether recordings are fetched without personal data; false needs a key that may hear it. "
        "Default: true.",
    )


def read_audio(document: Document, values: object, raw: object, path: FieldPath) -> AudioConfig:
    """Read the option `audio`, noting its problems."""
    read = document.section(AudioConfig, values, raw, path, ", such as {calls: all}")
    return AudioConfig.model_validate(read or {})
