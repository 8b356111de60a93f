"""Where a person may look from a partition: only places that are there."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from polyai_assets.assets.links import links_of
from polyai_assets.configuration.report import ReportConfig
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, HOTEL, platform_in, project_of

DAY = Partition(project_of(HOTEL), DAY1)


def links(
    configure: Configure, folder: Path, name: str, today: date = DAY1, **changed: str
) -> dict[str, Any]:
    report = ReportConfig(folder=str(folder / "reports"), day_pages=7)
    platform = platform_in(folder, configure(), report=report, **changed)
    return links_of(platform, name, DAY, today)


@pytest.mark.parametrize(
    ("store", "kind"),
    [("/srv/raw", dg.PathMetadataValue), ("s3://bucket/raw/", dg.UrlMetadataValue)],
)
def test_raw_files_are_in_a_folder_or_at_an_address(
    configure: Configure, tmp_path: Path, store: str, kind: type
):
    found = links(configure, tmp_path, "raw_conversations", raw_store=store)
    assert isinstance(found["files"], kind)
    assert found["files"].value == f"{store.rstrip('/')}/us-1/acme/hotel-bot/2025-03-01"


def test_facts_lead_to_studio_and_to_the_page_of_their_day_where_there_is_one(
    configure: Configure, tmp_path: Path
):
    recent = links(configure, tmp_path, "conversation_facts", DAY1 + timedelta(days=7))
    assert {name: value.value for name, value in recent.items()} == {
        "studio": "https://studio.us.poly.ai/acme/hotel-bot/conversations/",
        "report": str(tmp_path / "reports" / "2025-03-01.html"),
    }
    assert links(configure, tmp_path, "conversation_facts", DAY1 + timedelta(days=8)).keys() == {"studio"}
    assert links(configure, tmp_path, "turns") == {}
