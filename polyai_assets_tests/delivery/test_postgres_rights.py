"""The rights that a user of Postgres needs: each that is missing is named with the statements that give it."""

from collections.abc import Iterator

import pytest

from polyai_assets.delivery.targets.rights import RightMissing
from polyai_assets_tests.delivery.on_postgres import FULL, ask, run
from polyai_assets_tests.delivery.published import Published, errors, opened
from polyai_assets_tests.postgres import NewDatabase


@pytest.fixture
def reader(new_database: NewDatabase) -> Iterator[str]:
    """A database with a user that may connect, and nothing else; users are of all databases of a server."""
    database = new_database()
    run(database, "CREATE ROLE reader LOGIN")
    yield database
    run(database, "DROP OWNED BY reader; DROP ROLE reader")


def as_reader(database: str) -> str:
    return database.replace("user=postgres", "user=reader")


def lack(database: str) -> RightMissing:
    """What the user `reader` of a database lacks."""
    with opened("postgres", as_reader(database)) as target, pytest.raises(RightMissing) as found:
        target.probe()
    return found.value


def name_of(database: str) -> str:
    return database.partition(" ")[0].removeprefix("dbname=")


def test_credentials_are_tried_without_writing(reader: str) -> None:
    with opened("postgres", reader) as target:
        target.probe()
    assert ask(reader, "SELECT count(*) FROM pg_namespace WHERE nspname = 'polyai'") == [(0,)]


def test_each_right_that_is_missing_is_named_with_the_statements_that_give_it(
    published: Published, reader: str
) -> None:
    for lacks, grant in (
        (f"CREATE on DATABASE {name_of(reader)}", f"GRANT CREATE ON DATABASE {name_of(reader)} TO reader"),
        ("USAGE, CREATE on SCHEMA polyai", "GRANT USAGE, CREATE ON SCHEMA polyai TO reader"),
    ):
        missing = lack(reader)
        assert (missing.lack, missing.remedy) == (f"the user reader lacks {lacks}", grant)
        run(reader, "CREATE SCHEMA IF NOT EXISTS polyai")
    run(reader, grant)
    with opened("postgres", as_reader(reader)) as target:
        target.probe()
    published.put(conversations=[FULL])
    published.deliver("postgres", reader)
    run(reader, "GRANT SELECT ON ALL TABLES IN SCHEMA polyai TO reader")
    run(reader, "REVOKE USAGE ON SCHEMA polyai FROM reader")
    missing = lack(reader)
    assert missing.remedy == (
        "GRANT USAGE ON SCHEMA polyai TO reader; "
        "GRANT DELETE, INSERT ON TABLE polyai.conversations, polyai.turns TO reader; "
        "GRANT DELETE, INSERT, UPDATE ON TABLE polyai.polyai_delivery_log TO reader"
    )
    run(reader, missing.remedy)
    published.put(2, conversations=[FULL])
    assert errors(published.deliver("postgres", as_reader(reader))) == []


def test_a_right_that_is_missing_while_days_are_delivered_names_the_doctor(
    published: Published, reader: str
) -> None:
    run(reader, "CREATE SCHEMA polyai; GRANT USAGE ON SCHEMA polyai TO reader")
    published.put()
    (day,) = published.deliver("postgres", as_reader(reader))
    assert "permission denied for schema polyai. `polyai doctor` says which rights" in str(day.error)


def test_a_column_for_a_table_of_another_owner_is_named_the_ways_to_add_it(
    published: Published, reader: str
) -> None:
    published.put(conversations=[FULL])
    assert errors(published.deliver("postgres", reader)) == []
    run(
        reader,
        "GRANT USAGE, CREATE ON SCHEMA polyai TO reader; GRANT ALL ON ALL TABLES IN SCHEMA polyai TO reader",
    )
    published.columns["conversations"] |= {"position": "BIGINT"}
    published.put(2, conversations=[{**FULL, "position": 7}])
    (day,) = published.deliver("postgres", as_reader(reader))
    assert str(day.error).endswith(
        "its user does not own the table conversations, which is to get a column: GRANT <the table's owner> TO "
        '<its user>, or ALTER TABLE "polyai".conversations OWNER TO <its user>'
    )
    with opened("postgres", as_reader(reader)) as target:
        assert target.tables_of_others() == [
            "polyai.conversations",
            "polyai.polyai_delivery_log",
            "polyai.turns",
        ]
    run(reader, "ALTER TABLE polyai.conversations OWNER TO reader")
    with opened("postgres", as_reader(reader)) as target:
        assert target.tables_of_others() == ["polyai.polyai_delivery_log", "polyai.turns"]
    assert errors(published.deliver("postgres", as_reader(reader))) == []


def test_a_user_that_may_not_connect_is_named_the_grant(reader: str) -> None:
    run(reader, f"REVOKE CONNECT ON DATABASE {name_of(reader)} FROM PUBLIC")
    assert lack(reader).remedy == f"GRANT CONNECT ON DATABASE {name_of(reader)} TO <its user>"
