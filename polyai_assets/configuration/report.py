"""The option `report`: which pages for people are made of the read-only copy, where, and who gets them."""

from typing import Annotated, Literal

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
    mail: Annotated[
        Literal["weekly", "off"], rules.one_of(("weekly", "off"), "rhythm", on="weekly", off="off")
    ] = Field(
        "off",
        description="Whether the page of each week, Monday to Sunday, is mailed to the mailto:// targets of alerts, "
        "once its days are settled and on Wednesday at the latest: weekly or off. Default: off.",
    )


def read_report_options(
    document: Document, values: object, raw: object, path: FieldPath, usual_folder: str, *, has_alerts: bool
) -> ReportConfig:
    """Read the option `report`, noting its problems; `has_alerts` says whether there is anywhere to mail to."""
    read = document.section(ReportConfig, values, raw, path, ", such as {day_pages: 31}") or {}
    if "://" in read.get("folder", ""):
        document.problems.add((*path, "folder"), "must be a folder on this machine: people open it.")
    if read.get("mail") == "weekly" and not has_alerts:
        document.problems.add(
            (*path, "mail"),
            'has nowhere to go. Set alerts: {urls: "{{ env.POLYAI_ALERT_URLS }}"}, with a mailto:// URL.',
        )
    return ReportConfig.model_validate({"folder": usual_folder, **read})
