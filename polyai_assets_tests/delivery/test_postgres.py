"""Days that are delivered to a real Postgres: replaced, exactly once, in one transaction, and compared."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.delivery.deliver import DeliveryRefused
from polyai_assets.delivery.targets.target import TargetUnreachable
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.delivery.on_postgres import FULL, ask, run
from polyai_assets_tests.delivery.published import DAY, HOTEL, NOW, Published, errors
from polyai_assets_tests.postgres import NewDatabase
from polyai_assets_tests.tiers import LONG

TURN = {
    "conversation_id": "CA1",
    "turn_index": 0,
    "user_input": "Hi \\ 'there'\n\t😀",
    "intents": ["a,{}", 'b"', ""],
    "entities": "[]",
}


@pytest.fixture
def database(new_database: NewDatabase) -> str:
    return new_database()


def test_a_day_has_its_rows_and_its_row_of_the_log(published: Published, database: str) -> None:
    published.put(conversations=[FULL, {"conversation_id": "CA2"}], turns=[TURN])
    (day,) = published.deliver("postgres", database)
    assert day.error is None
    assert day.is_new
    assert ask(
        database,
        "SELECT conversation_id, started_at, duration, num_turns, handoff, state->'a'->>1 "
        "FROM polyai.conversations ORDER BY 1",
    ) == [("CA1", FULL["started_at"], 48.125, 2, True, "é"), ("CA2", None, None, None, None, None)]
    assert ask(database, "SELECT user_input, intents FROM polyai.turns") == [
        (TURN["user_input"], TURN["intents"])
    ]
    assert ask(
        database,
        "SELECT version, verdict, rows_expected, rows_found, differing, verified_at, delivered_at, restated_count "
        "FROM polyai.polyai_delivery_log",
    ) == [(1, "complete", 3, 3, "", NOW, NOW, 0)]


def test_what_is_delivered_is_not_delivered_again(published: Published, database: str) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database)
    (again,) = published.deliver("postgres", database)
    assert (again.error, again.is_new, again.reason) == (None, False, "it is delivered as it is")


def test_a_restated_day_is_replaced_and_an_emptied_one_has_no_rows(
    published: Published, database: str
) -> None:
    published.put(conversations=[FULL], turns=[TURN])
    published.deliver("postgres", database)
    published.put(2, conversations=[{"conversation_id": "CA3"}])
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT conversation_id FROM polyai.conversations") == [("CA3",)]
    assert ask(database, "SELECT count(*) FROM polyai.turns") == [(0,)]
    published.put(3)
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT count(*) FROM polyai.conversations") == [(0,)]
    assert ask(database, "SELECT version, restated_count FROM polyai.polyai_delivery_log") == [(3, 2)]


def test_an_older_version_is_refused_where_the_target_has_a_newer(
    published: Published, database: str, tmp_path: Path
) -> None:
    published.put(conversations=[FULL])
    published.put(2, conversations=[FULL])
    published.deliver("postgres", database)
    older = Published(tmp_path / "older")
    older.put(conversations=[])
    (day,) = older.deliver("postgres", database)
    assert isinstance(day.error, DeliveryRefused)
    assert "the target has a newer version: version 2" in str(day.error)
    assert ask(database, "SELECT count(*) FROM polyai.conversations") == [(1,)]


def test_a_version_of_another_publication_is_refused(
    published: Published, database: str, tmp_path: Path
) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database)
    other = Published(tmp_path / "other", published_at=NOW + timedelta(days=1))
    other.put()
    (day,) = other.deliver("postgres", database)
    assert "a version of this number from another publication" in str(day.error)


def test_what_postgres_refuses_in_texts_and_documents_is_replaced(
    published: Published, database: str
) -> None:
    published.put(
        conversations=[
            {
                "conversation_id": "C1",
                "state": r'{"a": "\u0000", "b": "\\u0000", "c": "\ud83d\ude00 \ud83d \udc00"}',
            },
            {"conversation_id": "C2", "state": r'"\\\u0000\\\\ud83d"'},
            {"conversation_id": "C3", "state": '{"a": 1, "a": 2}'},
            {"conversation_id": "C4", "state": '{"a": 1e131072, "b": -1e-16384, "c": 1e400}'},
        ],
        turns=[{"conversation_id": "C1", "turn_index": 0, "user_input": "a\0b\0", "intents": ["\0", "x"]}],
    )
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT state::text FROM polyai.conversations ORDER BY conversation_id") == [
        (r'{"a": "�", "b": "\\u0000", "c": "😀 � �"}',),
        (r'"\\�\\\\ud83d"',),
        ('{"a": 2}',),
        (f'{{"a": "1e131072", "b": "-1e-16384", "c": 1{"0" * 400}}}',),
    ]
    assert ask(database, "SELECT user_input, intents FROM polyai.turns") == [("a�b�", ["�", "x"])]
    assert ask(database, "SELECT nul_characters, differing FROM polyai.polyai_delivery_log") == [(7, "")]


@LONG
def test_a_text_of_16_mb_arrives(published: Published, database: str) -> None:
    published.put(turns=[{"conversation_id": "C1", "turn_index": 0, "user_input": "é" * 16_000_000}])
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT length(user_input) FROM polyai.turns") == [(16_000_000,)]


def test_a_column_is_added_and_those_that_a_person_added_stay(published: Published, database: str) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database)
    run(database, "ALTER TABLE polyai.conversations ADD COLUMN mine text DEFAULT 'x'")
    published.columns["conversations"] |= {"position": "BIGINT"}
    later = Partition(HOTEL, DAY + timedelta(days=1))
    published.put(day=later.date, conversations=[{**FULL, "position": 7}])
    assert errors(published.deliver("postgres", database, Partition(HOTEL, DAY), later)) == []
    assert ask(database, "SELECT date::text, position, mine FROM polyai.conversations ORDER BY 1") == [
        ("2026-03-01", None, "x"),
        ("2026-03-02", 7, "x"),
    ]


def test_a_column_that_has_another_type_gets_another_name_and_is_found(
    published: Published, database: str
) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database)
    published.columns["conversations"]["num_turns"] = "VARCHAR"
    published.put(2, conversations=[{**FULL, "num_turns": "two"}])
    (day,) = published.deliver("postgres", database)
    assert day.error is None
    assert day.findings == (
        "conversations.num_turns is bigint in the target, and text in what is published: its values are in "
        "num_turns__v2",
    )
    assert ask(database, "SELECT num_turns, num_turns__v2 FROM polyai.conversations") == [(None, "two")]


def test_rows_that_something_else_changed_are_red_and_the_next_delivery_mends_them(
    published: Published, database: str
) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database)
    run(
        database,
        "UPDATE polyai.conversations SET duration = 1; UPDATE polyai.polyai_delivery_log SET verified_at = NULL",
    )
    published.put(day=DAY + timedelta(days=1))
    days = published.deliver("postgres", database)
    assert "conversations has 1 rows, 1 were delivered, and other values in them" in str(days[0].error)
    assert ask(
        database, "SELECT differing FROM polyai.polyai_delivery_log WHERE verified_at IS NOT NULL"
    ) == [("conversations",)]
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT duration FROM polyai.conversations") == [(48.125,)]


def test_a_day_that_fails_does_not_hold_back_the_others_of_its_month(
    published: Published, database: str
) -> None:
    days = [Partition(HOTEL, DAY + timedelta(days=number)) for number in range(3)]
    for number, partition in enumerate(days):
        published.put(day=partition.date, conversations=[{"conversation_id": f"C{number}"}])
    file = next(published.place.glob("conversations/*/date=2026-03-02/*"))
    file.write_bytes(file.read_bytes()[:-1])
    delivered = published.deliver("postgres", database, *days)
    assert [day.error is None for day in delivered] == [True, False, True]
    assert "is gone, or not what its manifest says" in str(delivered[1].error)
    assert ask(database, "SELECT conversation_id FROM polyai.conversations ORDER BY 1") == [("C0",), ("C2",)]


def test_days_that_a_target_does_not_get_keep_what_it_has(published: Published, database: str) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database, include="settled")
    published.put(2, settled=False)
    (day,) = published.deliver("postgres", database, include="settled")
    assert (day.error, day.reason) == (None, "its newest version is not settled")
    assert ask(database, "SELECT version FROM polyai.polyai_delivery_log") == [(1,)]


def test_a_target_that_does_not_answer_is_named_without_its_password(published: Published) -> None:
    published.put()
    published.put(day=DAY + timedelta(days=1))
    days = published.deliver(
        "postgres",
        "host=/nowhere dbname=x user=u password=hush-hush-hush",
        Partition(HOTEL, DAY),
        Partition(HOTEL, DAY + timedelta(days=1)),
    )
    assert [type(day.error) for day in days] == [TargetUnreachable, TargetUnreachable]
    assert "hush" not in str(days[0].error)
    assert str(days[0].error).startswith(
        "the server does not answer, or refuses the login: Unable to connect"
    )
    assert str(days[0].error).endswith(
        "Look at the environment variable that `connection` of the delivery names"
    )


def test_the_history_has_a_row_for_each_version(published: Published, database: str) -> None:
    for version in (1, 2):
        published.put(version)
        published.deliver("postgres", database, history=True)
    assert ask(database, "SELECT version FROM polyai.polyai_delivery_history ORDER BY 1") == [(1,), (2,)]


def test_of_two_that_deliver_a_day_at_once_the_second_finds_it_delivered(
    published: Published, database: str
) -> None:
    published.put(conversations=[{"conversation_id": f"C{number}"} for number in range(2000)])
    published.deliver("postgres", database)  # the tables are there
    published.put(2, conversations=[{"conversation_id": f"C{number}"} for number in range(2000)])
    with ThreadPoolExecutor(3) as pool:
        results = [
            day
            for days in pool.map(lambda _: published.deliver("postgres", database), range(3))
            for day in days
        ]
    assert errors(results) == []
    assert sum(day.is_new for day in results) == 1
    assert ask(database, "SELECT count(*) FROM polyai.conversations") == [(2000,)]
    assert ask(database, "SELECT restated_count FROM polyai.polyai_delivery_log") == [(1,)]
