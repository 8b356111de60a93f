"""The option `report`: which pages for people are made of the read-only copy, where, and who gets them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import places, rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.report.ranges import RANGES, USUAL


class ReportConfig(BaseModel):
    """The option `report`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Annotated[str, places.store()] = Field(
        "data/reports",
        description="The folder of the pages, relative to the project. Default: data/reports, with a key_prefix "
        "data/<key_prefix>/reports.",
    )
    ranges: Annotated[tuple[str, ...], rules.some_of(RANGES, "range")] = Field(
        USUAL,
        description="The ranges that have a page, one or a list: last-7-days, last-28-days, last-90-days, "
        "last-365-days, last-week, this-month, last-month. Each ends on the newest day with calls. "
        "Default: last-7-days and last-28-days.",
    )
    day_pages: Annotated[int, rules.number(0, 62, "days")] = Field(
        7,
        description="How many of the last days have a page of their own, 0 to 62; pages of earlier days stay as they "
        "are. Default: 7.",
    )


def read_report_options(
    document: Document, values: object, raw: object, path: FieldPath, usual_folder: str
) -> ReportConfig:
    """Read the option `report`, noting its problems."""
    read = document.section(ReportConfig, values, raw, path, ", such as {day_pages: 31}") or {}
    if "://" in read.get("folder", ""):
        document.problems.add((*path, "folder"), "must be a folder on this machine: people open it.")
    return ReportConfig.model_validate({"folder": usual_folder, **read})
