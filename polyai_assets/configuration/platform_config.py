"""All that one component instance is told."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.configuration import rules
from polyai_assets.configuration.project_config import ProjectConfig
from polyai_assets.contract.contract import PACKAGED, Contract


class PlatformAttributes(BaseModel):
    """The attributes of `polyai_assets.PolyAIConversations`, as they stand in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    raw_store: Annotated[str | None, rules.store()] = Field(
        None,
        description="Where the API's records are kept as they came: a folder, relative to the project, "
        "or a URL such as s3://bucket/prefix. Default: data/raw, with a key_prefix data/<key_prefix>/raw.",
        examples=["data/raw"],
    )
    warehouse: Annotated[str | None, rules.store()] = Field(
        None,
        description="Where the tables are: a DuckDB file, relative to the project, or a DuckLake, "
        "such as ducklake:postgres:dbname=lake. Default: data/polyai.duckdb, with a key_prefix "
        "data/<key_prefix>/polyai.duckdb.",
        examples=["data/polyai.duckdb"],
    )
    warehouse_data: Annotated[str | None, rules.store()] = Field(
        None,
        description="A DuckLake's data: a folder or a URL such as s3://bucket/lake. Needed with ducklake:.",
    )
    start_date: Annotated[date | None, rules.day()] = Field(
        None,
        description="First day to have, YYYY-MM-DD in UTC; the first partition. Default: the first of the month of 90 "
        "days ago, or the first day in the raw store if that is earlier; needed where the raw store is a URL.",
        examples=["2026-01-01"],
    )
    key_prefix: Annotated[tuple[str, ...], rules.key_prefix()] = Field(
        (),
        description="Prefix of the asset keys, one word or a list: instances with different ones can live "
        "side by side. Default: none.",
    )
    backfill_days_per_run: Annotated[int | None, rules.number(1, 3660, "days")] = Field(
        None,
        description="Days that one run of a backfill fetches, 1 to 3660. Default: all, in one run a project.",
    )
    defaults: Annotated[Any, rules.anything()] = Field(
        None,
        description="What a project may say, except project_id, once for all. A project's own word wins.",
    )
    alerts: Annotated[Any, rules.anything()] = Field(
        None,
        description="Where alerts are sent: urls, and dagster_url for links. Default: nothing is sent.",
    )
    contract: Annotated[Any, rules.anything()] = Field(
        None,
        description="What PolyAI sends beyond what this package declares: further fields of the tables, and known "
        "channels, environments and metrics. `polyai drift` prints the lines. Default: nothing.",
    )
    projects: Annotated[Any, rules.anything()] = Field(description="The projects, four lines each.")


@dataclass(frozen=True)
class PlatformConfig:
    """A checked configuration: paths are absolute, projects unique, defaults applied."""

    raw_store: str
    """A folder or a URL."""
    warehouse: str = field(repr=False)  # a DuckLake's may hold a password
    """The path of a DuckDB file, or `ducklake:…`."""
    warehouse_data: str | None
    """A DuckLake's data folder or URL; None for a DuckDB file."""
    start_date: date
    """The first partition, in UTC."""
    key_prefix: tuple[str, ...]
    """Empty for none."""
    backfill_days_per_run: int | None
    """None: a backfill takes all days of a project in one run."""
    projects: tuple[ProjectConfig, ...]
    """At least one, in the order of the file."""
    alerts: AlertSettings = field(default_factory=AlertSettings)
    """Where alerts are sent."""
    contract: Contract = PACKAGED
    """What records must look like, and which columns the tables have."""
    file: str = "defs.yaml"
    """Where all this is configured, as messages name it."""

    # Assets, jobs, sensors and schedules of an option are there as soon as one project uses it.

    @property
    def has_details(self) -> bool:
        """Whether details are fetched of any project, by itself or by hand."""
        return any(config.details for config in self.projects)

    @property
    def has_recordings(self) -> bool:
        """Whether recordings are fetched of any project."""
        return any(config.wants_recordings for config in self.projects)

    @property
    def has_searches(self) -> bool:
        """Whether any project has saved searches."""
        return any(config.searches for config in self.projects)

    @property
    def has_samples(self) -> bool:
        """Whether conversations of any project are drawn for review."""
        return any(config.samples for config in self.projects)

    @property
    def has_comparison(self) -> bool:
        """Whether two versions of the API are compared for any project."""
        return any(config.compare_with for config in self.projects)

    @property
    def has_write_back(self) -> bool:
        """Whether anything is published to any project."""
        return any(config.write_back for config in self.projects)
