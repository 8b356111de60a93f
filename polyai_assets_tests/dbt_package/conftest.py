"""The golden calls: by our own copy, and by the dbt package on a DuckDB file and on Postgres; each made once."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.contract.tables import literal
from polyai_assets_tests.dbt_package.base_calls import BASE_SETTINGS, load_base_calls
from polyai_assets_tests.dbt_package.company import Company, Parsed
from polyai_assets_tests.dbt_package.golden import DELIVERED, deliver_to_file, deliver_to_postgres
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.marts.conftest import copy_of
from polyai_assets_tests.marts.planted import random_calls
from polyai_assets_tests.marts.scenes import scene_calls
from polyai_assets_tests.postgres import PostgresServer

NAME = "golden"
"""The name of both databases: what dbt has parsed has it."""
IN_DUCKDB = {"type": "duckdb", "path": f"{NAME}.duckdb", "schema": "built"}
VARIABLES: dict[str, Any] = {
    "polyai_tables": [table.name for table in DELIVERED],
    "polyai_asset_key_prefix": ["calls"],
    "polyai_kpi": BASE_SETTINGS,
}


@dataclass
class Built:
    """What dbt has built of the golden calls in a warehouse: which nodes, and how they ended."""

    company: Company
    attached: str
    statuses: dict[str, str]
    freshness: dict[str, tuple[str, Any]]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse; models are in the schema `built`."""
        with own_duckdb("postgres_scanner") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"ATTACH {self.attached}")
            connection.execute(f"USE {NAME}.built")
            found = connection.execute(query).fetchall()
            connection.execute("USE memory.main")
            connection.execute(f"DETACH {NAME}")
            return found


@pytest.fixture(scope="session")
def golden_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own copy of the golden calls, beside the warehouse that it is made from."""
    return copy_of(tmp_path_factory.mktemp("golden"), [*random_calls(7, 400), *scene_calls()])


@pytest.fixture(scope="session")
def base_calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of calls whose facts are not delivered."""
    file = tmp_path_factory.mktemp("base") / "polyai.duckdb"
    load_base_calls(file)
    return file


@pytest.fixture(scope="session")
def golden_file(golden_copy: Path, base_calls: Path) -> Path:
    """The golden calls and those, as they are delivered to a DuckDB file."""
    file = golden_copy.with_name("delivered.duckdb")
    deliver_to_file(golden_copy.with_name("polyai.duckdb"), base_calls, file)
    return file


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """The company's project and the package, as dbt has read them: once, for both adapters."""
    company = Company(tmp_path_factory.mktemp("parsed"))
    company.write(IN_DUCKDB, **VARIABLES)
    return company.parse()


@pytest.fixture(scope="session")
def built_in_duckdb(golden_file: Path, parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("duckdb")
    file = folder / f"{NAME}.duckdb"
    shutil.copyfile(golden_file, file)
    profile = IN_DUCKDB | {"path": str(file)}
    attached = f"{literal(str(file))} AS {NAME} (READ_ONLY)"
    return build(Company(folder / "company", parsed.anew()), profile, attached)


@pytest.fixture(scope="session")
def built_in_postgres(
    golden_file: Path, parsed: Parsed, new_database: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    database = new_database(NAME)
    deliver_to_postgres(golden_file, database)
    name, host, user = re.findall(r"=(\S+)", database)
    profile = {
        "type": "postgres",
        "dbname": name,
        "host": host,
        "port": 5432,
        "user": user,
        "password": "",
        "schema": "built",
    }
    attached = f"{literal(database)} AS {NAME} (TYPE postgres, READ_ONLY)"
    return build(Company(tmp_path_factory.mktemp("postgres"), parsed.anew()), profile, attached)


@pytest.fixture(params=["duckdb", "postgres"])
def built(request: pytest.FixtureRequest) -> Built:
    """Both of them, one after the other."""
    found: Built = request.getfixturevalue(f"built_in_{request.param}")
    return found


def build(company: Company, profile: dict[str, Any], attached: str) -> Built:
    company.write(profile, **VARIABLES)
    statuses = company.statuses("build")
    fresh = company.invoke("source", "freshness")
    found = {
        result.node.name: (f"{result.status}", result.max_loaded_at)
        for result in (fresh.result.results if fresh.result else ())
    }
    company.close()
    return Built(company, attached, statuses, found)
