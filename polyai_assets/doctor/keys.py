"""The keys: does each open its project, on the surfaces that are used."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from polyai_assets.alerts.keys import NOW, SOON, ExpiringKey
from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.reference import ReferenceClient
from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import Forbidden, NotFound, PolyAIError, RateLimited, TimedOut, Unauthorized
from polyai_assets.api.project import Connection
from polyai_assets.assets.requests import fetch_request
from polyai_assets.configuration import MissingKey, ProjectConfig
from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.doctor.identity import Identities, same_project
from polyai_assets.raw.windows import midnight

LIST, AGENTS, VERSION = "key", "key of the Agents API", "API version"
EXPIRY, ENDPOINTS = "key's end", "endpoints"
HINT = "run it again; if it stays, look at the line of its host"

C = TypeVar("C", bound=Connection)


def look_at_key(
    config: ProjectConfig, start_date: date, now: datetime, identities: Identities | None = None
) -> Iterator[Diagnosis]:
    """Ask the project's list for one conversation, with its version of the API.

    `identities` know which projects were asked before: two may be one.
    """
    if config.warning:
        yield yellow(VERSION, config.warning, "ask PolyAI for access to v3")
    try:
        request = fetch_request(config, [])
        with ConversationsClient(request.connection.hasty(attempts=1, seconds=9.0)) as client:
            query = replace(
                request.query,
                client_env=config.client_env[0],
                start_time=midnight(start_date),
                end_time=now,
            )
            page = client.page(query, limit=1)
    except PolyAIError as error:
        yield failure(LIST, error, config.key_source)
        return
    if page.records:
        yield green(LIST, f"opens the project's conversations ({config.api_version})")
        other = identities and identities.other_name(config.project, page.records[0].payload)
        if other:
            yield same_project(other)
    else:
        yield yellow(
            LIST,
            f"opens the project ({config.api_version}), but it has no conversation since {start_date} in "
            f"{config.client_env[0]}, with the filters that are configured",
            "check client_env, channels, variant and start_date",
        )


def look_at_expiry(key: ExpiringKey, today: date) -> Iterator[Diagnosis]:
    """Say when a key ends."""
    left, says = key.expires_on - today, key.left_in_words(today)
    if left > SOON:
        yield green(EXPIRY, says)
    else:
        yield (red if left <= NOW else yellow)(EXPIRY, says, key.remedy)


def look_at_endpoints(config: ProjectConfig) -> Iterator[Diagnosis]:
    """Name what the project rests on that PolyAI does not document any more."""
    rests_on = {
        "the Agents API's list of conversations (details)": bool(config.details),
        "its annotations and notes (write_back)": config.write_back,
    }
    named = [name for name, is_used in rests_on.items() if is_used]
    if named:
        yield yellow(
            ENDPOINTS,
            f"rests on undocumented endpoints: {' and '.join(named)}; PolyAI answers, and documents them no more since "
            "2026-07-13",
            "nothing now; ask PolyAI before you build on it, and switch the option off if they stop answering",
        )


def needs_agents(config: ProjectConfig) -> list[str]:
    """Name the options of a project that need the Agents API."""
    wanted = {
        "details": bool(config.details),
        "audio": config.wants_recordings,
        "reference": config.reference,
        "write_back": config.write_back,
    }
    return [name for name, is_on in wanted.items() if is_on]


def look_at_agents_key(config: ProjectConfig) -> Iterator[Diagnosis]:
    """Ask the Agents API for one conversation, and for the variants, where an option needs it."""
    needed = needs_agents(config)
    if not needed:
        return
    try:
        with AgentsClient(config.agents_connection().hasty(attempts=1, seconds=9.0)) as client:
            client.list(limit=1)
        if config.reference:
            with ReferenceClient(
                config.agents_connection().hasty(attempts=1, seconds=9.0)
            ) as client_of_reference:
                client_of_reference.variants()
    except PolyAIError as error:
        source = (config.agents_key or config.key).source
        yield failure(AGENTS, error, source)
        return
    yield green(AGENTS, f"opens the project's agent (for {', '.join(needed)})")


def failure(check: str, error: PolyAIError, source: str) -> Diagnosis:
    """Tell why a project cannot be asked, and what to do."""
    match error:
        case MissingKey():
            return red(check, str(error), "set the variable where Dagster runs, or in the file .env")
        case Unauthorized():
            step = f"set {source} to the key that PolyAI issued for this project and region; keys expire"
            return red(check, f"401: the key in {source} is refused{_named(error)}", step)
        case Forbidden():
            step = "ask PolyAI for that permission"
            return red(check, f"403: the key in {source} lacks the permission{_named(error)}", step)
        case NotFound():
            step = "check region, account_id, project_id, and base_url if it is set"
            return red(check, f"404: nothing is known of this project there{_named(error)}", step)
        case TimedOut():
            return red(check, "no answer in time", HINT)
        case RateLimited():
            return yellow(
                check, f"429: too many requests just now{_named(error)}", "lower requests_per_second"
            )
    return red(check, str(error), HINT)


def _named(error: PolyAIError) -> str:
    return f" (correlation id {error.correlation_id})" if error.correlation_id else ""
