"""Conversations that were erased: no fetch keeps them again, and the day is proven to be complete all the same."""

from datetime import timedelta

import pytest

from polyai_assets.privacy.erased_contacts import keep_contact
from polyai_assets.privacy.pseudonym import VARIABLE
from polyai_assets.privacy.tombstones import Tombstone, Tombstones, TombstonesUnreadable, keep_tombstones
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.proof import ProofState
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import Window, midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_forget import Days, holding

PROJECT = project_of(HOTEL)
HOUR = timedelta(hours=1)


@pytest.fixture
def erased(store: RawStore, polyai: Simulator) -> str:
    """The first of the day's three conversations, which PolyAI still has."""
    name: str = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))[0]["id"]
    keep_tombstones(store, PROJECT, [name], Tombstone("2025-03-10T12:00:00Z", "r1"))
    return name


def fetch_again(store: RawStore, fetch_days: FetchDays, hours: int, *windows: Window) -> Certificate:
    fetched = fetch_days(DAY1, now=NOW + hours * HOUR, windows=windows, verify="offset")
    return commit_day(store, fetched, DAY1, RULES)


def test_a_fetch_leaves_it_out_and_counts_it(store: RawStore, fetch_days: FetchDays, erased: str):
    certificate = fetch_again(store, fetch_days, 0)
    assert (certificate.rows, certificate.erased) == (2, 1)
    assert holding(store, erased) == []
    assert certificate.proof is not None
    assert certificate.proof.state is ProofState.PROVEN
    assert "counts 3 conversations" in certificate.proof.explanation
    assert certificate.is_complete


def test_it_is_counted_once_however_often_the_day_is_topped_up(
    store: RawStore, fetch_days: FetchDays, erased: str
):
    fetch_again(store, fetch_days, 0)
    whole = Window(midnight(DAY1), midnight(DAY2))
    nothing = Window(midnight(DAY1), midnight(DAY1) + timedelta(minutes=1))
    for hours, window in ((1, whole), (2, nothing)):
        certificate = fetch_again(store, fetch_days, hours, window)
        assert (certificate.rows, certificate.erased) == (2, 1)
    assert holding(store, erased) == []


def test_once_polyai_has_erased_it_too_it_is_counted_no_more(
    store: RawStore, fetch_days: FetchDays, erased: str, polyai: Simulator
):
    fetch_again(store, fetch_days, 0)
    polyai.remove(HOTEL.key, erased)
    certificate = fetch_again(store, fetch_days, 1)
    assert (certificate.rows, certificate.erased, certificate.vanished) == (2, 0, {})
    assert certificate.is_complete


@pytest.mark.parametrize("sent", ["sip:+44 20 7946-0958@pbx", "020 7946 0958"])
def test_later_conversations_of_an_erased_contact_are_left_out_too(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator, monkeypatch: pytest.MonkeyPatch, sent: str
):
    record = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))[0]
    polyai.put(HOTEL.key, record | {"from_number": sent, "to_number": "+44 20 7946 0000"})
    monkeypatch.setenv(VARIABLE, f"1:{'k' * 32}")
    keep_contact(store, "acme", "0044 (20) 7946 0958", Tombstone("2025-03-10T12:00:00Z", "r1"))
    certificate = fetch_again(store, fetch_days, 0)
    assert (certificate.rows, certificate.erased) == (2, 1)
    assert holding(store, record["id"]) == []
    assert record["id"] in Tombstones.read(store, PROJECT)
    monkeypatch.setenv(VARIABLE, f"2:{'n' * 32}")
    with pytest.raises(TombstonesUnreadable, match=rf"a key of the id 1, which {VARIABLE} does not hold"):
        fetch_again(store, fetch_days, 1)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(TombstonesUnreadable, match=f"without their key: {VARIABLE} is not set"):
        fetch_again(store, fetch_days, 2)


def test_a_store_that_is_restored_from_a_backup_loses_it_with_the_next_fetch(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    days = Days(store, fetch_days, polyai)
    assert len(holding(store, days.name)) == 8
    keep_tombstones(store, PROJECT, [days.name], Tombstone("2025-03-10T12:00:00Z", "r1"))
    with store.records(days.current) as batches:
        assert [
            name for batch in batches for name in batch["conversation_id"].to_pylist() if name == days.name
        ] == []
    days.commit()
    assert holding(store, days.name) == []
    assert [change for change in days.changes() if change[0] != days.name]
