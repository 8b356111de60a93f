"""The sensor `due_recordings`: fetches the recordings of days whose conversations have changed, or that were missing.

A tick reads a small index in the raw store and asks PolyAI nothing. Days that were fetched before `audio.calls` was set
are not in it: backfill `audio` for them.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg
import msgspec

from polyai_assets.api.project import Project
from polyai_assets.assets.specs import asset_key, ingest_keys
from polyai_assets.automation.cursor import read_cursor
from polyai_assets.automation.decide import TRY_AGAIN_AFTER
from polyai_assets.automation.jobs import RECORDINGS, Job
from polyai_assets.automation.runs import days_in_flight, range_requests
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import AUDIO
from polyai_assets.machine.actionable import keeps_secrets
from polyai_assets.raw.trouble import growing_pause

if TYPE_CHECKING:
    from polyai_assets.raw.recordings.due import Due

NAME = "due_recordings"
INTERVAL = 60  # seconds

MOST_DAYS = 50
"""So many days at most are asked for in a tick; the others wait for the next."""

_LONGEST_LEFT_ALONE = timedelta(hours=16)
"""How long at most a day is left alone when runs were asked for it and did nothing about it."""


class Asked(msgspec.Struct, frozen=True):
    """What a tick remembers of a day that it asked a run for: when, how often in a row, and what was known of it."""

    at: datetime
    times: int
    due_at: datetime


class Decision(NamedTuple):
    """The days to fetch recordings of, by project, and what to remember."""

    days: dict[str, list[date]]
    memory: dict[str, Asked]


def build_recordings_sensor(platform: PlatformConfig, job: Job | None) -> list[dg.SensorDefinition]:
    """Make the sensor of a platform, which starts `job`, where a project wants recordings."""
    if job is None:
        return []
    audio = asset_key(platform, AUDIO.name)
    wanting = {one.project.key: one.project for one in platform.projects if one.wants_recordings}

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description=(
            "Fetches recordings, where audio.calls asks for them: of days whose conversations have changed, and again "
            "those that were not there yet or could not be fetched."
        ),
        job=job,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def due_recordings(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from polyai_assets.raw.recordings.due import read_due
        from polyai_assets.raw.store import RawStore

        memory = read_cursor(context, dict[str, Asked]) or {}
        decision = decide(
            [one for one in read_due(RawStore(platform.raw_store)) if one.project in wanting],
            days_in_flight(context.instance, platform, [audio, *ingest_keys(platform)]),
            memory,
            datetime.now(UTC),
        )
        cursor = msgspec.json.encode(decision.memory).decode()
        requests = list(_requests(platform, wanting, decision.days))
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason="no recordings are due", cursor=cursor)

    return [due_recordings]


def decide(
    due: "Iterable[Due]",
    in_flight: Mapping[str, Set[date]],
    memory: Mapping[str, Asked],
    now: datetime,
) -> Decision:
    """Decide which days to fetch recordings of now: those that are due and that no run is working on."""
    decision = Decision({}, {})
    chosen = 0
    for one in due:
        name = f"{one.date}|{one.project}"
        before = memory.get(name)
        if before is not None and before.due_at == one.at:
            decision.memory[name] = before
        else:
            before = None
        waits = before is not None and now < before.at + growing_pause(
            TRY_AGAIN_AFTER, _LONGEST_LEFT_ALONE, before.times - 1
        )
        if one.at > now or one.date in in_flight.get(one.project, ()) or waits or chosen >= MOST_DAYS:
            continue
        chosen += 1
        decision.days.setdefault(one.project, []).append(one.date)
        decision.memory[name] = Asked(now, before.times + 1 if before else 1, one.at)
    return decision


def _requests(
    platform: PlatformConfig,
    projects: Mapping[str, Project],
    days: Mapping[str, list[date]],
) -> Iterable[dg.RunRequest]:
    for project, listed in days.items():
        yield from range_requests(
            platform, projects[project], listed, job=RECORDINGS, reason="recordings are due"
        )
