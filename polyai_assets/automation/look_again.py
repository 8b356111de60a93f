"""The sensors `details_due` and `due_recordings`: what is fetched again by itself, once it is due.

A tick reads small files of the raw store and asks PolyAI for nothing. Each sensor is an entry of the same table: how it
finds what is due, and which job fetches that. Deciding is a pure function, and the same for both.

Example: a day is due at 12:00, and a run is asked for. It changes nothing, so the next is asked for at 12:15, the one
after at 12:45, and so on, six hours apart in the end. Conversations of the day change: it is asked for at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg
import msgspec

from polyai_assets.assets.details import detail_keys
from polyai_assets.assets.specs import asset_key, ingest_keys
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.decide import LONGEST_WAIT, TRY_AGAIN_AFTER
from polyai_assets.automation.jobs import DETAILS, RECORDINGS, Job
from polyai_assets.automation.runs import days_in_flight, range_requests
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.contract.tables import AUDIO
from polyai_assets.machine.actionable import keeps_secrets
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.trouble import growing_pause

if TYPE_CHECKING:
    from polyai_assets.raw.store import RawStore

MOST_DAYS = 50
"""So many partitions at most are asked for in a tick; the others wait for the next."""


class DuePartition(NamedTuple):
    """A partition that is due from `at` on, and why. `state` tells one reason from the next: a new one starts anew."""

    partition: Partition
    at: datetime
    reason: str
    state: str


class LastRequest(msgspec.Struct, frozen=True):
    """What a tick remembers of a partition that it asked a run for: for which state, when, how often in a row."""

    state: str
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class RunsDue:
    """The partitions to fetch now, each with the reason, and what to remember, by the keys of partitions."""

    reasons: dict[Partition, str] = field(default_factory=dict)
    memory: dict[str, LastRequest] = field(default_factory=dict)


def request_due(
    due: Iterable[DuePartition],
    in_flight: Mapping[str, Set[date]],
    memory: Mapping[str, LastRequest],
    now: datetime,
    most: int = MOST_DAYS,
) -> RunsDue:
    """Decide which partitions to fetch now: those that are due, that no run is on, and that were not just asked for.

    `in_flight` are the days of each project, by its key, that runs are on. At most `most` are asked for at once.
    """
    requested = RunsDue()
    for partition, at, reason, state in due:
        if at > now:
            continue
        last = memory.get(partition.key)
        if last is not None and last.state != state:
            last = None
        if last is not None:
            requested.memory[partition.key] = last
        waits = last is not None and now < last.at + growing_pause(
            TRY_AGAIN_AFTER, LONGEST_WAIT, last.times - 1
        )
        is_in_flight = partition.date in in_flight.get(partition.project.key, ())
        if waits or is_in_flight or len(requested.reasons) >= most:
            continue
        requested.reasons[partition] = reason
        requested.memory[partition.key] = LastRequest(state, now, last.times + 1 if last else 1)
    return requested


@dataclass(frozen=True, slots=True)
class LookAgain:
    """A sensor: its name, how often it looks (seconds), the job that it starts, and what it finds to be due.

    `find_due` is given the raw store, the projects that `wants` says yes to, the first day that there is, and the time.
    `assets` are those whose runs keep it from asking for the same days.
    """

    name: str
    description: str
    interval: int
    job: str
    wants: Callable[[ProjectConfig], bool]
    find_due: "Callable[[RawStore, Sequence[ProjectConfig], date, datetime], Iterable[DuePartition]]"
    assets: Callable[[PlatformConfig], Sequence[dg.AssetKey]]


def build_look_again_sensor(
    platform: PlatformConfig, look_again: LookAgain, job: Job | None
) -> list[dg.SensorDefinition]:
    """Make a sensor of a platform, which starts `job`, where a project wants it."""
    projects = [config for config in platform.projects if look_again.wants(config)]
    if job is None or not projects:
        return []

    @dg.sensor(
        name="_".join([*platform.key_prefix, look_again.name]),
        description=look_again.description,
        job=job,
        minimum_interval_seconds=look_again.interval,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from polyai_assets.raw.store import RawStore

        now = datetime.now(UTC)
        requested = request_due(
            look_again.find_due(RawStore(platform.raw_store), projects, platform.start_date, now),
            days_in_flight(
                context.instance, platform, [*look_again.assets(platform), *ingest_keys(platform)]
            ),
            read_cursor(context, dict[str, LastRequest]) or {},
            now,
        )
        cursor = write_cursor(requested.memory)
        requests = list(runs_over(platform, look_again.job, requested.reasons))
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason="nothing is due", cursor=cursor)

    return [look]


def runs_over(
    platform: PlatformConfig, job: str, reasons: Mapping[Partition, str]
) -> Iterator[dg.RunRequest]:
    """Ask for runs over partitions, in ranges of each project."""
    for project, partitions in groupby(sorted(reasons), key=lambda partition: partition.project):
        listed = list(partitions)
        reason = "; ".join(sorted({reasons[partition] for partition in listed}))
        yield from range_requests(
            platform, project, [partition.date for partition in listed], job=job, reason=reason
        )


def _due_details(
    store: "RawStore", projects: Sequence[ProjectConfig], first: date, now: datetime
) -> Iterator[DuePartition]:
    from polyai_assets.raw.details.details_certificate import LOOK_BACK, find_due

    days = [now.date() - timedelta(days=back) for back in range(LOOK_BACK.days, -1, -1)]
    for config in projects:
        partitions = [Partition(config.project, day) for day in days if day >= first]
        for partition, reason, state in find_due(store, partitions, now):
            yield DuePartition(partition, now, reason, state)


def _due_recordings(
    store: "RawStore", projects: Sequence[ProjectConfig], first: date, now: datetime
) -> Iterator[DuePartition]:
    from polyai_assets.raw.recordings.recordings_due import read_due

    wanting = {config.project.key for config in projects}
    for due in read_due(store):
        if due.project in wanting:
            yield DuePartition(due.partition, due.at, "recordings are due", due.at.isoformat())


DUE_DETAILS = LookAgain(
    name="details_due",
    description=(
        "Fetches the details of days whose conversations are new or have changed, and again when they are 1, 8 "
        "and 15 days old, for projects with details: true."
    ),
    interval=300,
    job=DETAILS,
    wants=lambda config: config.details is True,
    find_due=_due_details,
    assets=detail_keys,
)

DUE_RECORDINGS = LookAgain(
    name="due_recordings",
    description=(
        "Fetches recordings, where audio.calls asks for them: of days whose conversations have changed, and again "
        "those that were not there yet or could not be fetched. Days that were fetched before audio.calls was set "
        "are not looked at: backfill them."
    ),
    interval=60,
    job=RECORDINGS,
    wants=lambda config: config.wants_recordings,
    find_due=_due_recordings,
    assets=lambda platform: [asset_key(platform, AUDIO.name)],
)
