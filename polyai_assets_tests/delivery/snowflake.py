"""A Snowflake in this process: fakesnow, with what it lacks; and the statements that it was given.

It lacks temporary tables, DROP STAGE and a few functions, and imports two modules that newer clients do not have.
"""

import re
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Self

import snowflake.connector

MACROS = """
CREATE OR REPLACE MACRO m_d5_number_upper64(x) AS CAST('0x' || md5(x)[:16] AS UBIGINT);
CREATE OR REPLACE MACRO array_list(x) AS array_to_string(CAST(x AS VARCHAR[]), chr(31));
"""
REPLACED = (
    (re.compile("TEMPORARY TABLE"), "TABLE"),
    (re.compile(r"ARRAY_TO_STRING\((\"\w+\")::ARRAY, CHR\(31\)\)"), r"array_list(\1)"),
    (re.compile("^DROP STAGE.*"), "SELECT 1"),
)


def fakesnow() -> Any:
    for module, name in (("converter", "SnowflakeConverter"), ("file_util", "SnowflakeFileUtil")):
        made = ModuleType(f"snowflake.connector.{module}")
        setattr(made, name, type(name, (), {}))
        sys.modules.setdefault(made.__name__, made)
        setattr(snowflake.connector, module, sys.modules[made.__name__])
    import fakesnow.instance  # which needs these modules

    return fakesnow.instance.FakeSnow(create_schema_on_connect=False)


@dataclass
class FakeSnowflake:
    """Connects like Snowflake's client; all connections see the same database."""

    statements: list[str] = field(default_factory=list)
    logins: list[dict[str, Any]] = field(default_factory=list)
    fails_at: str = "never"
    _server: Any = field(default_factory=fakesnow)

    def connect(self, **given: Any) -> "_Connection":
        self.logins.append(given)
        made = self._server.connect(database=given["database"], schema="polyai")
        made._duck_conn.execute(MACROS)
        return _Connection(self, made)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self._server.connect(database="HOTELS").cursor()
        return [tuple(row) for row in cursor.execute(statement).fetchall()]


@dataclass
class _Connection:
    fake: FakeSnowflake
    made: Any

    def cursor(self) -> "_Cursor":
        return _Cursor(self.fake, self.made.cursor())

    def close(self) -> None:
        self.made.close()


@dataclass
class _Cursor:
    fake: FakeSnowflake
    made: Any

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def execute(self, statement: str) -> Any:
        self.fake.statements.append(statement)
        if self.fake.fails_at in statement:
            raise snowflake.connector.errors.OperationalError("the connection was lost")
        for pattern, text in REPLACED:
            statement = pattern.sub(text, statement)
        return self.made.execute(statement)
