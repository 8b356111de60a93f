"""A Databricks in this process: its statements, translated for DuckDB, each a transaction of its own."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import duckdb
import sqlglot
from sqlglot import exp

MACROS = """
SET TimeZone = 'UTC';
CREATE MACRO conv(digits, of_base, into_base) AS CAST('0x' || digits AS UBIGINT);
CREATE MACRO type_of(kind) AS
    CASE kind WHEN 'VARCHAR' THEN 'string' WHEN 'VARCHAR[]' THEN 'array<string>'
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamp' ELSE lower(kind) END;
"""


@dataclass
class FakeDatabricks:
    """Connects like the client of Databricks; all connections see the same catalog, and its volumes are a folder.

    `before` is called with each statement before it is run.
    """

    volumes: Path
    before: Callable[[str], object] = lambda _: None
    server: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def __post_init__(self) -> None:
        self.server.execute(MACROS)
        self.names = {
            "full_data_type": "type_of(data_type)",
            "information_schema.volumes": "(SELECT '' AS volume_schema, '' AS volume_name)",
            ", format => 'parquet')": ")",
            "read_files('": f"read_parquet('{self.volumes}",
        }

    def connect(self, **_: Any) -> "_Connection":
        return _Connection(self)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.server.cursor() as cursor:
            return cursor.execute(statement).fetchall()


@dataclass
class _Connection:
    fake: FakeDatabricks

    def cursor(self) -> "_Cursor":
        return _Cursor(self.fake, self.fake.server.cursor())

    def close(self) -> None:
        return


@dataclass
class _Cursor:
    fake: FakeDatabricks
    made: duckdb.DuckDBPyConnection
    description: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.made.close()

    def execute(self, statement: str) -> None:
        self.fake.before(statement)
        if place := re.match(r"(?:PUT '(.+)' INTO|REMOVE) '/(\S+)'", statement):
            self._copy(place[1], self.fake.volumes / place[2])
        elif " VOLUME " not in statement:
            self._run(statement)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.made.fetchall()

    def _copy(self, local: str | None, place: Path) -> None:
        if local is None:
            place.unlink()
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(local, place)

    def _run(self, statement: str) -> None:
        for name, local in self.fake.names.items():
            statement = statement.replace(name, local)
        parts = [
            part.sql(dialect="duckdb") for part in _parts(sqlglot.parse_one(statement, read="databricks"))
        ]
        for part in parts if len(parts) == 1 else ["BEGIN", *parts, "COMMIT"]:
            self.made.execute(part)
        self.description = self.made.description


def _parts(read: exp.Expression) -> Iterator[exp.Expression]:
    """Give the statements of DuckDB that do what one of Databricks does."""
    if isinstance(read, exp.Insert) and (replaced := read.args.get("where")):
        read.set("where", None)
        yield exp.Delete(this=read.this.copy(), where=exp.Where(this=replaced))
        yield read
    elif isinstance(read, exp.Alter):
        for column in read.find_all(exp.ColumnDef):
            yield exp.Alter(this=read.this.copy(), kind="TABLE", actions=[column.copy()])
    else:
        yield read
