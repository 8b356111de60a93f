"""Saved searches of the hotel, and what there is to find."""

from typing import Any

from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.simulator import Simulator
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
)
from polyai_assets_tests.steps import Steps

ASSET = ("search_hits",)
DAYS = (DAY1, DAY2, DAY3)
PARKING = SearchConfig(name="parking", type="transcript", query="place to park")
MEANING = SearchConfig(name="sauna", type="semantic", query="sauna broken")
HITS = "SELECT CAST(date AS VARCHAR), search, conversation_id, rank FROM search_hits ORDER BY ALL"


def put(
    simulator: Simulator, name: str, said: str, started_at: str = f"{DAY1}T12:00:00Z", **more: Any
) -> None:
    """Give the hotel a conversation in which something is said."""
    record = {
        "id": name,
        "started_at": started_at,
        "in_progress": False,
        "environment": "live",
        "channel": "CHAT",
        "variant_id": "",
        "turns": [{"user_input": said, "agent_response": ""}],
    }
    simulator.put(HOTEL.key, record | more)


def beside_a_searching_one(prepare_steps: PrepareSteps, configure: Configure, **options: Any) -> Steps:
    """A hotel without searches, in a platform in which another project has one."""
    return prepare_steps(configure(**options), configure(BANK, searches=[PARKING]))


def asked(steps: Steps) -> list[dict[str, list[str]]]:
    return [one.query for one in steps.simulator.requests]
