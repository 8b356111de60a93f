"""What becomes of conversations that change, move, vanish and return, in the raw store and in the tables."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import TABLES
from polyai_assets.raw.conversations import decisions
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.unsettled import read_one
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import IncludedDetails, Simulator
from polyai_assets_tests.assets.conftest import LATER, Run
from polyai_assets_tests.assets.ingesting import ingest_in
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, partitions_of, project_of
from polyai_assets_tests.looking import looking_into

pytestmark = pytest.mark.usefixtures("no_facts")

PROJECT = project_of(HOTEL)
DAY = timedelta(days=1)
EVERYTHING = IncludedDetails(latency=True, turn_metadata=True, context_state=True)
Conversation = dict[str, Any]


def on(polyai: Simulator, day: date) -> list[Conversation]:
    return polyai.conversations(HOTEL.key, midnight(day), midnight(day) + DAY, EVERYTHING)


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with looking_into(folder / "polyai.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql).fetchall()


def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table.name: ask(folder, f"SELECT * FROM {table.name} ORDER BY ALL") for table in TABLES}


def day_of(folder: Path, name: str) -> list[date]:
    """The days on which a conversation is found."""
    return [day for (day,) in ask(folder, f"SELECT date FROM conversations WHERE conversation_id = '{name}'")]


def fates(folder: Path) -> list[tuple[Any, ...]]:
    """What happened to conversations as such: day, id, before, after."""
    return ask(
        folder,
        "SELECT date, conversation_id, before, after FROM conversation_changes "
        "WHERE field = '(conversation)' ORDER BY changed_at, date, conversation_id",
    )


def vanished(folder: Path) -> list[tuple[Any, ...]]:
    return ask(folder, "SELECT date, conversation_id, vanished_at FROM vanished_conversations ORDER BY ALL")


def certificate(folder: Path, day: date) -> Certificate:
    found = ingest_in(folder).store.certificate(Partition(PROJECT, day))
    assert found is not None
    return found


def files(folder: Path, day: date, kind: str = "parquet") -> list[str]:
    names = ingest_in(folder).store.names(f"us-1/acme/hotel-bot/{day}")
    return [name for name in names if name.endswith(kind)]


def changed(polyai: Simulator, one: Conversation, **fields: Any) -> Conversation:
    polyai.put(HOTEL.key, one | fields)
    return one | fields


def load(folder: Path, config: ProjectConfig, *days: date) -> None:
    """Load what the raw store has."""
    replay = replace(ingest_in(folder), fetches=False)
    assert [one.error for one in replay.run(config, partitions_of(PROJECT, days))] == [None] * len(days)


def moved(polyai: Simulator, one: Conversation, by: timedelta) -> None:
    changed(polyai, one, started_at=(datetime.fromisoformat(one["started_at"]) + by).isoformat())


def test_an_unchanged_day_gets_a_certificate_and_no_second_file(run_again: Run, tmp_path: Path):
    first = certificate(tmp_path, DAY2)
    outcome = run_again()[DAY2]
    again = certificate(tmp_path, DAY2)
    assert again.fetch_id != first.fetch_id
    assert (again.file, again.versions) == (first.file, first.versions)
    assert len(files(tmp_path, DAY2)) == 1
    assert outcome.certificate is not None
    assert (outcome.certificate.added, outcome.certificate.changed) == (0, 0)
    assert everything(tmp_path)["conversation_changes"] == []


def test_what_changed_is_told_field_by_field(run_again: Run, polyai: Simulator, tmp_path: Path):
    one, *_ = on(polyai, DAY2)
    turns = [one["turns"][0] | {"user_input": 100 * "x"}, *one["turns"][1:]]
    changed(polyai, one, handoff_reason="caller asked", turns=turns)
    outcomes = run_again()
    found = ask(tmp_path, "SELECT date, conversation_id, changed_at, field, after FROM conversation_changes")
    at = LATER + 2 * DAY
    (long_text,) = [row[-1] for row in found if row[3] == "turns[0].user_input"]
    assert sorted(found) == [
        (DAY2, one["id"], at, "handoff_reason", "caller asked"),
        (DAY2, one["id"], at, "turns[0].user_input", long_text),
    ]
    assert long_text.startswith("sha256:")
    counted = [outcome.certificate.changed for outcome in outcomes.values() if outcome.certificate]
    assert counted == [0, 1, 0]


def test_changes_of_all_versions_are_kept(
    fetch: Run, polyai: Simulator, tmp_path: Path, configure: Configure
):
    one, *_ = on(polyai, DAY2)
    for reason in ("first", "second", "second", "third"):
        one = changed(polyai, one, handoff_reason=reason)
        fetch(DAY2)
    load(tmp_path, configure(), DAY2)
    found = ask(tmp_path, "SELECT before, after FROM conversation_changes ORDER BY changed_at")
    assert found == [("first", "second"), ("second", "third")]
    assert len(files(tmp_path, DAY2)) == 3


def test_a_vanished_conversation_is_kept_with_its_record(run_again: Run, polyai: Simulator, tmp_path: Path):
    gone, *rest = on(polyai, DAY2)
    polyai.remove(HOTEL.key, gone["id"])
    run_again(DAY2)
    assert day_of(tmp_path, gone["id"]) == []
    assert ask(tmp_path, f"SELECT count(*) FROM turns WHERE conversation_id = '{gone['id']}'") == [(0,)]
    at = LATER + 2 * DAY
    assert vanished(tmp_path) == [(DAY2, gone["id"], at)]
    (payload,) = ask(tmp_path, "SELECT payload FROM vanished_conversations")[0]
    assert gone["id"] in payload
    assert fates(tmp_path) == [(DAY2, gone["id"], "present", "vanished")]
    assert certificate(tmp_path, DAY2).vanished == {gone["id"]: at}
    assert certificate(tmp_path, DAY2).rows == len(rest)


def test_it_stays_vanished_since_when_it_was_found_so(run_again: Run, polyai: Simulator, tmp_path: Path):
    gone, other, *_ = on(polyai, DAY2)
    polyai.remove(HOTEL.key, gone["id"])
    run_again(DAY2)
    changed(polyai, other, handoff_reason="new")
    run_again(DAY2)
    assert vanished(tmp_path) == [(DAY2, gone["id"], LATER + 2 * DAY)]
    assert len(fates(tmp_path)) == 1


@pytest.mark.parametrize("reason", ["", "changed meanwhile"])
def test_one_that_returns_is_there_again(run_again: Run, polyai: Simulator, tmp_path: Path, reason: str):
    gone, *_ = on(polyai, DAY2)
    polyai.remove(HOTEL.key, gone["id"])
    run_again(DAY2)
    changed(polyai, gone, handoff_reason=reason)
    run_again(DAY2)
    assert day_of(tmp_path, gone["id"]) == [DAY2]
    assert (vanished(tmp_path), certificate(tmp_path, DAY2).vanished) == ([], {})
    assert [row[2:] for row in fates(tmp_path)] == [("present", "vanished"), ("vanished", "present")]


def test_a_vanished_one_is_left_out_when_somebody_decides_so(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    gone, other, *_ = on(polyai, DAY2)
    polyai.remove(HOTEL.key, gone["id"])
    run_again(DAY2)
    decisions.forget_vanished(
        ingest_in(tmp_path).store,
        Partition(PROJECT, DAY2),
        "ada: right to erasure",
        LATER + 2 * DAY,
    )
    polyai.remove(HOTEL.key, other["id"])
    run_again(DAY2)
    assert [name for _, name, _ in vanished(tmp_path)] == [other["id"]]
    assert list(certificate(tmp_path, DAY2).vanished) == [other["id"]]


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_one_that_moved_within_the_range_has_moved_and_not_vanished(
    run_again: Run, polyai: Simulator, tmp_path: Path, by: timedelta
):
    one, *_ = on(polyai, DAY2)
    moved(polyai, one, by)
    outcomes = run_again()
    assert [outcome.error for outcome in outcomes.values()] == [None] * 3
    assert day_of(tmp_path, one["id"]) == [DAY2 + by]
    assert vanished(tmp_path) == []
    assert fates(tmp_path) == [(DAY2, one["id"], "present", f"moved to {DAY2 + by}")]
    assert certificate(tmp_path, DAY2).moved == {one["id"]: DAY2 + by}


def test_one_that_moved_out_of_the_range_has_vanished_until_it_is_found_elsewhere(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    one, *_ = on(polyai, DAY2)
    moved(polyai, one, DAY)
    run_again(DAY2)
    assert [name for _, name, _ in vanished(tmp_path)] == [one["id"]]
    run_again(DAY3)
    assert day_of(tmp_path, one["id"]) == [DAY3]
    assert vanished(tmp_path) == []


def test_one_that_is_found_elsewhere_first_has_its_old_day_looked_at_again(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    one, *_ = on(polyai, DAY2)
    moved(polyai, one, DAY)
    run_again(DAY3)
    note = read_one(ingest_in(tmp_path).store, Partition(PROJECT, DAY2))
    assert note is not None
    assert note.look_again_at == LATER + 2 * DAY
    run_again(DAY2)
    assert day_of(tmp_path, one["id"]) == [DAY3]
    assert vanished(tmp_path) == []


def test_old_versions_are_pruned_and_the_current_one_is_not(
    fetch: Run, polyai: Simulator, tmp_path: Path, configure: Configure
):
    one, *_ = on(polyai, DAY2)
    for number in range(5):
        one = changed(polyai, one, handoff_reason=str(number))
        fetch(DAY2, keep_versions=2)
    load(tmp_path, configure(), DAY2)
    current = certificate(tmp_path, DAY2)
    assert [version.file.name for version in current.versions] == files(tmp_path, DAY2)
    assert len(current.versions) == 2
    assert current.versions[-1].file == current.file
    assert ask(tmp_path, "SELECT count(*) FROM conversation_changes") == [(4,)]
    assert ask(
        tmp_path, f"SELECT handoff_reason FROM conversations WHERE conversation_id = '{one['id']}'"
    ) == [("4",)]


def test_a_top_up_changes_what_it_asked_for_and_nothing_else(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    first, second, third = on(polyai, DAY2)
    changed(polyai, first, handoff_reason="asked for")
    changed(polyai, third, handoff_reason="not asked for")
    polyai.remove(HOTEL.key, second["id"])
    polyai.requests.clear()
    run_again(DAY2, around=[datetime.fromisoformat(first["started_at"])])
    assert len(polyai.requests) == 1
    found = dict(
        ask(tmp_path, f"SELECT conversation_id, handoff_reason FROM conversations WHERE date = '{DAY2}'")
    )
    assert found == {
        first["id"]: "asked for",
        second["id"]: second["handoff_reason"],
        third["id"]: third["handoff_reason"],
    }
    topped_up = certificate(tmp_path, DAY2)
    assert (topped_up.top_ups, topped_up.problems()) == (1, [])
    run_again(DAY2)
    assert certificate(tmp_path, DAY2).top_ups == 0
    assert [name for _, name, _ in vanished(tmp_path)] == [second["id"]]


def test_a_top_up_around_one_that_is_gone_finds_that_it_vanished(
    run_again: Run, polyai: Simulator, tmp_path: Path
):
    first, *_ = on(polyai, DAY2)
    polyai.remove(HOTEL.key, first["id"])
    run_again(DAY2, around=[datetime.fromisoformat(first["started_at"])])
    assert [name for _, name, _ in vanished(tmp_path)] == [first["id"]]


def test_a_top_up_of_a_day_that_was_never_fetched_fetches_it_whole(fetch: Run, tmp_path: Path):
    fetch(DAY2, around=[])
    assert certificate(tmp_path, DAY2).rows == 3
    assert certificate(tmp_path, DAY2).problems() == []


def test_replay_makes_every_table_again(
    run_again: Run, polyai: Simulator, tmp_path: Path, configure: Configure
):
    gone, other, third = on(polyai, DAY2)
    polyai.remove(HOTEL.key, gone["id"])
    changed(polyai, other, handoff_reason="new")
    moved(polyai, third, DAY)
    run_again()
    before = everything(tmp_path)
    assert before["conversation_changes"]
    assert before["vanished_conversations"]
    (tmp_path / "polyai.duckdb").unlink()
    polyai.requests.clear()
    load(tmp_path, configure(key=None), DAY1, DAY2, DAY3)
    assert everything(tmp_path) == before
    assert polyai.requests == []
