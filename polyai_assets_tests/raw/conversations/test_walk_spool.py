"""The records of one walk on disk; `test_resume` continues walks that died."""

import gc
import json
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.record import Record, read_record
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames, SealedFrames
from polyai_assets.privacy.sealing import new_data_key
from polyai_assets.raw.conversations.spooled import read_payloads
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, NOW
from polyai_assets_tests.raw.conftest import SpoolRecords, days_of, page_of, payloads_of

NOON = "2025-03-01T12:00:00Z"


def record(name: str | None = "CA1", started_at: str | None = NOON, **more: object) -> bytes:
    return json.dumps({"id": name, "started_at": started_at, **more}).encode()


@given(st.lists(st.binary(), unique=True))
def test_bytes_come_back_unharmed_whatever_they_are(payloads: list[bytes]):
    with TemporaryDirectory() as folder:
        walk = WalkSpool(Path(folder), {}, frozenset([DAY1]), DAY1, NOW)
        walk.add(page_of([Record(None, None, None, None, payload) for payload in payloads]))
        walk.close()
        assert payloads_of(walk) == payloads


@given(st.permutations(range(5)), st.sampled_from([PLAIN, SealedFrames(new_data_key())]))
def test_records_are_read_in_the_order_asked_for(order: list[int], frames: PlainFrames):
    with TemporaryDirectory() as folder:
        walk = WalkSpool(Path(folder), {}, frozenset([DAY1]), DAY1, NOW, frames)
        walk.add(page_of([read_record(record(f"CA{n}", pad="x" * n)) for n in range(5)]))
        walk.close()
        entries = list(walk.records.each())
        names = [json.loads(payload)["id"] for payload in read_payloads([entries[n] for n in order])]
        assert names == [f"CA{n}" for n in order]


def test_details_that_a_page_came_without_are_known_to_the_run_that_goes_on(tmp_path: Path):
    page = replace(page_of([], cursor="next"), left_out=("include_context_state",))
    for _ in range(2):
        walk = WalkSpool(tmp_path, {}, frozenset([DAY1]), DAY1, NOW)
        if not walk.pages:
            walk.add(page)
        walk.close()
        assert walk.left_out == {"include_context_state"}


def test_a_record_that_comes_again_replaces_the_earlier_one(spool_records: SpoolRecords):
    walk = spool_records([record(num_turns=1), record("CA2"), record(num_turns=2)], [DAY1], DAY1)
    assert payloads_of(walk) == [record(num_turns=2), record("CA2")]
    assert walk.duplicates == ["CA1"]


def test_a_record_that_comes_again_on_another_day_is_kept_on_the_later_named_one(spool_records: SpoolRecords):
    walk = spool_records([record(), record(started_at="2025-03-02T00:00:00Z")], [DAY1, DAY2], DAY1)
    assert days_of(walk) == [DAY2]


def test_records_without_an_id_are_told_apart_by_their_content(spool_records: SpoolRecords):
    one, other = record(None, num_turns=1), record(None, num_turns=2)
    walk = spool_records([one, other, one], [DAY1], DAY1)
    assert payloads_of(walk) == [one, other]
    assert len(walk.duplicates) == 1


def test_records_just_beyond_the_days_are_counted_and_not_kept(spool_records: SpoolRecords):
    starts = [NOON, "2025-03-02T00:00:00.5Z", "2025-03-02T23:59:59.5Z", "2025-03-03T12:00:00Z"]
    payloads = [record(f"CA{number}", start) for number, start in enumerate(starts)]
    walk = spool_records(payloads, [DAY1, DAY3], DAY1)
    assert payloads_of(walk) == [payloads[0], payloads[3]]
    assert list(walk.outside) == ["CA1", "CA2"]


@pytest.mark.parametrize("start", ["2025-02-28T23:59:59Z", "2025-03-02T00:00:01Z"])
def test_a_record_of_the_very_moment_at_which_a_window_ends_is_beyond_the_days(
    spool_records: SpoolRecords, start: str
):
    walk = spool_records([record("CA1"), record("CA2", start)], [DAY1], DAY1)
    assert payloads_of(walk) == [record("CA1")]
    assert list(walk.outside) == ["CA2"]


@pytest.mark.parametrize(
    "start",
    [
        "2025-03-02T12:00:00Z",
        "2025-03-02T00:00:01.000001Z",
        "2030-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "never",
    ],
)
def test_a_record_that_nobody_asked_for_is_kept_with_the_one_before_it(
    spool_records: SpoolRecords, start: str
):
    payloads = [record("CA1"), record("CA2", "2025-03-03T12:00:00Z"), record("CA3", start)]
    walk = spool_records(payloads, [DAY1, DAY3], DAY1)
    assert payloads_of(walk) == payloads
    assert days_of(walk) == [DAY1, DAY3, DAY3]
    assert walk.outside == {}


@pytest.mark.parametrize(
    "start", [None, "", "yesterday", "2025-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_start_that_cannot_be_read_puts_a_record_on_the_fallback_date(
    spool_records: SpoolRecords, start: str | None
):
    walk = spool_records([record(started_at=start)], [DAY1, DAY2], DAY2)
    (kept,) = walk.records.each()
    assert (kept.entry.day, kept.entry.started_at) == (DAY2, None)


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2025-03-01T23:59:59.999999Z", DAY1),
        ("2025-03-02T00:00:00Z", DAY2),
        ("2025-03-02T00:30:00+01:00", DAY1),
        ("2025-03-01T23:30:00-01:00", DAY2),
        ("2025-03-01T23:59:59.999999", DAY1),
        ("2025-03-02T00:00:00", DAY2),
    ],
)
def test_a_record_belongs_to_the_utc_date_of_its_start(spool_records: SpoolRecords, start: str, day: date):
    walk = spool_records([record(started_at=start)], [DAY1, DAY2], DAY3)
    assert days_of(walk) == [day]


def test_what_is_kept_of_a_record_until_its_day_is_committed_is_about_a_hundred_bytes(tmp_path: Path):
    walk = WalkSpool(tmp_path, {}, frozenset([DAY1]), DAY1, NOW)
    spool_thousand(walk, 0)  # whatever is there once
    tracemalloc.start()
    arrow = pa.total_allocated_bytes()
    for thousand in range(1, 11):
        spool_thousand(walk, thousand)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (kept + pa.total_allocated_bytes() - arrow) / 10_000 < 130
    assert walk.count_conversations(DAY1) == 11_000


def spool_thousand(walk: WalkSpool, thousand: int) -> None:
    names = [f"CA{thousand * 1000 + n:032x}" for n in range(1000)]
    walk.add(page_of([Record(name, NOON, False, 7, b"{}", 60.0, 7) for name in names], cursor="next"))


def test_a_record_that_comes_again_is_no_other_conversation_of_its_day(spool_records: SpoolRecords):
    again = [record(), record("CA2"), record(num_turns=3), record("CA3", "2025-03-02T00:00:00Z"), record()]
    walk = spool_records(again, [DAY1, DAY2], DAY1)
    assert walk.per_day == {DAY1: 4, DAY2: 1}
    assert [walk.count_conversations(day) for day in (DAY1, DAY2)] == [2, 1]
    assert (walk.duplicates, walk.days_of_duplicates) == (["CA1", "CA1"], {DAY1})
