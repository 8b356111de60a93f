"""What a day takes on disk has a bound, however often it is fetched and whatever changes each time."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from polyai_assets.raw.conversations.changes import MOST_FILES, read_changes
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER, change_one

FETCHES = 80


def test_a_day_that_changes_with_each_of_many_fetches_keeps_few_files_and_every_change(
    tmp_path: Path, fetch_days: FetchDays, polyai: Simulator
):
    store = RawStore(str(tmp_path / "raw"))
    one = fetch_days(DAY1)
    change_one(polyai)
    other = fetch_days(DAY1)
    state = 0
    for number in range(FETCHES):
        at = NOW + number * timedelta(minutes=1)
        name = f"{at:%Y%m%dT%H%M%S%fZ}-{number:08x}"
        fetched = replace((one, other)[number % 2], id=name, started_at=at, finished_at=at)
        certificate = commit_day(store, fetched, DAY1, RULES)
        if number == 0:
            state = sum(store.sizes(FOLDER).values())
        assert len(store.names(FOLDER)) <= RULES.keep_versions + MOST_FILES + 1
    changes = list(read_changes(store, certificate))
    (first, *_) = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    assert [(change["conversation_id"], change["field"]) for change in changes] == [
        (first["id"], "from_number")
    ] * (FETCHES - 1)
    assert [change["changed_at"] for change in changes] == [
        NOW + number * timedelta(minutes=1) for number in range(1, FETCHES)
    ]
    told = sum(file.bytes for file in certificate.changes)
    assert told < 300 * FETCHES
    assert sum(store.sizes(FOLDER).values()) < state * (RULES.keep_versions + 1) + told
