"""Writes the tables of options in `docs/configuration.md` from the declared options: `make docs`."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from polyai_assets.configuration.alerts import AlertAttributes
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.compare_with import CompareAttributes
from polyai_assets.configuration.contract import ContractAttributes, FieldAttributes, KnownAttributes
from polyai_assets.configuration.deliveries import DeliveryAttributes
from polyai_assets.configuration.document import options_of, rule_of
from polyai_assets.configuration.kpi import KpiConfig
from polyai_assets.configuration.options import ProjectAttributes
from polyai_assets.configuration.platform_options import PlatformAttributes
from polyai_assets.configuration.privacy import PrivacyConfig
from polyai_assets.configuration.publishing import PublishAttributes
from polyai_assets.configuration.report import ReportConfig
from polyai_assets.configuration.retention import RetentionConfig
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.machine.markdown import escaped, grid, rewrite_page

BEGIN = "<!-- What follows is written by `make docs` from the declared options. -->\n"
SECTIONS: Mapping[str, type[BaseModel]] = {
    "## Options of a project": ProjectAttributes,
    "### In `audio`": AudioConfig,
    "### In `kpi`": KpiConfig,
    "### In `privacy`": PrivacyConfig,
    "### In `retention`": RetentionConfig,
    "### In an entry of `searches`": SearchConfig,
    "### In `compare_with`": CompareAttributes,
    "## Options of the platform": PlatformAttributes,
    "### In `alerts`": AlertAttributes,
    "### In `report`": ReportConfig,
    "### In `publish`": PublishAttributes,
    "### In an entry of `deliveries`": DeliveryAttributes,
    "### In `contract`": ContractAttributes,
    "### In an entry of a table of `contract`": FieldAttributes,
    "### In `known` of `contract`": KnownAttributes,
}
_EXPLAINED = {
    "verify": "what-green-means.md",
    "details": "details.md",
    "reference": "reference.md",
    "audio": "recordings.md",
    "searches": "searches-and-samples.md",
    "samples": "searches-and-samples.md",
    "kpi": "facts.md",
    "privacy": "privacy.md",
    "retention": "retention.md",
    "compare_with": "v1-to-v3.md",
    "write_back": "writing-back.md",
    "contract": "drift.md",
    "alerts": "alerts.md",
    "report": "report.md",
    "publish": "delivery.md",
    "deliveries": "delivery.md",
}
"""The pages on what an option does."""


def render() -> str:
    """Write a table for each place in the file where options stand."""
    return "\n\n".join(f"{heading}\n\n{_table(model)}" for heading, model in SECTIONS.items()) + "\n"


def _table(model: type[BaseModel]) -> str:
    needed_first = sorted(options_of(model).items(), key=lambda item: not item[1].is_required())
    return grid(("option", "type", "default", "meaning"), [_row(name, field) for name, field in needed_first])


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    meaning, _, default = (field.description or "").partition(" Default: ")
    page = _EXPLAINED.get(name)
    option = f"[`{name}`]({page})" if page else f"`{name}`"
    in_words = "needed" if field.is_required() else default.removesuffix(".")
    return option, escaped(rule_of(field).kind), escaped(in_words), meaning


def main(arguments: Sequence[str] | None = None) -> None:
    """Replace what follows the mark in the given page."""
    rewrite_page(arguments, "Write the tables of options from the declared options.", BEGIN, render)


if __name__ == "__main__":
    main()
