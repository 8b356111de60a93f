"""Committing a day that was retired: a fetch that was at work meanwhile leaves it, one for that purpose has it anew."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import RAW
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays


def test_only_a_fetch_that_began_afterwards_has_a_retired_day_again(store: RawStore, fetch_days: FetchDays):
    fetched = fetch_days(DAY1)
    kept = commit_day(store, fetched, DAY1, RULES)
    CONVERSATION_FILES.put(
        store, msgspec.structs.replace(kept, retired={RAW: fetched.started_at + timedelta(hours=1)}, moved={})
    )
    store.delete(f"{Partition(project_of(HOTEL), DAY1).folder}/{kept.file.name}")
    left = commit_day(store, replace(fetched, id="20250310T120000000000Z-00000000"), DAY1, RULES)
    assert left.is_retired
    later = replace(fetched, started_at=fetched.started_at + timedelta(hours=2))
    anew = commit_day(store, later, DAY1, RULES)
    assert (anew.retired, anew.rows, anew.added) == ({}, kept.rows, kept.rows)
    with store.records(anew) as batches:
        assert sum(map(len, batches)) == kept.rows
