"""Days of two projects with planted text, and retention on a day that a test chooses."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pydantic import SecretStr

from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import USUAL_TABLES, DeliverySettings, PublishSettings
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets.retention.retain import Retained, Retention
from polyai_assets.retention.retention_plan import RetentionPlan
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import BANK, HOTEL, START, configured, platform_in
from polyai_assets_tests.erasure.callers import call
from polyai_assets_tests.steps import Steps


def planted(day: date) -> str:
    """What is said on a day, and on no other."""
    return f"Quillfeather{day:%d%B}"


def said(day: date) -> dict[str, object]:
    return {
        "user_input": f"is there a place to park, this is {planted(day)}",
        "agent_response": f"yes {planted(day)}",
        "entities": [{"name": "caller", "value": planted(day)}],
    }


def platform_of(root: Path, url: str, days: RetentionDays) -> PlatformConfig:
    """Two projects; what is kept of the hotel is limited."""
    data = root / "data"
    hotel = configured(HOTEL, url, audio=wanting(), retention=days)
    published = PublishSettings(str(data / "published"), (*USUAL_TABLES, "audio"))
    target = DeliverySettings("own", "duckdb", SecretStr(str(root / "target.duckdb")))
    return platform_in(
        data, hotel, configured(BANK, url), start_date=START, publish=published, deliveries=(target,)
    )


def plant(polyai: Simulator, days: Sequence[date]) -> None:
    for day in days:
        call(polyai, HOTEL, day, turns=[said(day)], state={"guest": planted(day)})


def retention_of(steps: Steps) -> Retention:
    return Retention(steps.root, steps.platform, connect)


def plan_on(steps: Steps, today: date) -> RetentionPlan:
    return retention_of(steps).plan(_early(today), "ada")


def retain_on(steps: Steps, today: date) -> Retained | None:
    return retain(steps.root, steps.platform, today)


def retain(root: Path, platform: PlatformConfig, today: date) -> Retained | None:
    work = Retention(root, platform, connect)
    return work.remove(work.plan(_early(today), "ada"))


def _early(day: date) -> datetime:
    return datetime.combine(day, time(5), UTC)


def after(day: date, days: int) -> date:
    return day + timedelta(days=days)
