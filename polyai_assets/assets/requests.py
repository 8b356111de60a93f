"""From a project's configuration to what the raw store's room is asked for."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from polyai_assets.api.query import ConversationQuery, describe_query
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.conversations.commit import CommitRules
from polyai_assets.raw.conversations.request import FetchRequest
from polyai_assets.raw.retrieval.samples import Sampling
from polyai_assets.raw.retrieval.searches import Search


def fetch_request(config: ProjectConfig, days: Iterable[date]) -> FetchRequest:
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
        vanished=config.vanished,
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
