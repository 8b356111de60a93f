"""Snapshots of reference data in the raw store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polyai_assets.api.project import Project
from polyai_assets.raw.reference import (
    LatestLook,
    Snapshots,
    SnapshotUnreadable,
)
from polyai_assets.raw.store import RawStore

PROJECT = Project("us-1", "acme", "hotel bot")
NOW = datetime(2026, 6, 1, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = b'{"id": "a", "new": [1.50, NaN], "id": "\\ud800"}', b'{"id":"b","name":"caf\xe9"}'


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(str(tmp_path / "raw"))


def folder(store: RawStore) -> Path:
    return Path(store.url) / "reference" / "us-1" / "acme" / "hotel%20bot" / "variants"


def keep(store: RawStore, *payloads: bytes, at: datetime = NOW) -> bool:
    return Snapshots(store, PROJECT, "variants").keep({"variants": payloads, "attributes": []}, at)


def kept(store: RawStore) -> list[tuple[datetime, list[bytes]]]:
    found = Snapshots(store, PROJECT, "variants")
    return [(one.fetched_at, one.lists["variants"]) for one in found]


def test_objects_are_kept_byte_for_byte(store: RawStore) -> None:
    assert keep(store, A, B)
    assert kept(store) == [(NOW, [A, B])]
    assert [file.name for file in folder(store).iterdir()] == ["2026-06-01T03-30-00.000000Z.json"]


def test_what_is_as_before_is_not_kept_again_whatever_its_order(store: RawStore) -> None:
    keep(store, A, B)
    assert not keep(store, B, A, at=NOW + DAY)
    assert keep(store, B, at=NOW + 2 * DAY)
    assert keep(store, A, B, at=NOW + 3 * DAY)
    assert [at for at, _ in kept(store)] == [NOW, NOW + 2 * DAY, NOW + 3 * DAY]


def test_snapshots_keep_their_order_whatever_the_clock_says(store: RawStore) -> None:
    keep(store, A)
    keep(store, B, at=NOW - DAY)
    keep(store, A, B, at=NOW)
    assert [payloads for _, payloads in kept(store)] == [[A], [B], [A, B]]


@pytest.mark.parametrize("content", [b"", b'{"version": 1, "project"', b"[]"])
def test_a_damaged_snapshot_is_named_and_nothing_is_kept_beside_it(store: RawStore, content: bytes) -> None:
    keep(store, A)
    (file,) = folder(store).iterdir()
    file.chmod(0o600)
    file.write_bytes(content)
    with pytest.raises(SnapshotUnreadable, match=rf"{file.name} .* Restore it from a backup"):
        keep(store, B, at=NOW + DAY)
    with pytest.raises(SnapshotUnreadable):
        kept(store)
    assert [*folder(store).iterdir()] == [file]


def test_a_failed_look_leaves_when_it_was_last_read_until_it_is_read_again(store: RawStore) -> None:
    assert Snapshots(store, PROJECT, "variants").read_latest() == LatestLook()
    Snapshots(store, PROJECT, "variants").note_read(NOW, 2)
    Snapshots(store, PROJECT, "variants").note_failed(NOW + DAY, "refused")
    failed = Snapshots(store, PROJECT, "variants").read_latest()
    assert failed == LatestLook(checked_at=NOW, left_out=2, failed_at=NOW + DAY, error="refused", policy="")
    Snapshots(store, PROJECT, "variants").note_read(NOW + 2 * DAY, 0)
    assert Snapshots(store, PROJECT, "variants").read_latest() == LatestLook(
        checked_at=NOW + 2 * DAY, policy=""
    )
    assert kept(store) == []


def test_a_damaged_note_counts_as_not_known(store: RawStore, caplog: pytest.LogCaptureFixture) -> None:
    Snapshots(store, PROJECT, "variants").note_read(NOW, 0)
    (folder(store) / "latest.json").write_bytes(b"{")
    assert Snapshots(store, PROJECT, "variants").read_latest() == LatestLook()
    assert "latest.json cannot be read" in caplog.text
