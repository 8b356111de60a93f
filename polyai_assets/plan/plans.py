"""The plans of many projects, made at the same time."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.plan.facts import Span
from polyai_assets.plan.project_plan import ProjectPlan, plan_project

_AT_ONCE = 8


def plan_all(
    chosen: Iterable[tuple[PlatformConfig, Sequence[ProjectConfig]]],
    since: date | None,
    until: date | None,
    now: datetime,
) -> list[ProjectPlan]:
    """Plan projects of platforms, from `since` (default: the platform's start) to `until` (default: today)."""
    asked = [
        (platform, config, Span(since or platform.start_date, until or now.date(), now))
        for platform, configs in chosen
        for config in configs
    ]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="plan") as pool:
        return list(pool.map(lambda one: plan_project(*one), asked))
