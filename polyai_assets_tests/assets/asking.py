"""Details of the hotel's conversations: what was asked for, and what is there."""

from collections.abc import Callable
from datetime import date
from typing import Any

from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    DETAILS,
    HOTEL,
    Deployed,
    project_of,
)
from polyai_assets_tests.steps import Steps

FetchConversations = Callable[[Steps], Steps]
DAYS = (DAY1, DAY2, DAY3)
TABLES = DETAILS[1:]
CHECK = ("conversation_details", "details_complete")
STATUSES = "SELECT conversation_id, status FROM conversation_details ORDER BY conversation_id"


def detail_calls(deployed: Deployed) -> list[str]:
    """The conversations that the Agents API was asked for."""
    return [one.path for one in deployed.simulator.requests if one.path.startswith("/v1/agents/")]


def certificate(deployed: Deployed, day: date = DAY1) -> DetailsCertificate:
    found = DETAIL_FILES.read(RawStore(deployed.platform.raw_store), Partition(project_of(HOTEL), day))
    assert found is not None
    return found


def put(simulator: Simulator, name: str, **changed: Any) -> None:
    """Give the hotel a conversation of the first day."""
    record = {
        "id": name,
        "started_at": f"{DAY1}T12:00:00Z",
        "in_progress": False,
        "account_id": HOTEL.account_id,
        "project_id": HOTEL.project_id,
        "environment": "live",
        "channel": "CHAT",
        "total_duration": 60,
    }
    simulator.put(HOTEL.key, record | changed)
