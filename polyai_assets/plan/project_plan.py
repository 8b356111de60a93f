"""The plan of one project, and those of many, made at the same time."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import msgspec

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import PolyAIError
from polyai_assets.assets.requests import fetch_request
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.plan.counting import CountedCalls
from polyai_assets.plan.estimate import NOTHING, Estimate
from polyai_assets.plan.facts import Facts, Span, calls_among, find_out
from polyai_assets.plan.layers import Layer, audio, details, raw_store, searches, tables
from polyai_assets.plan.recordings import MOST_CALLS as MOST_AGENTS_CALLS
from polyai_assets.plan.recordings import Weights, assumed, measured

MOST_CALLS = 25
"""Calls to a project."""
_AT_ONCE = 8


class ProjectPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill of a project takes, or the problem that keeps us from knowing.

    `counted` says how the conversations were counted, `calls_used` how many calls it all took. `talk_seconds` is the
    length of all calls, recorded or not.
    """

    project: str
    since: date
    until: date
    problem: str = ""
    calls_used: int = 0
    counted: str = ""
    conversations: Estimate = NOTHING
    bytes_each: Estimate = NOTHING
    talk_seconds: Estimate = NOTHING
    layers: list[Layer] = []
    notes: list[str] = []


def plan_project(platform: PlatformConfig, config: ProjectConfig, span: Span) -> ProjectPlan:
    """Plan the backfill of a project. A project that cannot be asked has a problem instead."""
    asker = None
    plan = ProjectPlan(project=config.project.key, since=span.since, until=span.until)
    asks_agents = bool(config.details) or config.wants_recordings
    try:
        request = fetch_request(config, [span.since + timedelta(days=n) for n in range(span.days)])
        # a person is waiting, so no long retries
        with ConversationsClient(request.connection.hasty(seconds=60.0)) as client:
            asker = CountedCalls(client, MOST_CALLS - (MOST_AGENTS_CALLS if asks_agents else 0))
            facts = find_out(asker, request.query, request.client_envs, span)
    except PolyAIError as error:
        return msgspec.structs.replace(plan, problem=str(error), calls_used=asker.calls if asker else 0)
    if not facts.talks:
        return msgspec.structs.replace(
            plan, calls_used=asker.calls, counted=facts.counted, conversations=facts.conversations
        )
    weights = assumed(facts.bytes_sent, facts.seconds_of_a_call)
    if asks_agents:
        weights = measured(config, facts.talks, weights)
    calls = calls_among(facts.talks)
    return msgspec.structs.replace(
        plan,
        calls_used=asker.calls + weights.calls,
        counted=facts.counted,
        conversations=facts.conversations,
        bytes_each=facts.bytes_sent,
        talk_seconds=facts.conversations * calls.share * calls.seconds,
        layers=_layers(platform, config, facts, weights),
        notes=[note for note in (weights.unmeasured, config.warning) if note],
    )


def _layers(platform: PlatformConfig, config: ProjectConfig, facts: Facts, weights: Weights) -> list[Layer]:
    raw = raw_store(config, facts, platform.backfill_days_per_run)
    found = [
        raw,
        tables(raw, facts),
        searches(config, facts),
        details(config, facts, weights, switched_on=bool(config.details)),
        audio(config, facts, weights),
    ]
    return [layer for layer in found if layer is not None]


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
        return list(pool.map(lambda project: plan_project(*project), asked))
