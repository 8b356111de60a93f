"""Days of two versions beside each other: what differs, what is in flight, and what becomes of hostile records."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.days import Comparing
from polyai_assets.migration.parity import Parity, ParityVerdict
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.deployment import (
    DAY1,
    HOTEL,
    NOW,
    partitions_of,
    project_of,
)
from polyai_assets_tests.migration.comparing import PARITY, START, V1, Pair, rows

NEXT_MORNING = datetime(2025, 3, 2, 9, tzinfo=UTC)
"""23 hours after that."""


def test_versions_that_differ_in_five_ways_are_told_just_these_five(pair: Pair):
    pair.put("CA-null", old={"handoff_destination": None}, new={"handoff_destination": ""})
    pair.put("CA-time", old={"started_at": "2025-03-01 10:00:00.25"})
    pair.put("CA-differs", new={"channel": "WEBCHAT"})
    for name in ("CA-only-v1", "CA-only-v3", "CA-same"):
        pair.put(name)
    pair.old.remove(HOTEL.key, "CA-only-v3")
    pair.new.remove(HOTEL.key, "CA-only-v1")
    assert rows(pair.found()) == {
        ("handoff_destination", ParityVerdict.NULL_BECAME_EMPTY, 1, 4, "CA-null"),
        ("started_at", ParityVerdict.TIME_FORMAT, 1, 4, "CA-time"),
        ("channel", ParityVerdict.DIFFERS, 1, 4, "CA-differs"),
        (WHOLE_RECORD, ParityVerdict.ONLY_IN_OLD, 1, 6, "CA-only-v1"),
        (WHOLE_RECORD, ParityVerdict.ONLY_IN_NEW, 1, 6, "CA-only-v3"),
    }


def test_the_table_says_what_was_found(pair: Pair, tmp_path: Path):
    pair.put("CA-1", new={"channel": "WEBCHAT"})
    pair.put("CA-2")
    pair.compare()
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (row,) = connection.execute(f"FROM {PARITY} WHERE verdict = 'differs'").fetchall()
        records = connection.execute(f"SELECT verdict, count, total FROM {PARITY} WHERE path = '(record)'")
        assert records.fetchall() == [("equal", 1, 2)]
    example = "text like 'xxxxx-xxx' in v1, text like 'xxxxxxx' in v3"
    assert row == (HOTEL.key, DAY1, "channel", "differs", 1, 2, "CA-1", example, "v1", "v3", NOW)


def test_a_day_that_is_compared_again_is_replaced(pair: Pair, tmp_path: Path):
    pair.put("CA-1", new={"channel": "WEBCHAT"})
    pair.compare()
    pair.put("CA-1")
    pair.compare()
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        assert connection.execute(f"SELECT DISTINCT verdict FROM {PARITY}").fetchall() == [("equal",)]


def test_a_day_without_conversations_is_compared_too(pair: Pair):
    (outcome,) = pair.compare()
    assert outcome.parity is not None
    assert outcome.parity.rows == [Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 0, 0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"in_progress": True},
        {"started_at": "2025-03-01T10:00:00.250000Z", "total_duration": 22 * 3600},  # ended an hour ago
    ],
)
@pytest.mark.parametrize("side", ["old", "new"])
def test_what_is_in_flight_in_either_version_is_counted_and_not_judged(
    pair: Pair, side: str, changes: dict[str, Any]
):
    pair.put("CA-1", **{side: changes | {"channel": "SMS"}})
    pair.put("CA-2")
    assert rows(pair.found(NEXT_MORNING)) == {(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, 1, 1, "CA-1")}


@pytest.mark.parametrize(("hours", "verdict"), [(3, ParityVerdict.ONLY_IN_NEW), (1, ParityVerdict.IN_FLIGHT)])
def test_a_conversation_that_one_version_lacks_is_in_flight_while_it_is_young(
    pair: Pair, hours: int, verdict: ParityVerdict
):
    pair.put("CA-1", new={"total_duration": (23 - hours) * 3600})
    pair.old.remove(HOTEL.key, "CA-1")
    assert rows(pair.found(NEXT_MORNING)) == {(WHOLE_RECORD, verdict, 1, 1 if hours == 3 else 0, "CA-1")}


def test_hostile_ids_and_records_are_told_and_stop_nothing(pair: Pair):
    names = ["../../etc", "' OR 1=1 --", "\x00\x1b[2J", "🦜" * 80, "a|b,[c]"]
    for name in names:
        pair.put(name)
    pair.put("half", old={"id": "CA\ud800", "handoff": False}, new={"id": "CA\ud800"})
    broken_record = b'{"id": "broken", "started_at": "%b", "state": {"x": 1.2.3}}' % START.encode()
    for simulator in (pair.old, pair.new):
        simulator.put(HOTEL.key, broken_record, conversation_id="broken", started_at=START)
        simulator.put(HOTEL.key, b'{"x": 1}', conversation_id="none", started_at=START)
    twice = payload(FULL | {"id": "twice", "started_at": START})
    pair.put("twice")
    pair.old.put(HOTEL.key, twice[:-1] + b', "handoff": true}', conversation_id="twice", started_at=START)
    found = pair.found()
    assert rows(found) == {
        ("handoff", ParityVerdict.DIFFERS, 2, 7, "twice"),
        (WHOLE_RECORD, ParityVerdict.DIFFERS, 1, 9, "broken"),
    }
    (unreadable,) = [one for one in found if one.path == WHOLE_RECORD]
    assert unreadable.example.startswith("cannot be compared: in v1 it is not valid JSON: ")


def test_today_is_provisional(comparing: Comparing, configure: Configure):
    (outcome,) = comparing.run(configure(compare_with=V1), partitions_of(project_of(HOTEL), [NOW.date()]))
    assert outcome.parity is not None
    assert outcome.parity.is_provisional
    assert outcome.parity.compared_at == datetime(2025, 3, 10, 12, tzinfo=UTC)
