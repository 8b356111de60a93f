"""From a project's configuration to what the raw store's room is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.configuration import ProjectConfig
from polyai_assets.migration.versions import versions_of
from polyai_assets.raw.certificate import describe_query
from polyai_assets.raw.commit import CommitRules
from polyai_assets.raw.request import FetchRequest
from polyai_assets.raw.retrieval.samples import Sampling
from polyai_assets.raw.retrieval.searches import Search


def fetch_request(config: ProjectConfig, days: Sequence[date]) -> FetchRequest:
    """Make a configured project's request for whole days. Raises MissingKey."""
    return FetchRequest(
        connection=config.connection(),
        days=tuple(days),
        client_envs=config.client_env,
        query=_query(config),
        page_size=config.page_size,
        parallel_windows=config.parallel_windows,
        verify=config.verify,
        settled_for=config.settle_after,
    )


def comparison_requests(
    config: ProjectConfig, day: date, not_before: datetime
) -> tuple[FetchRequest, FetchRequest]:
    """Make the requests for a day by both of a project's versions of the API, the older first.

    Each is asked for all details that it knows, whatever the project keeps of them, and for the project's channels only
    where both versions know that filter. They share the project's tempo, for they are asked at the same time. Raises
    NothingToCompare and MissingKey.
    """
    versions = [API_VERSIONS[name] for name in versions_of(config)]
    reached = {one.api_version: one for one in (config.connection(), config.compared_connection()) if one}
    query = replace(
        _query(config),
        channels=config.channels if all("channel" in one.parameters for one in versions) else (),
        include_latency=True,
        include_turn_metadata=True,
        include_context_state=True,
    )
    old, new = (
        FetchRequest(
            connection=replace(reached[version.name], requests_per_second=config.requests_per_second / 2),
            days=(day,),
            client_envs=config.client_env,
            query=query,
            not_before=not_before,
            page_size=min(config.page_size, version.max_limit) if config.page_size else None,
            parallel_windows=config.parallel_windows,
            verify=config.verify,
            settled_for=config.settle_after,
        )
        for version in versions
    )
    return old, new


def query_of(config: ProjectConfig) -> dict[str, Any]:
    """Give the filters that a certificate of the project would have if it were fetched now."""
    return describe_query(_query(config), config.client_env, config.api_version)


def commit_rules(config: ProjectConfig) -> CommitRules:
    """Say how a configured project's fetches are committed."""
    return CommitRules(
        settle_after=config.settle_after,
        horizon=timedelta(days=max(config.lookback_days, 1)),
        max_open=timedelta(hours=config.max_open_hours),
        keep_versions=config.keep_versions,
        check_turns=config.check_turns,
    )


def searches_of(config: ProjectConfig) -> list[Search]:
    """Give a configured project's searches; a filter that a search lacks is the project's."""
    return [
        Search(
            name=search.name,
            query=ConversationQuery(
                channels=search.channels or config.channels,
                query_type=search.type,
                query=search.query,
                turn_type=search.turn_type,
                variant_id=variant.variant_id,
                variant_name=variant.variant_name,
            ),
            client_envs=config.client_env,
            api_version=config.api_version,
        )
        for search in config.searches
        for variant in [search if search.variant_id or search.variant_name else config]
    ]


def sampling_of(config: ProjectConfig) -> Sampling:
    """Say what is to be drawn of each of a configured project's days."""
    return Sampling(
        wanted=config.samples,
        query=ConversationQuery(
            channels=config.channels, variant_id=config.variant_id, variant_name=config.variant_name
        ),
        client_envs=config.client_env,
        api_version=config.api_version,
    )


def _query(config: ProjectConfig) -> ConversationQuery:
    return ConversationQuery(
        channels=config.channels,
        variant_id=config.variant_id,
        variant_name=config.variant_name,
        include_latency=config.include_latency,
        include_turn_metadata=config.include_turn_metadata,
        include_context_state=config.include_context_state,
    )
