"""What Snowflake is asked, word for word, and what its errors are."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from snowflake.connector.errors import DatabaseError, OperationalError, ProgrammingError

from polyai_assets.delivery.targets import client
from polyai_assets.delivery.targets.rights import RightMissing
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetRefuses, TargetUnreachable
from polyai_assets_tests.delivery.published import Published, opened
from polyai_assets_tests.delivery.vendors import SnowflakeVendor

STATEMENTS = Path(__file__).parent / "statements" / "snowflake.sql"


@pytest.mark.slow
def test_the_statements_of_a_delivery_are_these(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = SnowflakeVendor(monkeypatch)
    published = Published(tmp_path / "published")
    published.put(conversations=[{"conversation_id": "CA1"}], turns=[])
    published.deliver("snowflake", vendor.connection)
    given = "".join(f"{statement};\n" for statement in vendor.fake.statements)
    given = re.sub(r" COMMENT (= )?'([^']|'')*'", r" COMMENT \1'…'", given)
    given = re.sub(r"file:///\S*/", "file:///…/", given)
    assert given == STATEMENTS.read_text("utf-8")


@pytest.mark.slow
def test_the_url_is_the_login_and_its_options_are_those_of_the_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = SnowflakeVendor(monkeypatch)
    Published(tmp_path / "published").deliver("snowflake", vendor.connection)
    (login,) = vendor.fake.logins
    del login["session_parameters"]
    assert login == {
        "account": "acme-eu",
        "user": "ann",
        "password": "secret-word",
        "database": "hotels",
        "warehouse": "load",
        "role": "loader",
    }


@dataclass
class Failing:
    """A session of which every statement ends in an error."""

    error: Exception

    def cursor(self) -> Any:
        raise self.error

    def close(self) -> None:
        return


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ProgrammingError("002003 (02000): Table does not exist", errno=2003), TargetRefuses),
        (
            ProgrammingError("000625: Statement 'a' has locked table 'b' in transaction 1", errno=625),
            DeliveryConflict,
        ),
        (ProgrammingError("390114: Authentication token has expired", errno=390114), TargetUnreachable),
        (OperationalError("250003: Failed to execute request", errno=250003), TargetUnreachable),
    ],
)
def test_an_error_of_a_statement_says_whether_another_run_may_fare_better(
    error: Exception, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snowflake.connector, "connect", lambda **_: Failing(error))
    with opened("snowflake", "snowflake://ann@acme/hotels") as target, pytest.raises(kind):
        target.read_log()


def test_a_login_that_is_refused_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(**given: Any) -> None:
        raise DatabaseError(f"250001: Incorrect username or password was specified: {given['password']}")

    monkeypatch.setattr(snowflake.connector, "connect", connect)
    with (
        opened("snowflake", "snowflake://ann:tiger-lions-7@acme/hotels") as target,
        pytest.raises(TargetUnreachable) as refused,
    ):
        target.probe()
    assert "Incorrect username" in str(refused.value)
    assert "tiger" not in str(refused.value)


def test_a_connection_of_another_form_is_answered_with_the_right_one() -> None:
    with (
        opened("snowflake", "host=acme password=tiger-lions-7") as target,
        pytest.raises(TargetUnreachable, match=r"snowflake://\S+@account/database\?warehouse") as refused,
    ):
        target.probe()
    assert "tiger" not in str(refused.value)


def test_a_client_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError(name=module)

    monkeypatch.setattr(client, "import_module", missing)
    with (
        opened("snowflake", "snowflake://ann@acme/hotels") as target,
        pytest.raises(TargetUnreachable, match=r"pip install 'polyai-assets\[snowflake\]'"),
    ):
        target.probe()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ProgrammingError(
                "003001 (42501): SQL access control error:\nInsufficient privileges to operate on schema "
                "'POLYAI'",
                errno=3001,
            ),
            "GRANT USAGE, CREATE TABLE, CREATE STAGE ON SCHEMA POLYAI TO ROLE <its role>",
        ),
        (
            ProgrammingError(
                "003001 (42501): SQL access control error:\nInsufficient privileges to operate on database "
                "'HOTELS'",
                errno=3001,
            ),
            "GRANT USAGE, CREATE SCHEMA ON DATABASE HOTELS TO ROLE <its role>",
        ),
        (
            ProgrammingError(
                "003001 (42501): SQL access control error:\nInsufficient privileges to operate on table "
                "'TURNS'",
                errno=3001,
            ),
            "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE TURNS TO ROLE <its role>",
        ),
    ],
)
def test_a_right_that_is_missing_is_named_with_what_gives_it(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snowflake.connector, "connect", lambda **_: Failing(error))
    with (
        opened("snowflake", "snowflake://ann@acme/hotels") as target,
        pytest.raises(RightMissing, match=re.escape(said)),
    ):
        target.read_log()
