"""The job `publish_write_backs`: takes in what lies in the outbox, and publishes what is pending to PolyAI."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.step import forwarded_to
from polyai_assets.automation.jobs import job_name
from polyai_assets.configuration import PlatformConfig

if TYPE_CHECKING:
    from polyai_assets.write_back.lease import Leases
    from polyai_assets.write_back.outbox import Outbox
    from polyai_assets.write_back.report import Published

NAME = "publish_write_backs"
COUNTS = ("done", "refused", "unknown", "pending")
_COLUMNS = ("project", *COUNTS)


class PublishConfig(dg.Config):
    """The configuration of a run."""

    only_due: bool = Field(
        False,
        description="Leave alone what waits after a failure until its time has come, as the sensor does. "
        "Default: try everything that is pending.",
    )


@dataclass(slots=True)
class Publication:
    """The result of a pass: how the requests of each project ended, and the files that were not taken in."""

    published: list["Published"] = field(default_factory=list)
    bad_files: dict[str, list[str]] = field(default_factory=dict)

    def total(self, count: str) -> int:
        """Add up one of `COUNTS` over all projects."""
        return sum(getattr(published, count) for published in self.published)

    def troubles(self) -> list[str]:
        """Say what a person has to do something about."""
        return [
            *(
                f"{project.project}: annotations that may have been published or not: {project.unknown}. Look there "
                "(SELECT * FROM annotation_requests WHERE state = 'unknown'), then polyai write-back --retry-unknown "
                "those that are not there"
                for project in self.published
                if project.unknown
            ),
            *(
                f"{project.project}: requests that stay pending: {project.pending}. {project.why_pending}"
                for project in self.published
                if project.key_trouble
            ),
            *(f"{name} was not taken in: {'; '.join(reasons)}" for name, reasons in self.bad_files.items()),
        ]

    def metadata(self) -> dict[str, Any]:
        """Give the counts, in all and by project."""
        counts = {count: self.total(count) for count in COUNTS}
        if not self.published:
            return counts
        by_project = [
            dg.TableRecord(
                {
                    **{name: getattr(project, name) for name in _COLUMNS},
                    "why_pending": project.why_pending or "",
                }
            )
            for project in self.published
        ]
        return {**counts, "projects": dg.MetadataValue.table(by_project)}


def publish_platform(platform: PlatformConfig, root: Path, *, only_due: bool = False) -> Publication:
    """Take in the outbox of a platform and publish what is pending; `root` is the folder of the Dagster project.

    Raises WarehouseBusy and WarehouseUnreachable.
    """
    # pyarrow and requests take long to import: only runs pay for them.
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.write_back.publish import publish
    from polyai_assets.write_back.send import Recipient

    connected = partial(connect, duckdb_resource(spool_of(root)))
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data)
    projects = {config.project.key for config in platform.projects}
    with connected() as connection:
        taken = outbox_of(platform, root).take_in(connection, warehouse, projects, datetime.now(UTC))
    recipients = [
        Recipient(
            project=config.project.key, write_back=config.write_back, connection=config.agents_connection
        )
        for config in platform.projects
    ]
    published = publish(
        connected, warehouse, recipients, leases_of(root), lambda: datetime.now(UTC), only_due=only_due
    )
    return Publication(published, taken.bad)


def build_publish_job(platform: PlatformConfig, root: Path) -> dg.JobDefinition:
    """Make the job of a platform; `root` is the folder of the Dagster project."""

    @dg.op(name=op_name(platform))
    def publish_op(context: dg.OpExecutionContext, config: PublishConfig) -> None:
        show_alive(spool_of(root), context.run_id)
        with forwarded_to(context.log):
            publication = publish_platform(platform, root, only_due=config.only_due)
        context.add_output_metadata(publication.metadata())
        troubles = publication.troubles()
        if troubles:
            raise dg.Failure("\n".join(troubles), metadata=publication.metadata(), allow_retries=False)

    @dg.job(
        name=job_name(platform, NAME),
        executor_def=dg.in_process_executor,
        description=(
            "Publishes requested annotations and notes to PolyAI: those of the tables annotation_requests and "
            "note_requests, and those in CSV files in data/outbox."
        ),
    )
    def publish_write_backs() -> None:
        publish_op()

    return publish_write_backs


def op_name(platform: PlatformConfig) -> str:
    """Name the job's only step, under the configured prefix."""
    return "_".join([*platform.key_prefix, "publish"])


def spool_of(root: Path) -> Path:
    """Say where runs show that they are alive, and DuckDB puts what does not fit into memory."""
    return root / "data" / "spool"


def leases_of(root: Path) -> "Leases":
    """Say where publishers show that they are at work."""
    from polyai_assets.write_back.lease import Leases

    return Leases(spool_of(root) / "publishers")


def outbox_of(platform: PlatformConfig, root: Path) -> "Outbox":
    """Find the folder for CSV files; instances of the component with different prefixes have different ones."""
    from polyai_assets.write_back.outbox import Outbox

    return Outbox(root.joinpath("data", "outbox", *platform.key_prefix))


def writable(platform: PlatformConfig) -> Sequence[str]:
    """Name the projects to which something may be published."""
    return [config.project.key for config in platform.projects if config.write_back]
