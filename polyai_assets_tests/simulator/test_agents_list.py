from datetime import timedelta

import pytest
import requests

from polyai_assets.simulator import SimulatedProject, Simulator
from polyai_assets_tests.simulator.conftest import BANK, CLINIC, GUARDED, HOTEL, NOW, Ask

KEYS = {
    *("conversationId", "accountId", "projectId", "createdAt", "startedAt", "finishedAt", "channel"),
    *("fromNumber", "toNumber", "language", "variantId", "clientEnv", "totalDuration", "polyaiDuration"),
    *("duration", "inProgress", "handoff", "handoffDestination", "handoffReason", "direction", "tags"),
    *("polyScore", "shortSummary", "deploymentId", "note", "audioUrl"),
}


def newest(simulator: Simulator, count: int) -> list[str]:
    """The ids of the newest conversations of the hotel by the simulator's own account."""
    held = simulator.conversations(HOTEL.key, NOW - timedelta(days=30), simulator.clock.now())
    return [conversation["id"] for conversation in held][::-1][:count]


def listed(agents: Ask, **parameters: object) -> list[str]:
    reply = agents(params=parameters)
    return [conversation["conversationId"] for conversation in reply.json()["conversations"]]


def test_the_list_has_its_four_keys_and_their_defaults(agents: Ask) -> None:
    reply = agents()

    assert reply.status_code == 200
    assert list(reply.json()) == ["conversations", "count", "limit", "offset"]
    assert (reply.json()["limit"], reply.json()["offset"]) == (50, 0)
    assert len(reply.json()["conversations"]) == 50


def test_the_list_gives_all_of_the_detail_but_turns_metrics_and_events(agents: Ask) -> None:
    assert all(set(conversation) == KEYS for conversation in agents().json()["conversations"])


def test_the_list_is_newest_first_over_days(agents: Ask, simulator: Simulator) -> None:
    assert listed(agents, limit=100) == newest(simulator, 100)


def test_pages_by_offset_follow_each_other(agents: Ask, simulator: Simulator) -> None:
    pages = [listed(agents, limit=30, offset=offset) for offset in (0, 30, 60)]

    assert [name for page in pages for name in page] == newest(simulator, 90)


def test_the_count_is_of_all_conversations_and_not_of_the_page(agents: Ask, simulator: Simulator) -> None:
    count = agents(params={"limit": 1}).json()["count"]

    last = agents(params={"offset": count - 1}).json()
    beyond = agents(params={"offset": count}).json()

    today = simulator.conversations(HOTEL.key, NOW.replace(hour=0), NOW)
    assert count == 40 * (NOW.date() - HOTEL.since).days + len(today)
    assert last["conversations"][0]["startedAt"].startswith("2025-01-01T")
    assert (beyond["conversations"], beyond["count"]) == ([], count)


def test_the_list_is_of_all_environments(agents: Ask) -> None:
    environments = {
        conversation["clientEnv"]
        for conversation in agents(project=BANK, params={"limit": 500}).json()["conversations"]
    }

    assert environments == {"live", "sandbox", "pre-release"}


def test_the_list_drifts_when_conversations_begin(agents: Ask, simulator: Simulator) -> None:
    before, count = listed(agents, limit=10), agents().json()["count"]
    simulator.clock.advance(timedelta(hours=2))

    new = agents().json()["count"] - count

    assert new > 0
    assert listed(agents, limit=10 - new, offset=new) == before[: 10 - new]


def test_given_and_removed_conversations_count(agents: Ask, simulator: Simulator) -> None:
    count, old = agents().json()["count"], listed(agents, offset=4000, limit=3)
    simulator.put(HOTEL.key, {"id": "MINE", "started_at": "2026-11-10T11:59:59Z"})
    simulator.remove(HOTEL.key, old[1])
    simulator.remove(HOTEL.key, "never-there")

    assert agents().json()["count"] == count
    assert listed(agents, limit=1) == ["MINE"]
    assert listed(agents, offset=4001, limit=2) == [old[0], old[2]]


def test_filters_are_passed_over(agents: Ask) -> None:
    assert agents(params={"client_env": "sandbox", "start_time": "x"}).json() == agents().json()


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": "many"}, {"offset": -1}, {"offset": 1.5}])
def test_a_wrong_limit_or_offset_is_400(agents: Ask, wrong: dict[str, object]) -> None:
    reply = agents(params=wrong)

    assert reply.status_code == 400
    assert reply.json()["success"] is False
    assert next(iter(wrong)) in reply.json()["error_message"]


def test_an_agent_that_there_is_not_is_404(url: str, session: requests.Session) -> None:
    address = f"{url}/v1/agents/no-bot/conversations"

    reply = session.get(address, headers={"x-api-key": HOTEL.api_key}, timeout=10)

    assert (reply.status_code, reply.json()["error_code"]) == (404, "PROJECT_NOT_FOUND")


def test_a_key_of_another_project_or_of_nobody_is_401(agents: Ask) -> None:
    assert agents(project=BANK, key=HOTEL.api_key).status_code == 401
    assert agents(project=BANK, key="nobody's").status_code == 401


def test_the_same_key_opens_both_surfaces(ask: Ask, agents: Ask) -> None:
    assert ask(CLINIC, key="clinic-key").status_code == 200
    assert agents(project=CLINIC, key="clinic-key").status_code == 200


def test_a_key_of_its_own_opens_the_agents_api_alone(ask: Ask, agents: Ask) -> None:
    assert ask(GUARDED).status_code == agents(project=GUARDED).status_code == 200
    assert ask(GUARDED, key="front-agents-key").status_code == 401
    assert agents(project=GUARDED, key="front-key").status_code == 401


@pytest.mark.parametrize("project", [HOTEL, BANK, CLINIC], ids=lambda project: project.business)
def test_every_business_has_handoffs_tags_scores_and_summaries(
    agents: Ask, project: SimulatedProject
) -> None:
    conversations = agents(project=project, params={"offset": 2000, "limit": 200}).json()["conversations"]

    for field in ("handoff", "tags", "polyScore", "shortSummary", "audioUrl", "language"):
        assert sum(bool(conversation[field]) for conversation in conversations) > 0, field
    assert len({conversation["deploymentId"] for conversation in conversations}) > 1
