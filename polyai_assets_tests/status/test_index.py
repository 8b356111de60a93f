"""The index of unsettled days: made again from certificates, and what it says of a fetch that was interrupted."""

from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.conversations.decisions import note_refusal
from polyai_assets.raw.conversations.settle import State
from polyai_assets.raw.conversations.suspicion import Doubt, Refusal
from polyai_assets.raw.conversations.unsettled import note_fetching, read_one
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.status.standing import rebuild_index
from polyai_assets_tests.deployment import BANK, partitions_of, project_of
from polyai_assets_tests.status.keeping import (
    DAY,
    HOUR,
    NOW,
    PROJECT,
    YESTERDAY,
    Keep,
    keep,
    platform,
    status,
    store,
)

__all__ = ["keep", "platform", "store"]


def test_an_index_that_was_lost_is_made_again(platform: PlatformConfig, keep: Keep, store: RawStore):
    keep(YESTERDAY - 2 * DAY)
    keep(YESTERDAY - DAY, settled=False)
    keep(YESTERDAY, BANK, settled=False, in_progress={"CA1": NOW - HOUR})
    before = [
        read_one(store, Partition(PROJECT, YESTERDAY - DAY)),
        read_one(store, Partition(project_of(BANK), YESTERDAY)),
    ]
    for name in store.names("unsettled"):
        store.delete(f"unsettled/{name}")
    assert rebuild_index(platform, NOW) == 2
    assert [
        read_one(store, Partition(PROJECT, YESTERDAY - DAY)),
        read_one(store, Partition(project_of(BANK), YESTERDAY)),
    ] == before


def test_an_index_made_again_knows_what_was_refused(platform: PlatformConfig, keep: Keep, store: RawStore):
    keep(YESTERDAY)
    note_refusal(store, Partition(PROJECT, YESTERDAY), Refusal(Doubt.FEWER, 20, "too few", "x", NOW - HOUR))
    assert rebuild_index(platform, NOW) == 1
    note = read_one(store, Partition(PROJECT, YESTERDAY))
    assert note is not None
    assert (note.state, note.tried_at) == (State.RED, NOW - HOUR)
    assert "too few" in note.problem


def test_a_fetch_that_was_interrupted_is_due_now(platform: PlatformConfig, keep: Keep, store: RawStore):
    keep(YESTERDAY)
    note_fetching(store, partitions_of(PROJECT, [YESTERDAY]), NOW - HOUR)
    assert status(platform).next_look == NOW
