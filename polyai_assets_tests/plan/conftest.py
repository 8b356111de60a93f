"""A PolyAI with a busy project, and what is true of it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.configuration import ProjectConfig
from polyai_assets.plan.facts import Span
from polyai_assets.plan.project_plan import ProjectPlan, plan_project
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Clock, IncludedDetails, SimulatedProject, Simulator
from polyai_assets_tests.deployment import NOW, configured, platform_in

BUSY = SimulatedProject("us-1", "acme", "busy-bot", "busy-key-3f00aa", "hotel", 120)
SINCE, UNTIL = date(2025, 2, 10), date(2025, 3, 9)
SPAN = Span(SINCE, UNTIL, NOW)

Plan = Callable[..., ProjectPlan]


@pytest.fixture(scope="session")
def busy_served() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator([BUSY], clock=Clock(NOW))
    with simulator.running() as url:
        yield simulator, url


@pytest.fixture
def busy(busy_served: tuple[Simulator, str]) -> Simulator:
    """The simulator, without faults."""
    simulator, _ = busy_served
    simulator.faults.clear()
    simulator.requests.clear()
    return simulator


@pytest.fixture
def configure_busy(busy: Simulator, busy_served: tuple[Simulator, str]) -> Callable[..., ProjectConfig]:
    return lambda **options: configured(BUSY, busy_served[1], **options)


@pytest.fixture
def plan(tmp_path: Path, configure_busy: Callable[..., ProjectConfig]) -> Plan:
    """Plan the busy project; `days_per_run` as the platform has it, anything else as the project's options."""

    def plan(span: Span = SPAN, days_per_run: int | None = None, **options: Any) -> ProjectPlan:
        config = configure_busy(**options)
        platform = platform_in(tmp_path, config, backfill_days_per_run=days_per_run)
        return plan_project(platform, config, span)

    return plan


@pytest.fixture
def truth(busy: Simulator) -> Callable[..., list[dict[str, Any]]]:
    """All conversations of the busy project in some environments."""

    def truth(*environments: str, since: date = SINCE, until: date = UNTIL) -> list[dict[str, Any]]:
        start, end = midnight(since), midnight(until + timedelta(days=1))
        everything = busy.conversations(BUSY.key, start, end, IncludedDetails(True, True, True))
        return [one for one in everything if one["environment"] in (environments or ("live",))]

    return truth
