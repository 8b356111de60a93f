"""The sensor `details_due`: fetches details by themselves, for the projects that have `details: true`.

It reads two small files a day of each project, and asks PolyAI for nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import dagster as dg
import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.assets.detail_specs import detail_keys
from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.cursor import read_cursor
from polyai_assets.automation.due import (
    LOOK_BACK,
    ConversationsState,
    DayState,
    DetailsState,
    Request,
    decide_details,
)
from polyai_assets.automation.jobs import DETAILS, Job
from polyai_assets.automation.runs import days_in_flight, range_requests
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.actionable import keeps_secrets

if TYPE_CHECKING:
    from polyai_assets.raw.store import RawStore

NAME = "details_due"
INTERVAL = 300  # seconds

_Memory = dict[str, dict[date, Request]]
_State = TypeVar("_State")


def build_details_sensor(platform: PlatformConfig, job: Job | None) -> list[dg.SensorDefinition]:
    """Make the sensor of a platform, which starts `job`, where a project has details fetched by themselves."""
    projects = [config for config in platform.projects if config.details is True]
    if job is None or not projects:
        return []

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description=(
            "Fetches the details of days whose conversations are new or have changed, and again when they are 1, 8 "
            "and 15 days old, for projects with details: true."
        ),
        job=job,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def details_due(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from polyai_assets.raw.store import RawStore

        store, now = RawStore(platform.raw_store), datetime.now(UTC)
        memory = read_cursor(context, _Memory) or {}
        in_flight = days_in_flight(
            context.instance, platform, [*ingest_keys(platform), *detail_keys(platform)]
        )
        requests: list[dg.RunRequest] = []
        remembered: _Memory = {}
        for config in projects:
            key = config.project.key
            days = read_states(store, config, days_to_look_at(now, platform.start_date))
            found = decide_details(days, in_flight.get(key, frozenset()), memory.get(key, {}), now)
            remembered[key] = found.memory
            requests += _requests(platform, config, found.wishes)
        cursor = msgspec.json.encode(remembered).decode()
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason="nothing is due", cursor=cursor)

    return [details_due]


def days_to_look_at(now: datetime, first: date) -> list[date]:
    """Give the days whose details may be due, oldest first; none is before `first`."""
    days = [now.date() - timedelta(days=back) for back in range(LOOK_BACK.days, -1, -1)]
    return [day for day in days if day >= first]


def read_states(store: "RawStore", config: ProjectConfig, days: Sequence[date]) -> Iterator[DayState]:
    """Read what the stores say of days that hold conversations.

    A certificate that cannot be read counts as none: the run that it stops says so.
    """
    from polyai_assets.raw.details.certificate import DETAIL_FILES
    from polyai_assets.raw.partition import Partition
    from polyai_assets.raw.store import CONVERSATION_FILES

    partitions = [Partition(config.project, day) for day in days]
    names = {one.date: (CONVERSATION_FILES.name(one), DETAIL_FILES.name(one)) for one in partitions}
    found = store.read_some(name for both in names.values() for name in both)
    for day, (of_conversations, of_details) in names.items():
        conversations = _read(found.get(of_conversations), ConversationsState)
        if conversations is not None:
            yield DayState(day, conversations, _read(found.get(of_details), DetailsState))


def _read(content: bytes | None, kind: type[_State]) -> _State | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=kind)
    except UNREADABLE:
        return None


def _requests(
    platform: PlatformConfig, config: ProjectConfig, wishes: dict[date, str]
) -> Iterator[dg.RunRequest]:
    """Ask for runs over the days, in ranges."""
    reason = "; ".join(sorted(set(wishes.values())))
    yield from range_requests(platform, config.project, list(wishes), job=DETAILS, reason=reason)
