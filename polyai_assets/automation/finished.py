"""The sensor `finished_conversations`: fetches a day again once conversations in it have finished.

A tick asks each project that has open days once, and a project with none not at all. A project that cannot be
asked is told in the log and left for the next tick; the others go on.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import msgspec

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.query import ConversationQuery
from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.decide import ProjectView, days_to_fetch
from polyai_assets.automation.runs import days_in_flight, range_requests
from polyai_assets.configuration import MissingKey, PlatformConfig, ProjectConfig

NAME = "finished_conversations"
INTERVAL = 60  # seconds

AskedAt = dict[str, dict[date, datetime]]
"""The cursor: when a run was last asked for, by project and day."""


def build_finished_sensor(platform: PlatformConfig) -> dg.SensorDefinition:
    """Make the sensor of a platform."""

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description="Fetches a day again once conversations that were in progress in it have finished.",
        asset_selection=dg.AssetSelection.assets(*ingest_keys(platform)),
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def finished_conversations(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        from polyai_assets.raw.store import RawStore
        from polyai_assets.raw.unsettled import read_unsettled

        store = RawStore(platform.raw_store)
        now = datetime.now(UTC)
        asked = msgspec.json.decode(context.cursor, type=AskedAt) if context.cursor else {}
        in_flight = days_in_flight(context.instance)
        requests: list[dg.RunRequest] = []
        following = 0
        for config in platform.projects:
            key = config.project.key
            open_days = read_unsettled(store, config.project)
            if not open_days:
                asked.pop(key, None)
                continue
            following += len(open_days)
            starts = [start for day in open_days.values() for start in day.in_progress.values()]
            try:
                running = running_now(config, min(starts), max(starts))
            except (PolyAIError, MissingKey) as error:
                context.log.warning("%s", error)
                continue
            asked_at = {day: at for day, at in asked.get(key, {}).items() if day in open_days}
            view = ProjectView(
                open_days=open_days, running=running, in_flight=in_flight.get(key, set()), asked_at=asked_at
            )
            days = days_to_fetch(view, now)
            requests += range_requests(platform, config.project, days)
            asked[key] = asked_at | dict.fromkeys(days, now)
        cursor = msgspec.json.encode(asked).decode()
        if not requests:
            return dg.SensorResult(skip_reason=_waiting_for(following), cursor=cursor)
        return dg.SensorResult(run_requests=requests, cursor=cursor)

    return finished_conversations


def _waiting_for(days: int) -> str:
    if not days:
        return "no conversation was in progress when its day was fetched"
    return (
        f"none of the conversations in progress has finished ({days} open {'day' if days == 1 else 'days'})"
    )


def running_now(config: ProjectConfig, first: datetime, last: datetime) -> set[str]:
    """Ask which of the conversations that started from `first` to `last` are in progress.

    Raises MissingKey and PolyAIError; gives up early, because a tick must end within a minute.
    """
    # requests takes a fifth of a second to import: only ticks that have something to ask pay for it
    from polyai_assets.api.client import ConversationsClient

    connection = replace(
        config.connection(), max_attempts=2, max_wait=2.0, give_up_after=20.0, read_timeout=15.0
    )
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
