"""What an agent is made of beside its conversations: its releases, its sites and its phone numbers, as time passes.

Everything depends on the project and the date alone, so that a later look sees the same past. The shapes are of
PolyAI's API reference: *List agents*, *List deployments for an environment*, *Get active deployment per environment*,
*List variants*, *List attributes*, *List all phone numbers for a project*, *List all connectors for a project*.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_OID, uuid5

import msgspec
from starlette.responses import JSONResponse, Response

from polyai_assets.simulator.agent_request import AgentsRequest
from polyai_assets.simulator.answers import Refused
from polyai_assets.simulator.business import load_business
from polyai_assets.simulator.exchange import Call
from polyai_assets.simulator.moments import SECOND, date_of, micros_of_date, with_offset
from polyai_assets.simulator.projects import SimulatedProject

Environment = Literal["sandbox", "pre-release", "live"]

_LIVE = 57
_STAGES: dict[str, int] = {"sandbox": 14, "pre-release": 33, "live": _LIVE}
"""Hours from the Monday of a release to each environment: sandbox on Monday, live on Wednesday morning."""
_QUIET = 4
"""One week of so many, on average, is without a release."""
_MESSAGES = (
    "Shorter greeting",
    "Asks for the booking reference first",
    "New opening hours",
    "Hands off to a person sooner after two silences",
    "",
)
_STAFF = ("dana.reyes", "tom.ashby", "mei.tanaka")
_ATTRIBUTES = ("time_zone", "opening_hours", "phone_number")
_SUMMER = range(4, 10)
"""Months in which the sites keep their summer hours."""


class DeploymentsParameters(msgspec.Struct):
    """The parameters of the list of deployments."""

    environment: Environment
    limit: Annotated[int, msgspec.Meta(ge=1)] = 50


def list_agents(asked: AgentsRequest) -> Response:
    """Answer with the agents of the account that the key opens."""
    return JSONResponse([_agent(project, asked) for project in asked.world.agents_of(*_account(asked))])


def list_deployments(asked: AgentsRequest) -> Response:
    """Answer with the newest deployments to an environment, the newest first; there are no pages."""
    wanted = asked.parameters(DeploymentsParameters)
    project, now = asked.exchange.project, asked.exchange.now
    return JSONResponse(
        {"deployments": list(islice(_deployments(project, wanted.environment, now), wanted.limit))}
    )


def active_deployments(asked: AgentsRequest) -> Response:
    """Answer with the latest deployment to each environment."""
    project, now = asked.exchange.project, asked.exchange.now
    return JSONResponse(
        {"activeDeployments": {name: next(_deployments(project, name, now), None) for name in _STAGES}}
    )


def list_variants(asked: AgentsRequest) -> Response:
    """Answer with the sites as they are now. Raises Refused (404) for another branch than `main`."""
    _check_branch(asked)
    project, today = asked.exchange.project, date_of(asked.exchange.now)
    return JSONResponse({"variants": [_variant(project, place, today) for place in range(_sites(project))]})


def list_attributes(asked: AgentsRequest) -> Response:
    """Answer with the attributes that a site may have. Raises Refused (404) for another branch than `main`."""
    _check_branch(asked)
    project = asked.exchange.project
    return JSONResponse({"attributes": [{"id": _id(project, name), "name": name} for name in _ATTRIBUTES]})


def list_phone_numbers(asked: AgentsRequest) -> Response:
    """Answer with the agent's numbers; the one of the sandbox is led to no connector."""
    project = asked.exchange.project
    owner = {"projectId": project.project_id, "accountId": project.account_id}
    numbers = _numbers(project)
    live = [
        {"number": number, **owner, "clientEnv": "live", "connectorId": _id(project, number)}
        for number in numbers
    ]
    test = {"number": numbers[0][:-2] + "99", **owner, "clientEnv": "sandbox"}
    return JSONResponse({"phoneNumbers": [*live, test]})


def list_connectors(asked: AgentsRequest) -> Response:
    """Answer with a connector for each number, which says for which site it is."""
    project = asked.exchange.project
    sites = load_business(project.business).settings.variants
    language = "en-GB" if project.region == "uk-1" else "en-US"
    return JSONResponse(
        {
            "connectors": [
                {
                    "connectorId": _id(project, number),
                    "name": f"Line {place + 1}",
                    "accountId": project.account_id,
                    "projectId": project.project_id,
                    "clientEnv": "live",
                    "variantId": sites[place][0] if place < len(sites) else "",
                    "asrLangCode": language,
                    "ttsLangCode": language,
                    "voiceName": f"{language}-Neural2-F",
                    "disableHandoff": False,
                }
                for place, number in enumerate(_numbers(project))
            ]
        }
    )


ANSWERS: dict[str, tuple[Call, Callable[[AgentsRequest], Response]]] = {
    "/v1/accounts/{account_id}/agents": ("agents", list_agents),
    "/v1/agents/{agent_id}/deployments": ("deployments", list_deployments),
    "/v1/agents/{agent_id}/deployments/active": ("active_deployments", active_deployments),
    "/v1/agents/{agent_id}/branches/{branch_id}/variants": ("variants", list_variants),
    "/v1/agents/{agent_id}/branches/{branch_id}/attributes": ("attributes", list_attributes),
    "/v1/agents/{agent_id}/telephony/phone-numbers": ("phone_numbers", list_phone_numbers),
    "/v1/agents/{agent_id}/telephony/connectors": ("connectors", list_connectors),
}
"""Path -> the call's name, for faults, and what answers it."""


def deployment_id(project: SimulatedProject, environment: str, at: int) -> str:
    """Return the id of the deployment that served an environment at a moment (microseconds since 1970)."""
    return _deployment_id(project, environment, next(_releases(project, environment, at)))


def _releases(project: SimulatedProject, environment: str, now: int) -> Iterator[date]:
    """Yield the Mondays of the weeks whose release had reached an environment by `now`, the newest first.

    The last one is the agent's first, which served from the beginning.
    """
    first = _monday(project.since)
    week = _monday(date_of(now))
    while week > first:
        if _share(project, week, _QUIET) and _created(project, environment, week) <= now:
            yield week
        week -= timedelta(days=7)
    yield first


def _created(project: SimulatedProject, environment: str, week: date) -> int:
    """Return the moment at which the release of a week reached an environment."""
    if week == _monday(project.since):
        return micros_of_date(project.since)
    hours = _STAGES.get(environment, _LIVE)
    return micros_of_date(week) + (hours * 3600 + _share(project, week, 3600)) * SECOND


def _deployments(project: SimulatedProject, environment: str, now: int) -> Iterator[dict[str, Any]]:
    for week in _releases(project, environment, now):
        number = (week - _monday(project.since)).days // 7
        message = _MESSAGES[_share(project, week, len(_MESSAGES))]
        version = blake2b(f"{project.key} {week}".encode(), digest_size=10).hexdigest()
        yield {
            "id": _deployment_id(project, environment, week),
            "accountId": project.account_id,
            "agentId": project.project_id,
            "environment": environment,
            "artifactVersion": f"1.{number}.0",
            "version": version,
            "createdBy": f"{_STAFF[_share(project, week, len(_STAFF))]}@{project.account_id}.example",
            "createdAt": with_offset(_created(project, environment, week)),
            "metadata": {"deployment_message": message} if message else None,
        }


def _agent(project: SimulatedProject, asked: AgentsRequest) -> dict[str, Any]:
    latest = next(_deployments(project, "sandbox", asked.exchange.now))
    return {
        "accountId": project.account_id,
        "agentId": project.project_id,
        "agentName": project.project_id.replace("-", " ").capitalize(),
        "createdAt": with_offset(micros_of_date(project.since)),
        "updatedAt": latest["createdAt"],
        "branchCount": 1,
    }


def _variant(project: SimulatedProject, place: int, today: date) -> dict[str, Any]:
    settings = load_business(project.business).settings
    variant_id, name = settings.variants[place]
    summer, winter = settings.opening_hours
    numbers = _numbers(project)
    values = {
        "time_zone": settings.time_zones[place],
        "opening_hours": summer if today.month in _SUMMER else winter,
        "phone_number": numbers[place] if place < len(numbers) else "",
    }
    return {
        "id": variant_id,
        "name": name,
        "isDefault": place == 0,
        "attributeValues": {"values": {_id(project, name): value for name, value in values.items()}},
    }


def _account(asked: AgentsRequest) -> tuple[str | None, str]:
    """Return the key and the account of a request."""
    return asked.request.headers.get("x-api-key"), asked.request.path_params["account_id"]


def _check_branch(asked: AgentsRequest) -> None:
    branch = asked.request.path_params["branch_id"]
    if branch != "main":
        raise Refused(404, "BRANCH_NOT_FOUND", f"Branch {branch} not found")


def _sites(project: SimulatedProject) -> int:
    return len(load_business(project.business).settings.variants)


def _numbers(project: SimulatedProject) -> tuple[str, ...]:
    return load_business(project.business).settings.agent_numbers


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _share(project: SimulatedProject, week: date, of: int) -> int:
    """Return a number below `of` that hangs on project and week alone, another one for each `of`."""
    return int.from_bytes(blake2b(f"{of} {project.key} {week}".encode(), digest_size=8).digest()) % of


def _deployment_id(project: SimulatedProject, environment: str, week: date) -> str:
    return _id(project, f"{environment} {week}")


def _id(project: SimulatedProject, name: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"{project.key} {name}"))
