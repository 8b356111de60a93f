"""The option `publish`: days as files for the warehouse that a company has already."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import places, rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.delivery.settings import INCLUDE, PUBLISHABLE, USUAL_TABLES, Include, PublishSettings


class PublishAttributes(BaseModel):
    """The option `publish`, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    place: Annotated[str | None, places.store()] = Field(
        None,
        description="Where days are published: a folder, relative to the project, or a URL such as s3://bucket/prefix. "
        "Default: data/published, with a key_prefix data/<key_prefix>/published.",
        examples=["data/published"],
    )
    tables: Annotated[tuple[str, ...], rules.some_of(tuple(PUBLISHABLE), "table that is published")] = Field(
        USUAL_TABLES,
        description="Which tables, one or a list. Default: conversations, turns, metrics, conversation_facts.",
    )
    include: Annotated[Include, rules.one_of(INCLUDE, "choice of days")] = Field(
        "certified",
        description="Which days. settled: those that are settled; certified: those that their certificate calls "
        "complete; any: every day, also those that are not over. Default: certified.",
    )
    keep_versions: Annotated[int, rules.number(2, 1000, "versions")] = Field(
        10, description="Versions of a day that stay, the newest among them, 2 to 1000. Default: 10."
    )


def read_publish(
    document: Document, values: object, raw: object, path: FieldPath, key_prefix: tuple[str, ...], root: Path
) -> PublishSettings | None:
    """Read the option `publish`, noting its problems; None where nothing is published."""
    if values is None:
        return None
    read = document.section(PublishAttributes, values, raw, path, ", such as {include: settled}")
    given = PublishAttributes.model_validate(read or {})
    place = places.place_of(given.place or "/".join(["data", *key_prefix, "published"]), root)
    if "://" not in place and Path(place).is_file():
        document.problems.add((*path, "place"), "is a file; it must be a folder. Name another place.")
    return PublishSettings(place, given.tables, given.include, given.keep_versions)
