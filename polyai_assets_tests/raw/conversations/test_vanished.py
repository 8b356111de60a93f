"""Conversations that PolyAI returns no more: what the option `vanished` leaves of them, in every file of the day."""

from datetime import timedelta

import msgspec
import pytest

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.commit import CommitRules, commit_day
from polyai_assets.raw.conversations.vanished import VanishedPolicy, without_text
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, HOTEL
from polyai_assets_tests.raw.conftest import FetchDays
from polyai_assets_tests.raw.conversations.test_forget import Days, holding

DAY = timedelta(days=1)


@pytest.fixture
def days(store: RawStore, fetch_days: FetchDays, polyai: Simulator) -> Days:
    """A day of which a conversation has vanished, and is kept with all that was said."""
    return Days(store, fetch_days, polyai)


def commit(days: Days, policy: VanishedPolicy, after: timedelta = timedelta(hours=1)) -> Certificate:
    fetched = days.fetch(DAY1, now=days.now + after)
    return commit_day(days.store, fetched, DAY1, CommitRules(vanished=policy))


def records(days: Days, certificate: Certificate) -> dict[str, dict[str, object]]:
    with days.store.records(certificate) as batches:
        payloads = [payload for batch in batches for payload in batch["payload"].to_pylist()]
    return {record["id"]: record for record in map(msgspec.json.decode, payloads)}


def test_text_and_contacts_go_and_times_and_counts_stay(days: Days):
    before = records(days, days.current)
    certificate = commit(days, VanishedPolicy(keeps_text=False))
    left = records(days, certificate)
    gone = left.pop(days.name)
    assert gone.keys().isdisjoint({"turns", "state", "from_number", "to_number", "metrics"})
    assert {name: before[days.name][name] for name in gone} == gone
    assert {"id", "started_at", "total_duration", "handoff"} <= gone.keys()
    before.pop(days.name)
    assert left == before
    assert certificate.vanished.keys() == {days.name}
    assert len(certificate.versions) == 1
    assert [change for change in days.changes() if change[0] == days.name] == []


def test_the_next_fetch_writes_nothing_more_and_the_conversation_may_come_back(days: Days):
    first = commit(days, VanishedPolicy(keeps_text=False))
    again = commit(days, VanishedPolicy(keeps_text=False))
    assert again.file == first.file
    days.polyai.put(HOTEL.key, days.gone)
    back = commit(days, VanishedPolicy(keeps_text=False))
    assert back.vanished == {}
    assert "turns" in records(days, back)[days.name]
    assert [change[1:] for change in days.changes() if change[0] == days.name] == [
        ("(conversation)", "vanished", "present")
    ]


def test_it_is_dropped_after_so_long_and_not_before(days: Days):
    policy = VanishedPolicy(drop_after=30 * DAY)
    assert commit(days, policy, 29 * DAY).vanished.keys() == {days.name}
    assert commit(days, policy, 2 * DAY).vanished == {}
    assert holding(days.store, days.name) == []


def test_where_all_is_kept_nothing_is_written(days: Days):
    assert commit(days, VanishedPolicy()).file == days.current.file


@pytest.mark.parametrize(
    ("payload", "left"),
    [
        (b'{"id":"CA1","turns":[{"user_input":"hi"}],"num_turns":1}', {"id": "CA1", "num_turns": 1}),
        (b'{"id":"CA1","unknown":"x"}', {"id": "CA1"}),
        (b"\xff", {"id": "CA1"}),
        (b'"text"', {"id": "CA1"}),
    ],
)
def test_what_is_not_known_to_be_harmless_goes(payload: bytes, left: dict[str, object]):
    assert msgspec.json.decode(without_text(payload, "CA1")) == left
