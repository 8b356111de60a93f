"""One look at all projects: reads the index, asks the projects that have something running, and decides.

It knows no Dagster: the sensor gives it what it needs and turns the wishes into runs.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from polyai_assets.api.errors import PolyAIError
from polyai_assets.automation.decide import Pace, ProjectView, Wish, decide, follows_running
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.settle import Unsettled

MOST_WISHES = 50
"""So many days at most are asked for in a tick; the others wait for the next."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)

AskRunning = Callable[[ProjectConfig, datetime, datetime], Set[str]]
"""Asks a project which of the conversations that began in a span of time are in progress."""


class Memory(msgspec.Struct):
    """What a tick leaves for the next one about a project.

    `asked_at` is when a run was last asked for each day. A project that could not be asked is left alone until
    `pause_until`, longer each of the `failures` in a row.
    """

    asked_at: dict[date, datetime] = {}
    failures: int = 0
    pause_until: datetime | None = None


@dataclass(slots=True)
class Tick:
    """What a look at all projects came to: wishes by project, what to remember, and what went wrong."""

    wishes: list[tuple[ProjectConfig, Wish]] = field(default_factory=list)
    memory: dict[str, Memory] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    following: int = 0
    calls: int = 0


def look(
    projects: Iterable[ProjectConfig],
    index: Iterable[Unsettled],
    memory: Mapping[str, Memory],
    in_flight: Mapping[str, Set[date]],
    ask_running: AskRunning,
    now: datetime,
) -> Tick:
    """Look at all projects. One that cannot be asked is told in `warnings`; the others go on."""
    by_project: dict[str, list[Unsettled]] = {}
    for day in index:
        by_project.setdefault(day.project, []).append(day)
    tick = Tick()
    for config in projects:
        key = config.project.key
        days = by_project.get(key, [])
        if not days:
            continue
        tick.following += len(days)
        known = memory.get(key, Memory())
        busy = in_flight.get(key, frozenset())
        running, tick.memory[key] = _running(tick, config, days, busy, known, ask_running, now)
        view = ProjectView(days=days, running=running, in_flight=busy, asked_at=known.asked_at)
        pace = Pace(top_up_every=config.top_up_every, max_open=timedelta(hours=config.max_open_hours))
        tick.wishes += [(config, wish) for wish in decide(view, pace, now)]
    tick.wishes = sorted(tick.wishes, key=lambda wished: wished[1].day)[:MOST_WISHES]
    for config, wish in tick.wishes:
        tick.memory[config.project.key].asked_at[wish.day] = now
    return tick


def _running(
    tick: Tick,
    config: ProjectConfig,
    days: list[Unsettled],
    in_flight: Set[date],
    known: Memory,
    ask_running: AskRunning,
    now: datetime,
) -> tuple[Set[str] | None, Memory]:
    """Ask what is running, if that matters and the project is not paused; returns it and what to remember."""
    asked_at = {day.date: known.asked_at[day.date] for day in days if day.date in known.asked_at}
    if not follows_running(days, in_flight):
        return None, Memory(asked_at)
    if known.pause_until is not None and now < known.pause_until:
        return None, Memory(asked_at, known.failures, known.pause_until)
    starts = [start for day in days for start in day.running.values()]
    tick.calls += 1
    try:
        return ask_running(config, min(starts), max(starts)), Memory(asked_at)
    except PolyAIError as error:
        pause = min(_FIRST_PAUSE * 2 ** min(known.failures, 10), _LONGEST_PAUSE)
        tick.warnings.append(f"{error} It is asked again at {now + pause:%H:%M:%S} UTC.")
        return None, Memory(asked_at, known.failures + 1, now + pause)
