"""What people decided on a day: a damaged decision is not the same as none."""

from datetime import timedelta

import msgspec
import pytest

from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.decisions import (
    DecisionsUnreadable,
    accept,
    forget_vanished,
    note_refusal,
    read_decisions,
    read_refusal,
)
from polyai_assets.raw.conversations.suspicion import Doubt, Refusal
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, NOW
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER, PROJECT, change_one
from polyai_assets_tests.raw.conversations.test_unsettled import DAMAGES

REFUSAL = Refusal(Doubt.FEWER, 20, "too few", "x", NOW)


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_decision_is_told_with_its_file_and_what_to_do(store: RawStore, content: bytes):
    store.write(f"{FOLDER}/decisions.json", content)
    with pytest.raises(
        DecisionsUnreadable, match=r"decisions\.json cannot be read .* Restore it from a backup"
    ):
        read_decisions(store, Partition(PROJECT, DAY1))
    with pytest.raises(DecisionsUnreadable):
        forget_vanished(store, Partition(PROJECT, DAY1), "ann", NOW)
    assert store.read(f"{FOLDER}/decisions.json") == content


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_refusal_is_told_and_the_next_fetch_replaces_it(store: RawStore, content: bytes):
    store.write(f"{FOLDER}/refused.json", content)
    with pytest.raises(
        DecisionsUnreadable, match="Fetch the day again with `polyai backfill us-1/acme/hotel-bot "
    ):
        accept(store, Partition(PROJECT, DAY1), "ann", "it is right", NOW)
    note_refusal(store, Partition(PROJECT, DAY1), REFUSAL)
    assert read_refusal(store, Partition(PROJECT, DAY1)) == REFUSAL
    note_refusal(store, Partition(PROJECT, DAY1), None)
    assert read_refusal(store, Partition(PROJECT, DAY1)) is None


def test_beside_a_damaged_decision_nothing_is_committed_and_nothing_deleted(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    made = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    store.write(f"{FOLDER}/decisions.json", b'{"forget_vanished_until": "')
    before = store.sizes(FOLDER)
    change_one(polyai)
    with pytest.raises(DecisionsUnreadable):
        commit_day(store, fetch_days(DAY1, now=NOW + timedelta(hours=1)), DAY1, RULES)
    assert (store.certificate(Partition(PROJECT, DAY1)), store.sizes(FOLDER)) == (made, before)


def test_decisions_that_an_editor_has_marked_as_utf_8_are_read(store: RawStore):
    store.write(f"{FOLDER}/decisions.json", b'\xef\xbb\xbf{"forgotten_by": "me"}')
    assert read_decisions(store, Partition(PROJECT, DAY1)).forgotten_by == "me"


def test_decisions_in_another_encoding_are_told(store: RawStore):
    store.write(f"{FOLDER}/decisions.json", '{"forgotten_by": "m\u00fc"}'.encode("latin-1"))
    with pytest.raises(DecisionsUnreadable, match="no text in UTF-8"):
        read_decisions(store, Partition(PROJECT, DAY1))


def test_a_refusal_keeps_the_names_that_it_has_on_disk():
    kept = (
        '{"doubt":"fewer conversations","extent":20,"told":"too few","fetch_id":"x",'
        f'"fetched_at":"{NOW.isoformat().replace("+00:00", "Z")}"}}'
    )

    assert msgspec.json.decode(kept, type=Refusal) == REFUSAL
    assert msgspec.json.encode(REFUSAL).decode() == kept
