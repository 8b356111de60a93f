"""What the simulated agents are made of beside their conversations, over time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import BANK, CLINIC, GUARDED, HOTEL, NOW

DEPLOYMENTS = "/v1/agents/hotel-bot/deployments"
PATHS = [
    "/v1/accounts/acme/agents",
    f"{DEPLOYMENTS}?environment=live",
    f"{DEPLOYMENTS}/active",
    "/v1/agents/hotel-bot/branches/main/variants",
    "/v1/agents/hotel-bot/branches/main/attributes",
    "/v1/agents/hotel-bot/telephony/phone-numbers",
    "/v1/agents/hotel-bot/telephony/connectors",
]


class Reference:
    """Asks with the hotel's key unless another is given."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self._url, self._session = url, session

    def reply(self, path: str, key: str | None = HOTEL.api_key) -> requests.Response:
        return self._session.get(self._url + path, headers={"x-api-key": key} if key else {}, timeout=10)

    def __call__(self, path: str, key: str | None = HOTEL.api_key) -> Any:
        reply = self.reply(path, key)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def deployments(self, environment: str, **parameters: int) -> list[dict[str, Any]]:
        query = "".join(f"&{name}={value}" for name, value in parameters.items())
        found: list[dict[str, Any]] = self(f"{DEPLOYMENTS}?environment={environment}{query}")["deployments"]
        return found


@pytest.fixture
def reference(url: str, session: requests.Session) -> Reference:
    return Reference(url, session)


def moment(deployment: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(deployment["createdAt"])


@pytest.mark.parametrize("path", PATHS)
def test_each_endpoint_is_opened_by_the_key_alone(reference: Reference, path: str) -> None:
    assert reference.reply(path).status_code == 200
    assert reference.reply(path, key=None).status_code == 401
    assert reference.reply(path, key="another").status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_each_endpoint_has_its_faults(simulator: Simulator, reference: Reference, path: str) -> None:
    simulator.faults.add(Fault("error", {"status": 503}))
    assert [reference.reply(path).status_code for _ in range(2)] == [503, 200]


def test_an_account_has_the_agents_that_the_key_opens(reference: Reference) -> None:
    (hotel,) = reference("/v1/accounts/acme/agents")
    assert (hotel["accountId"], hotel["agentId"]) == ("acme", "hotel-bot")
    assert [agent["agentId"] for agent in reference("/v1/accounts/acme/agents", "front-agents-key")] == [
        GUARDED.project_id
    ]
    assert reference.reply("/v1/accounts/other/agents").status_code == 404


def test_deployments_are_newest_first_and_limited(reference: Reference) -> None:
    found = reference.deployments("live", limit=20)
    assert len(found) == 20
    moments = [moment(deployment) for deployment in found]
    assert moments == sorted(moments, reverse=True)
    assert moments[0] <= NOW
    assert reference.deployments("live", limit=3) == found[:3]


def test_the_environment_of_deployments_is_needed(reference: Reference) -> None:
    assert reference.reply(DEPLOYMENTS).status_code == 400
    assert reference.reply(f"{DEPLOYMENTS}?environment=production").status_code == 400


def test_a_version_goes_through_the_environments_one_after_the_other(reference: Reference) -> None:
    stages = [reference.deployments(name, limit=1000) for name in ("sandbox", "pre-release", "live")]
    reached = [{found["version"]: moment(found) for found in stage} for stage in stages]
    assert set(reached[2]) <= set(reached[1]) <= set(reached[0])
    first = min(reached[2], key=lambda version: reached[2][version])
    for version in reached[2].keys() - {first}:
        assert reached[0][version] < reached[1][version] < reached[2][version]
    assert len({found["id"] for stage in stages for found in stage}) == sum(map(len, stages))


def test_some_weeks_are_without_a_release(reference: Reference) -> None:
    found = reference.deployments("sandbox", limit=1000)
    weeks = (NOW.date() - HOTEL.since).days // 7
    assert weeks / 2 < len(found) < weeks


def test_the_active_deployment_is_the_newest(reference: Reference) -> None:
    active = reference(f"{DEPLOYMENTS}/active")["activeDeployments"]
    assert active == {
        name: reference.deployments(name, limit=1)[0] for name in ("sandbox", "pre-release", "live")
    }


def test_the_past_is_the_same_later(simulator: Simulator, reference: Reference) -> None:
    before = reference.deployments("live", limit=1000)
    simulator.clock.stop_at(NOW + timedelta(days=30))
    later = reference.deployments("live", limit=1000)
    assert len(later) > len(before)
    assert later[-len(before) :] == before


def test_every_conversation_names_the_deployment_that_served_it(reference: Reference) -> None:
    releases = {
        found["id"]: found
        for name in ("sandbox", "pre-release", "live")
        for found in reference.deployments(name, limit=1000)
    }
    page = reference("/v1/agents/hotel-bot/conversations?limit=900")["conversations"]
    assert len({conversation["deploymentId"] for conversation in page}) > 1
    for conversation in page:
        release = releases[conversation["deploymentId"]]
        assert release["environment"] == conversation["clientEnv"]
        assert release["createdAt"] <= conversation["startedAt"]


def test_a_variant_is_a_site_with_a_time_zone_and_opening_hours(reference: Reference) -> None:
    names = {
        attribute["id"]: attribute["name"]
        for attribute in reference("/v1/agents/hotel-bot/branches/main/attributes")["attributes"]
    }
    variants = reference("/v1/agents/hotel-bot/branches/main/variants")["variants"]
    assert [variant["isDefault"] for variant in variants] == [True, False, False]
    boston = {names[id_]: value for id_, value in variants[0]["attributeValues"]["values"].items()}
    assert (variants[0]["id"], boston["time_zone"]) == ("boston-harbor", "America/New_York")
    assert boston["opening_hours"] == "Mon-Sun 07:00-23:00"


def test_the_hours_of_a_site_change_with_the_season(simulator: Simulator, reference: Reference) -> None:
    path = "/v1/agents/hotel-bot/branches/main/variants"
    winter = reference(path)
    simulator.clock.stop_at(datetime(2026, 6, 1, tzinfo=UTC))
    assert reference(path) != winter


def test_another_branch_is_not_there(reference: Reference) -> None:
    assert reference.reply("/v1/agents/hotel-bot/branches/draft/variants").status_code == 404


@pytest.mark.parametrize("project", [HOTEL, BANK, CLINIC], ids=lambda project: project.business)
def test_numbers_lead_by_connectors_to_variants(reference: Reference, project: Any) -> None:
    root = f"/v1/agents/{project.project_id}"
    numbers = reference(f"{root}/telephony/phone-numbers", project.api_key)["phoneNumbers"]
    connectors = {
        connector["connectorId"]: connector
        for connector in reference(f"{root}/telephony/connectors", project.api_key)["connectors"]
    }
    variants = {
        variant["id"] for variant in reference(f"{root}/branches/main/variants", project.api_key)["variants"]
    }
    live = [number for number in numbers if number["clientEnv"] == "live"]
    assert {connectors[number["connectorId"]]["variantId"] for number in live} <= variants
    assert [number for number in numbers if "connectorId" not in number] == numbers[len(live) :]
