"""The sensor `finished_conversations`: follows every partition until it is settled.

A tick asks each project that has conversations in progress once, and any other not at all.
"""

from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from polyai_assets.api.query import ConversationQuery
from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.jobs import Job
from polyai_assets.automation.runs import days_in_flight, mark_dead_runs_failed, requested_runs
from polyai_assets.automation.tick import ProjectMemory, look
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.actionable import keeps_secrets

NAME = "finished_conversations"
INTERVAL = 60  # seconds


def build_finished_sensor(platform: PlatformConfig, spool: Path, job: Job) -> dg.SensorDefinition:
    """Make the sensor of a platform, which starts `job`; `spool` is where its runs show that they are alive."""

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description=(
            "Follows every partition until it is settled: adds today's new conversations, fetches those again "
            "that were in progress and have ended, and looks once more at days that should have settled."
        ),
        job=job,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def finished_conversations(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from polyai_assets.raw.conversations.unsettled import read_unsettled
        from polyai_assets.raw.store import RawStore

        for run_id in mark_dead_runs_failed(context.instance, platform, spool, datetime.now(UTC)):
            context.log.warning("run %s had died and is marked as failed", run_id)
        memory = read_cursor(context, dict[str, ProjectMemory]) or {}
        tick = look(
            platform.projects,
            read_unsettled(RawStore(platform.raw_store)),
            memory,
            days_in_flight(context.instance, platform, ingest_keys(platform)),
            running_now,
            datetime.now(UTC),
        )
        for warning in tick.warnings:
            context.log.warning("%s", warning)
        cursor = write_cursor(tick.memory)
        requests = list(requested_runs(platform, tick.requests))
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason=_summary(tick.following), cursor=cursor)

    return finished_conversations


def running_now(config: ProjectConfig, first: datetime, last: datetime) -> Set[str]:
    """Ask which of the conversations that started from `first` to `last` are in progress.

    Raises MissingKey and PolyAIError; gives up early, because a tick must end within a minute.
    """
    from polyai_assets.api.conversations import ConversationsClient

    connection = config.connection().hasty(attempts=2, seconds=20.0)
    query = ConversationQuery(
        in_progress=True,
        start_time=first - timedelta(seconds=1),
        end_time=last + timedelta(seconds=1),
        channels=config.channels,
        variant_id=config.variant_id,
        variant_name=config.variant_name,
    )
    running: set[str] = set()
    with ConversationsClient(connection, page_size=config.page_size) as client:
        for client_env in config.client_env:
            for page in client.pages(replace(query, client_env=client_env)):
                running.update(record.id for record in page.records if record.id is not None)
    return running


def _summary(following: int) -> str:
    if not following:
        return "every partition that was fetched is settled"
    return f"following {following} unsettled {'day' if following == 1 else 'days'}; nothing to fetch now"
