"""A checked configuration of a platform, as everything else has it."""

from dataclasses import dataclass, field
from datetime import date

from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.configuration.project import ProjectConfig
from polyai_assets.configuration.report import ReportConfig
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.delivery.settings import DeliverySettings, PublishSettings
from polyai_assets.privacy.policy import REDACT


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
    read_only_copy: str = "polyai-marts.duckdb"
    """The path of the DuckDB file with facts and KPIs that everything opens which only reads."""
    copy_transcripts: bool = False
    """Whether that file has what people said, too."""
    report: ReportConfig = field(default_factory=lambda: ReportConfig.model_validate({}))
    """Which pages for people are made of it, and in which folder."""
    alerts: AlertSettings = field(default_factory=AlertSettings)
    """Where alerts are sent."""
    contract: Contract = PACKAGED
    """What records must look like, and which columns the tables have."""
    publish: PublishSettings | None = None
    """Which days are published as files, and where; None where nothing is."""
    deliveries: tuple[DeliverySettings, ...] = ()
    """The targets that published days are delivered to."""
    file: str = "defs.yaml"
    """Where all this is configured, as messages name it."""
    warnings: tuple[str, ...] = ()
    """What a person should know about it, although it can be used; each names its place in the file."""

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
    def reference_projects(self) -> list[ProjectConfig]:
        """The projects of which reference data is kept."""
        return [config for config in self.projects if config.reference]

    @property
    def redacts_text(self) -> bool:
        """Whether the text of any project is redacted."""
        return any(config.privacy.text == REDACT for config in self.projects)

    @property
    def has_retention(self) -> bool:
        """Whether anything of any project is removed after some days."""
        return any(not config.retention.keeps_all for config in self.projects)

    @property
    def has_comparison(self) -> bool:
        """Whether two versions of the API are compared for any project."""
        return any(config.compare_with for config in self.projects)

    @property
    def has_write_back(self) -> bool:
        """Whether anything is published to any project."""
        return any(config.write_back for config in self.projects)
