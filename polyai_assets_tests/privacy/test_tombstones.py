"""Tombstones: they know who was erased, say nothing of who that is, and are as they were whoever keeps them again."""

import pytest

from polyai_assets.privacy.tombstones import Tombstone, Tombstones, TombstonesUnreadable, keep_tombstones
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import BANK, HOTEL, project_of
from polyai_assets_tests.raw.conftest import any_store, store, store_in_s3

__all__ = ["any_store", "store", "store_in_s3"]

PROJECT = project_of(HOTEL)
FIRST, SECOND = Tombstone("2025-03-10T12:00:00Z", "first"), Tombstone("2025-03-11T12:00:00Z", "second")
ODD = "odd/../id \udc80"


def test_they_know_who_was_erased_of_their_project_alone(any_store: RawStore):
    assert not Tombstones.read(any_store, PROJECT)
    keep_tombstones(any_store, PROJECT, ["CA1", ODD], FIRST)
    found = Tombstones.read(any_store, PROJECT)
    assert found.among(["CA1", "CA2", ODD]) == {"CA1", ODD}
    assert not Tombstones.read(any_store, project_of(BANK))


def test_the_first_stays_when_it_is_kept_again(store: RawStore):
    for tombstone in (FIRST, SECOND):
        keep_tombstones(store, PROJECT, ["CA1"], tombstone)
    folder = f"erased/conversations/{HOTEL.key}"
    (name,) = store.names(folder)
    assert b"first" in (store.read(f"{folder}/{name}") or b"")
    assert "CA1" not in name


def test_without_its_salt_nothing_is_taken_for_not_erased(store: RawStore):
    keep_tombstones(store, PROJECT, ["CA1"], FIRST)
    store.delete("erased/salt")
    with pytest.raises(TombstonesUnreadable, match=r"erased/salt is missing.*Restore it from a backup"):
        Tombstones.read(store, PROJECT)
