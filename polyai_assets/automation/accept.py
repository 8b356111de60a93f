"""The job `accept_partition`: the same decision as `polyai accept`, for those who live in the UI."""

from datetime import UTC, date, datetime

import dagster as dg
from pydantic import Field

from polyai_assets.api.errors import InvalidProject
from polyai_assets.api.project import Project
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import backfill_command

NAME = "accept_partition"


class AcceptConfig(dg.Config):
    """Which partition a person accepts as it is, and why."""

    project: str = Field(description="Key of the project, such as us-1/acme/hotel-bot.")
    date: str = Field(description="The day, as in 2026-11-03.")
    who: str = Field(description="Who decides.")
    why: str = Field(description="Why it is right as it is.")
    forget_vanished: bool = Field(
        False, description="Decide instead that records which have vanished from the API are not kept."
    )


def build_accept_job(platform: PlatformConfig) -> dg.JobDefinition:
    """Make the job of a platform."""

    @dg.op(name="_".join([*platform.key_prefix, "accept"]))
    @keeps_secrets
    def accept_op(context: dg.OpExecutionContext, config: AcceptConfig) -> None:
        from polyai_assets.raw.conversations.decisions import NothingToDecide, accept, forget_vanished
        from polyai_assets.raw.store import RawStore

        store = RawStore(platform.raw_store)
        try:
            project, day = Project.parse(config.project), date.fromisoformat(config.date)
        except (InvalidProject, ValueError) as error:
            raise dg.Failure(
                f"{error}. Write project like us-1/acme/hotel-bot and date like 2026-11-03",
                allow_retries=False,
            ) from error
        now = datetime.now(UTC)
        partition = Partition(project, day)
        if config.forget_vanished:
            forget_vanished(store, partition, config.who, now)
            context.log.info("the next fetch of %s leaves out what has vanished", partition)
            return
        try:
            decision = accept(store, partition, config.who, config.why, now)
        except NothingToDecide as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        context.log.info(
            "accepted for %s: %s; now: %s", partition, decision.doubt, backfill_command(partition)
        )

    @dg.job(
        name="_".join([*platform.key_prefix, NAME]),
        executor_def=dg.in_process_executor,
        description="Accepts a partition whose last fetch was refused; fetch it again afterwards.",
    )
    def accept_partition() -> None:
        accept_op()

    return accept_partition
