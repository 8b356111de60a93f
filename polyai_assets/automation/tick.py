"""One look at all projects: reads the index, asks the projects that have something running, and decides.

It knows no Dagster: the sensor gives it what it needs and turns the requests into runs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from polyai_assets.api.errors import PolyAIError
from polyai_assets.automation.decide import DayRequest, Pace, ProjectView, decide, follows_running
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.conversations.settle import Unsettled
from polyai_assets.raw.trouble import growing_pause

MOST_REQUESTS = 50
"""So many days at most are asked for in a tick; the others wait for the next."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)

_AT_ONCE = 8
"""How many projects are asked at the same time."""

AskRunning = Callable[[ProjectConfig, datetime, datetime], Set[str]]
"""Asks a project which of the conversations that began in a span of time are in progress."""


class ProjectMemory(msgspec.Struct):
    """What a tick leaves for the next one about a project.

    `asked_at` is when a run was last asked for each day. A project that could not be asked is left alone until
    `pause_until`, longer each of the `failures` in a row.
    """

    asked_at: dict[date, datetime] = {}
    failures: int = 0
    pause_until: datetime | None = None


@dataclass(slots=True)
class Tick:
    """The result of a look at all projects: requests by project, what to remember, and what went wrong."""

    requests: list[tuple[ProjectConfig, DayRequest]] = field(default_factory=list)
    memory: dict[str, ProjectMemory] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    following: int = 0
    calls: int = 0


def look(
    projects: Iterable[ProjectConfig],
    index: Iterable[Unsettled],
    memory: Mapping[str, ProjectMemory],
    in_flight: Mapping[str, Set[date]],
    ask_running: AskRunning,
    now: datetime,
    budget: float = 40.0,
) -> Tick:
    """Look at all projects. One that cannot be asked is named in `warnings`; the others go on.

    Projects are asked at the same time, a few at once, for at most `budget` seconds: a tick that takes longer
    than a minute is cut off. Those that have not answered by then are asked in the next tick.
    """
    by_project: dict[str, list[Unsettled]] = {}
    for day in index:
        by_project.setdefault(day.project, []).append(day)
    followed = [config for config in projects if config.project.key in by_project]
    tick = Tick(following=sum(len(by_project[config.project.key]) for config in followed))
    to_ask = [
        (config, by_project[config.project.key])
        for config in followed
        if _is_to_be_asked(config, by_project[config.project.key], memory, in_flight, now)
    ]
    tick.calls = len(to_ask)
    answers = _ask(to_ask, ask_running, budget)
    for config in followed:
        key = config.project.key
        days, known = by_project[key], memory.get(key, ProjectMemory())
        asked_at = {day.date: known.asked_at[day.date] for day in days if day.date in known.asked_at}
        answer = answers.get(key)
        tick.memory[key] = ProjectMemory(asked_at, known.failures, known.pause_until)
        if isinstance(answer, PolyAIError):
            pause = growing_pause(_FIRST_PAUSE, _LONGEST_PAUSE, known.failures)
            tick.warnings.append(f"{answer} It is asked again at {now + pause:%H:%M:%S} UTC.")
            tick.memory[key] = ProjectMemory(asked_at, known.failures + 1, now + pause)
        elif answer is not None:
            tick.memory[key] = ProjectMemory(asked_at)
        view = ProjectView(
            days=days,
            running=None if isinstance(answer, PolyAIError) else answer,
            in_flight=in_flight.get(key, frozenset()),
            asked_at=asked_at,
        )
        pace = Pace(top_up_every=config.top_up_every, max_open=timedelta(hours=config.max_open_hours))
        tick.requests += [(config, request) for request in decide(view, pace, now)]
    tick.requests = sorted(tick.requests, key=lambda requested: requested[1].day)[:MOST_REQUESTS]
    for config, request in tick.requests:
        tick.memory[config.project.key].asked_at[request.day] = now
    return tick


def _is_to_be_asked(
    config: ProjectConfig,
    days: Sequence[Unsettled],
    memory: Mapping[str, ProjectMemory],
    in_flight: Mapping[str, Set[date]],
    now: datetime,
) -> bool:
    known = memory.get(config.project.key)
    paused = known is not None and known.pause_until is not None and now < known.pause_until
    return not paused and follows_running(days, in_flight.get(config.project.key, frozenset()))


def _ask(
    projects: Sequence[tuple[ProjectConfig, Sequence[Unsettled]]], ask_running: AskRunning, budget: float
) -> dict[str, Set[str] | PolyAIError]:
    """Ask projects what is running; gives the answer or the error of each that answered in time."""
    if not projects:
        return {}
    pool = ThreadPoolExecutor(min(len(projects), _AT_ONCE), thread_name_prefix="tick")
    asked = {}
    for config, days in projects:
        starts = [start for day in days for start in day.running.values()]
        asked[pool.submit(ask_running, config, min(starts), max(starts))] = config.project.key
    done, _ = wait(asked, timeout=budget)
    pool.shutdown(wait=False, cancel_futures=True)
    answers: dict[str, Set[str] | PolyAIError] = {}
    for future in done:
        error = future.exception()
        if error is not None and not isinstance(error, PolyAIError):
            raise error
        answers[asked[future]] = error if error is not None else future.result()
    return answers
