"""A commit to an object store that does not answer: it fails, and nothing is deleted or concluded."""

from datetime import timedelta

import pytest

from polyai_assets.raw.conversations.changes import read_changes
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.file_store import StoreUnavailable
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, NOW
from polyai_assets_tests.raw.answering import FORBIDDEN, OVERLOADED, Answer, FaultyS3
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER, PROJECT, change_one

HOUR = timedelta(hours=1)


NO_ANSWERS = [
    Answer(status, content, about=about, method="GET", times=1)
    for about in (".changes", "certificate.json", "decisions.json", ".parquet")
    for status, content in ((503, OVERLOADED), (403, FORBIDDEN))
]


def test_what_cannot_be_read_once_stays_and_the_commit_fails(
    bucket: RawStore, faulty: FaultyS3, fetch_days: FetchDays, polyai: Simulator
):
    commit_day(bucket, fetch_days(DAY1), DAY1, RULES)
    change_one(polyai)
    made = commit_day(bucket, fetch_days(DAY1, now=NOW + HOUR), DAY1, RULES)
    told = list(read_changes(bucket, made))
    before = bucket.sizes(FOLDER)
    change_one(polyai)
    fetched = fetch_days(DAY1, now=NOW + 2 * HOUR)
    for answer in NO_ANSWERS:
        faulty.answers = [answer]
        with pytest.raises(StoreUnavailable):
            commit_day(bucket, fetched, DAY1, RULES)
        assert (bucket.certificate(Partition(PROJECT, DAY1)), bucket.sizes(FOLDER)) == (made, before)
    later = commit_day(bucket, fetched, DAY1, RULES)
    assert later.changes[: len(made.changes)] == made.changes
    assert list(read_changes(bucket, later))[: len(told)] == told
    assert later.changes_lost == []


def test_a_day_that_is_committed_is_not_red_because_its_folder_cannot_be_listed(
    bucket: RawStore, faulty: FaultyS3, fetch_days: FetchDays
):
    faulty.answers = [Answer(503, OVERLOADED, about=f"hotel-bot%2F{DAY1}", method="GET")]
    made = commit_day(bucket, fetch_days(DAY1), DAY1, RULES)
    assert bucket.certificate(Partition(PROJECT, DAY1)) == made
    assert any("list-type=2" in path and f"hotel-bot%2F{DAY1}" in path for _, path in faulty.asked)


def test_nothing_is_committed_while_it_cannot_be_known_who_was_erased(
    bucket: RawStore, faulty: FaultyS3, fetch_days: FetchDays
):
    faulty.answers = [Answer(503, OVERLOADED, about="erased", method="GET")]
    with pytest.raises(StoreUnavailable, match="erased"):
        commit_day(bucket, fetch_days(DAY1), DAY1, RULES)
    assert bucket.certificate(Partition(PROJECT, DAY1)) is None
