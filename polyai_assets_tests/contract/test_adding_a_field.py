"""Adding a field is adding one line, in a platform that has run without it: all the rest follows.

The APIs have sent the fields, of conversations and of details, for two days before they are declared. Then the first of
these days is replayed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.detailing import fetch_details
from polyai_assets_tests.assets.ingesting import ingest
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, DAY4, DAY5, HOTEL, NOW
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.tiers import LONG

pytestmark = LONG

SENTIMENTS = {DAY1: "calm", DAY2: "cross"}


def sent_on(day: date) -> dict[str, Any]:
    turns = [{"user_input": "Hi", "moodScore": day.day}, {}]
    body = payload(id=f"GIVEN-{day}", started_at=f"{day}T10:00:00Z", sentiment=SENTIMENTS[day], turns=turns)
    given: dict[str, Any] = json.loads(body)
    return given


@pytest.fixture(scope="module")
def made_before(
    polyai_served: tuple[Simulator, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Simulator]]:
    """A raw store and a warehouse from before the fields were declared."""
    simulator, url = polyai_served
    simulator.faults.clear()
    simulator.clock.stop_at(NOW)
    simulator.restore(HOTEL.key)
    for day in SENTIMENTS:
        simulator.put(HOTEL.key, sent_on(day))
    folder = tmp_path_factory.mktemp("made-before")
    assert [outcome.error for outcome in ingest(url, folder, [DAY1, DAY2])] == [None, None]
    yield folder, simulator
    simulator.restore(HOTEL.key)


DETAIL = {
    "sentiment": "calm",
    "shortSummary": {"heading": "A room", "content": "They asked.", "mood": 3},
    "functionEvents": {"1": [{"id": "e1", "name": "save_phone", "callCost": 0.5}]},
}
PATHS = ["details.functionEvents[].callCost", "details.sentiment", "details.shortSummary.mood"]


@pytest.fixture(scope="module")
def details_made_before(
    polyai_served: tuple[Simulator, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A raw store and a warehouse from before the fields of details were declared."""
    simulator, url = polyai_served
    simulator.faults.clear()
    simulator.clock.stop_at(NOW)
    simulator.restore(HOTEL.key)
    folder = tmp_path_factory.mktemp("details-made-before")
    assert [outcome.error for outcome in ingest(url, folder, [DAY1, DAY2])] == [None, None]
    for name, value in DETAIL.items():
        parameters = {"field": name, "value": value}
        simulator.faults.add(Fault("set_field", parameters, call="detail", times=None))
    outcomes = fetch_details(url, folder, [DAY1, DAY2])
    simulator.faults.clear()
    assert [sorted(one.path for one in outcome.drift or ()) for outcome in outcomes] == [PATHS, PATHS]
    assert not columns_of(folder, "conversation_details") & {"sentiment", "summary_mood"}
    return folder


def ask(folder: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with looking_into(folder / "polyai.duckdb") as connection:
        return connection.execute(sql, values).fetchall()


def columns_of(folder: Path, table: str) -> set[str]:
    return {name for name, *_ in ask(folder, f"DESCRIBE {table}")}


def drift_of(folder: Path, day: date) -> set[tuple[str, str]]:
    found = ask(folder, "SELECT path, kind FROM schema_drift WHERE date = ?", day)
    return {(path, kind) for path, kind in found if "sentiment" in path or "mood" in path}


@pytest.fixture(scope="module")
def follows(details_made_before: Path, made_before: tuple[Path, Simulator]) -> dict[str, Any]:
    """What follows from the declaration, and what was there before it."""
    folder, simulator = made_before
    extra = (
        "SELECT extra ->> 'sentiment' FROM conversations WHERE conversation_id LIKE 'GIVEN-%' ORDER BY ALL"
    )
    before = {
        "columns": columns_of(folder, "conversations") | columns_of(folder, "turns"),
        "extra": ask(folder, extra),
        "drift": {day: drift_of(folder, day) for day in SENTIMENTS},
    }
    simulator.requests.clear()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "polyai_assets_tests.contract.declaring",
            str(folder),
            str(details_made_before),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told | {
        "before": before,
        "folder": folder,
        "details": details_made_before,
        "requests": list(simulator.requests),
    }


def test_the_platform_ran_without_the_fields_and_kept_what_came(follows: dict[str, Any]) -> None:
    assert not follows["before"]["columns"] & {"sentiment", "mood"}
    assert follows["before"]["extra"] == [("calm",), ("cross",)]


def test_the_strict_reading_takes_the_fields_in_their_types_only(follows: dict[str, Any]) -> None:
    assert follows["strict"] == {
        "as declared": True,
        "another type": False,
        "another type in a turn": False,
    }


def test_the_guarantees_are_checked(follows: dict[str, Any]) -> None:
    assert {"sentiment", "moodScore"} <= set(follows["guarantees"])
    broken = ask(
        follows["folder"], "SELECT field, rule FROM contract_violations WHERE date = ? ORDER BY ALL", DAY4
    )
    assert broken == [("moodScore", "number is at least 0"), ("sentiment", 'text is "", never null')]


def test_new_tables_have_the_columns_and_old_ones_get_them(follows: dict[str, Any]) -> None:
    conversations, turns = follows["create"]
    assert '"sentiment" VARCHAR' in conversations
    assert '"mood" BIGINT' in turns
    assert follows["add"] == [
        'ALTER TABLE main."conversations" ADD COLUMN IF NOT EXISTS "sentiment" VARCHAR',
        'ALTER TABLE main."turns" ADD COLUMN IF NOT EXISTS "mood" BIGINT',
    ]


def test_the_columns_are_described_in_the_warehouse(follows: dict[str, Any]) -> None:
    comments = ask(
        follows["folder"],
        "SELECT comment FROM duckdb_columns() WHERE column_name IN ('sentiment', 'mood') ORDER BY ALL",
    )
    assert comments == [("How the user felt at the end",), ("How the user sounded (points)",)]


def test_new_records_fill_the_columns_of_a_warehouse_that_was_made_before(follows: dict[str, Any]) -> None:
    folder = follows["folder"]
    assert ask(folder, "SELECT sentiment, extra FROM conversations WHERE date = ?", DAY3) == [("calm", None)]
    moods = ask(folder, "SELECT mood, extra FROM turns WHERE date = ? ORDER BY turn_index", DAY3)
    assert moods == [(3, None), (None, None)]


def test_a_replay_fills_the_rows_from_before_without_a_call(follows: dict[str, Any]) -> None:
    given = "FROM {} WHERE conversation_id = ? ORDER BY ALL"
    name = f"GIVEN-{DAY1}"
    folder = follows["folder"]
    assert ask(folder, f"SELECT sentiment, extra {given.format('conversations')}", name) == [("calm", None)]
    assert ask(folder, f"SELECT turn_index, mood, extra {given.format('turns')}", name) == [
        (0, DAY1.day, None),
        (1, None, None),
    ]
    assert follows["requests"] == []


def test_until_its_replay_a_row_from_before_keeps_the_value_in_extra(follows: dict[str, Any]) -> None:
    kept = ask(
        follows["folder"],
        "SELECT sentiment, extra ->> 'sentiment' FROM conversations WHERE conversation_id = ?",
        f"GIVEN-{DAY2}",
    )
    assert kept == [(None, "cross")]


def test_dagster_shows_the_columns_and_where_they_come_from(follows: dict[str, Any]) -> None:
    assert follows["columns"]["sentiment"] == [
        *("VARCHAR", "How the user felt at the end", False, ["may be empty"]),
    ]
    assert follows["columns"]["mood"] == ["BIGINT", "How the user sounded (points)", True, ["at least 0"]]
    assert follows["lineage"]["sentiment"] == follows["lineage"]["mood"] == ["payload"]


def test_the_data_dictionary_lists_the_columns(follows: dict[str, Any]) -> None:
    page = follows["dictionary"].splitlines()
    held = "never NULL, may be empty |  | `sentiment` |"
    sentiment = f"| `sentiment` | `VARCHAR` |  | How the user felt at the end | {held}"
    mood = "| `mood` | `BIGINT` | points | How the user sounded | at least 0 |  | `turns[].moodScore` |"
    assert page.count(sentiment) == page.count(mood) == 1


def test_drift_tells_of_the_fields_until_they_are_declared_and_the_day_is_replayed(
    follows: dict[str, Any],
) -> None:
    added = {("sentiment", "added"), ("turns[].moodScore", "added")}
    assert follows["before"]["drift"] == {DAY1: added, DAY2: added}
    assert drift_of(follows["folder"], DAY1) == drift_of(follows["folder"], DAY3) == set()
    assert drift_of(follows["folder"], DAY2) == added


def test_drift_tells_when_the_new_fields_come_with_another_type(follows: dict[str, Any]) -> None:
    changed = {("sentiment", "type changed"), ("turns[].moodScore", "type changed")}
    assert drift_of(follows["folder"], DAY5) == changed


def test_drift_of_details_tells_of_the_fields_until_the_day_is_replayed(follows: dict[str, Any]) -> None:
    found = ask(follows["details"], "SELECT date, path FROM detail_drift ORDER BY ALL")
    assert found == [(DAY2, path) for path in PATHS]


def test_a_replay_fills_the_columns_of_details_and_empties_extra(follows: dict[str, Any]) -> None:
    details = "SELECT DISTINCT sentiment, summary_mood, extra FROM conversation_details WHERE date = ?"
    assert ask(follows["details"], details, DAY1) == [("calm", 3, None)]
    assert ask(
        follows["details"], "SELECT DISTINCT cost, extra FROM function_events WHERE date = ?", DAY1
    ) == [(0.5, None)]


def test_until_its_replay_a_day_of_details_keeps_the_values_in_extra(follows: dict[str, Any]) -> None:
    kept = (
        "SELECT DISTINCT sentiment, extra ->> 'sentiment', extra -> 'shortSummary' ->> 'mood' "
        "FROM conversation_details WHERE date = ?"
    )
    assert ask(follows["details"], kept, DAY2) == [(None, "calm", "3")]
    assert ask(
        follows["details"], "SELECT DISTINCT extra ->> 'callCost' FROM function_events WHERE date = ?", DAY2
    ) == [("0.5",)]
