"""Where a person may look from a partition in Dagster: its raw files, the page of its day, Agent Studio."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from polyai_assets.assets.specs import RAW, RAW_DETAILS
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATION_DETAILS, CONVERSATION_FACTS, CONVERSATIONS
from polyai_assets.raw.partition import Partition

_KEPT = frozenset({RAW, RAW_DETAILS})
_IN_STUDIO = frozenset({CONVERSATIONS.name, CONVERSATION_DETAILS.name, CONVERSATION_FACTS.name})


def links_of(platform: PlatformConfig, name: str, partition: Partition, today: date) -> dict[str, Any]:
    """Give the links of a partition of an asset, by their names in its metadata."""
    links: dict[str, Any] = {}
    if name in _KEPT:
        place = f"{platform.raw_store.rstrip('/')}/{partition.folder}"
        links["files"] = dg.MetadataValue.url(place) if "://" in place else dg.MetadataValue.path(place)
    if name in _IN_STUDIO:
        links["studio"] = dg.MetadataValue.url(partition.project.studio_url)
    if name == CONVERSATION_FACTS.name and _has_page(platform, partition.date, today):
        page = Path(platform.report.folder) / f"{partition.date}.html"
        links["report"] = dg.MetadataValue.path(page)
    return links


def _has_page(platform: PlatformConfig, day: date, today: date) -> bool:
    """Tell whether a day is among those that have a page of their own, or will have one when it is over."""
    return today - day <= timedelta(days=platform.report.day_pages)
