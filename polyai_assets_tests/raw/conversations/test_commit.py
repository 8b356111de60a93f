"""Committing days, to a folder and to a bucket."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polyai_assets.api.query import ConversationQuery
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.changes import read_changes
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.conversations.suspicion import Doubt, FetchRefused
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays

PROJECT = project_of(HOTEL)
FOLDER = "us-1/acme/hotel-bot/2025-03-01"


def payloads_of(store: RawStore, certificate: Certificate) -> list[bytes]:
    with store.records(certificate) as batches:
        return [payload for batch in batches for payload in batch["payload"].to_pylist()]


def parquet_files(store: RawStore) -> list[str]:
    return [name for name in store.names(FOLDER) if name.endswith(".parquet")]


def change_one(polyai: Simulator) -> None:
    first, *_ = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    polyai.put(HOTEL.key, first | {"from_number": "+1"})


def test_a_committed_day_holds_what_was_fetched(any_store: RawStore, fetch_days: FetchDays):
    fetched = fetch_days(DAY1, DAY2)
    certificate = commit_day(any_store, fetched, DAY1, RULES)
    assert payloads_of(any_store, certificate) == list(fetched.entries[DAY1].payloads())
    assert any_store.certificate(Partition(PROJECT, DAY1)) == certificate
    assert any_store.certificate(Partition(PROJECT, DAY2)) is None


def test_the_certificate_says_what_was_asked_and_what_came(store: RawStore, fetch_days: FetchDays):
    certificate = commit_day(store, fetch_days(DAY1, now=NOW, parallel_windows=1), DAY1, RULES)
    assert (certificate.project, certificate.date, certificate.rows) == (HOTEL.key, DAY1, 3)
    assert (certificate.fetch_started_at, certificate.fetch_finished_at) == (NOW, NOW)
    assert certificate.query == {"api_version": "v3", "client_env": ["live"]}
    assert [page.rows for walk in certificate.walks for page in walk.pages] == [3]
    content = store.read(f"{FOLDER}/{certificate.file.name}")
    assert content is not None
    assert certificate.file.sha256 == hashlib.sha256(content).hexdigest()
    assert certificate.problems() == []


def test_the_certificate_names_only_the_walks_that_touch_its_day(store: RawStore, fetch_days: FetchDays):
    fetched = fetch_days(DAY1, DAY2, parallel_windows=4)
    certificate = commit_day(store, fetched, DAY2, RULES)
    assert sorted(walk.start for walk in certificate.walks) == [
        midnight(DAY2),
        midnight(DAY2) + timedelta(hours=12),
    ]


def test_conversations_in_progress_are_named_with_their_starts(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    for name, running in (("CA-1", True), ("CA-2", False)):
        polyai.put(HOTEL.key, {"id": name, "started_at": "2025-03-01T10:00:00Z", "in_progress": running})
    certificate = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    assert certificate.in_progress == {"CA-1": datetime(2025, 3, 1, 10, tzinfo=UTC)}


def test_records_that_cannot_be_read_are_counted(store: RawStore, fetch_days: FetchDays, polyai: Simulator):
    polyai.faults.add(Fault("poison", {"how": "no_id"}, times=None))
    certificate = commit_day(store, fetch_days(DAY1, parallel_windows=1), DAY1, RULES)
    assert (certificate.rows, certificate.unreadable) == (3, 1)


def test_an_empty_day_is_committed_too(store: RawStore, fetch_days: FetchDays):
    before = HOTEL.since - timedelta(days=10)
    certificate = commit_day(store, fetch_days(before), before, RULES)
    assert (certificate.rows, certificate.problems()) == (0, [])
    assert payloads_of(store, certificate) == []


def test_the_same_content_again_makes_a_new_certificate_and_no_second_file(
    store: RawStore, fetch_days: FetchDays
):
    first = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    again = commit_day(store, fetch_days(DAY1, page_size=1, parallel_windows=1), DAY1, RULES)
    assert again.fetch_id != first.fetch_id
    assert again.file == first.file
    assert parquet_files(store) == [first.file.name]


def test_changed_content_is_a_second_file_and_the_first_stays(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    first = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    before = payloads_of(store, first)
    change_one(polyai)
    second = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    assert parquet_files(store) == sorted([first.file.name, second.file.name])
    assert payloads_of(store, first) == before
    assert [json.loads(payload)["from_number"] for payload in payloads_of(store, second)].count("+1") == 1


def test_an_older_fetch_does_not_replace_a_newer_one(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    older = fetch_days(DAY1, now=NOW)
    change_one(polyai)
    newer = fetch_days(DAY1, now=NOW + timedelta(seconds=1))
    kept = commit_day(store, newer, DAY1, RULES)
    assert commit_day(store, older, DAY1, RULES) == kept
    assert store.certificate(Partition(PROJECT, DAY1)) == kept
    assert parquet_files(store) == [kept.file.name]


def test_records_that_were_lost_are_written_again(store: RawStore, fetch_days: FetchDays):
    first = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    store.delete(f"{FOLDER}/{first.file.name}")
    again = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    assert len(payloads_of(store, again)) == 3


def test_records_that_were_cut_short_are_written_again(store: RawStore, fetch_days: FetchDays):
    first = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    store.write(f"{FOLDER}/{first.file.name}", b"PAR1")
    again = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    assert again.file.name != first.file.name
    assert len(payloads_of(store, again)) == 3


def test_no_local_copy_is_left_of_what_was_committed(
    store: RawStore, fetch_days: FetchDays, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    certificate = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    assert len(payloads_of(store, certificate)) == 3
    assert list((tmp_path / "temporary").iterdir()) == []


STATE = ConversationQuery(include_context_state=True)


def without_state(fetched: Fetch) -> Fetch:
    """Make it a fetch that PolyAI gave no state to."""
    fetched.left_out = ("include_context_state",)
    return fetched


def test_details_that_were_refused_are_named_and_are_no_doubt_where_nothing_is_kept(
    store: RawStore, fetch_days: FetchDays
):
    for _ in range(2):
        certificate = commit_day(store, without_state(fetch_days(DAY1, query=STATE)), DAY1, RULES)
        assert certificate.left_out == ["include_context_state"]
    assert commit_day(store, fetch_days(DAY1, query=STATE), DAY1, RULES).left_out == []


def test_details_that_are_kept_are_not_given_up_because_they_are_refused_now(
    store: RawStore, fetch_days: FetchDays
):
    kept = commit_day(store, fetch_days(DAY1, query=STATE), DAY1, RULES)
    with pytest.raises(FetchRefused, match="PolyAI refused include_context_state") as refused:
        commit_day(store, without_state(fetch_days(DAY1, query=STATE)), DAY1, RULES)
    assert refused.value.refusal.doubt is Doubt.DETAILS
    assert store.certificate(Partition(PROJECT, DAY1)) == kept
    assert commit_day(store, fetch_days(DAY1), DAY1, RULES).query.keys() == {
        "api_version",
        "client_env",
    }


def test_another_version_of_the_api_is_no_change_of_its_conversations(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    commit_day(store, fetch_days(DAY1, api_version="v1"), DAY1, RULES)
    first, *_ = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    polyai.remove(HOTEL.key, first["id"])
    certificate = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    changes = list(read_changes(store, certificate))
    assert [(one["conversation_id"], one["field"]) for one in changes] == [(first["id"], "(conversation)")]
