"""README and the pages in docs: their commands, queries and names are those of the demo."""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import duckdb
import msgspec
import pandas as pd
import pytest
import yaml
from dagster_dg_cli.cli import create_dg_cli

from polyai_assets.cli.main import main
from polyai_assets.configuration.scaffolding import ProjectToScaffold
from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.tables import TABLES
from polyai_assets.marts.build import CopySource, make_copy
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Clock, Simulator, demo_projects
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets.warehouse.load import Load
from polyai_assets_tests.deployment import project_of
from polyai_assets_tests.warehouse.conftest import loaded

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DEFS = ROOT / "polyai_assets" / "defs" / "polyai" / "defs.yaml"
DEMO = {project.key for project in demo_projects("k")}
DAY = date(2026, 11, 3)
OTHER_PROGRAMS = {"export", "pip", "python", "python3", "sudo"}


def blocks(kind: str) -> list[tuple[str, str]]:
    """The blocks of a kind, with the name of their page."""
    return [
        (page.name, found)
        for page in PAGES
        for found in re.findall(rf"^ *```{kind}\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)
    ]


def commands() -> Iterator[tuple[str, str]]:
    """What a person is to type, with the name of its page."""
    for page, block in blocks("console"):
        for found in re.findall(r"^\$ ((?:.*\\\n)*.*)", block, re.MULTILINE):
            yield page, found.replace("\\\n", " ")


def words(command: str) -> list[str]:
    """The program and its arguments; of one whose output is kept, or goes elsewhere, the same."""
    told = shlex.split(command, comments=True)
    told[0] = re.sub(r"^\w+=\$\(", "", told[0])
    ends = [place for place, word in enumerate(told) if word in ("|", ">")]
    return told[: ends[0]] if ends else told


def read(command: click.Command, name: str, arguments: list[str], above: click.Context | None = None) -> None:
    """Read arguments as the program does, and run nothing. Raises click.UsageError."""
    context = command.make_context(name, list(arguments), parent=above)
    if isinstance(command, click.Group):
        left = [*context._protected_args, *context.args]
        found, inner, rest = command.resolve_command(context, left)
        assert inner is not None
        with context:
            read(inner, str(found), rest, context)


@pytest.mark.parametrize(("page", "command"), [*commands()])
def test_every_command_is_a_real_one_with_real_options(
    page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("review.xlsx").touch()  # that of the command before
    Path("crm.csv").touch()
    path, *arguments = words(command)
    program = Path(path).name
    if program == "polyai":
        read(main, program, arguments)
    elif program == "dg" and arguments[:2] == ["scaffold", "defs"]:
        assert arguments[2] == "polyai_assets.PolyAIConversations"
        options = {one.removeprefix("--").replace("-", "_") for one in arguments if one.startswith("--")}
        assert options <= ProjectToScaffold.model_fields.keys()
    elif program == "dg":
        read(create_dg_cli(), program, arguments)
    elif program == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), page
    else:
        assert program in OTHER_PROGRAMS, f"{page}: {command}"


@pytest.mark.parametrize(
    "wrong", ["polyai stauts", "polyai status --jsn", "polyai certificate us-1/a/b someday"]
)
def test_a_command_that_is_none_would_be_found(wrong: str):
    program, *arguments = words(wrong)
    with pytest.raises(click.UsageError):
        read(main, program, arguments)


def test_the_days_in_commands_are_days_that_the_demo_has():
    dated = [one for _, one in commands() if "polyai" in one and re.search(r"\d{4}-\d\d-\d\d", one)]
    assert dated == []


def test_the_projects_of_the_pages_are_those_of_the_demo():
    named = {
        found
        for page in PAGES
        for found in re.findall(r"\b(?:us-1|uk-1|euw-1)/[\w-]+/[\w-]+", page.read_text())
    }
    assert named <= DEMO


def test_one_project_of_the_demo_has_everything_switched_on():
    attributes = yaml.safe_load(DEFS.read_text())["attributes"]
    keys = ["/".join((one["region"], one["account_id"], one["project_id"])) for one in attributes["projects"]]
    assert set(keys) == DEMO
    assert "webhook" in attributes["alerts"]["urls"][0]
    everything = {"details", "audio", "searches", "samples", "compare_with", "write_back"}
    assert [everything <= one.keys() for one in attributes["projects"]] == [True, False, False]


def test_the_files_and_rooms_of_the_page_on_architecture_are_there():
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`((?:\w+/)*\w+(?:\.py|/))`", text))
    assert len(named) > 30
    package = ROOT / "polyai_assets"
    folders = [
        ROOT,
        package,
        *(package / folder for folder in ("contract", "delivery", "delivery/targets", "raw")),
        *package.glob("raw/*/"),
    ]
    missing = {name for name in named if not any((folder / name).exists() for folder in folders)}
    assert missing == {"unsettled/"}  # of the raw store


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of a project of the demo, and all tables, in a file."""
    path = tmp_path_factory.mktemp("documented") / "polyai.duckdb"
    project = demo_projects("k")[0]
    simulator = Simulator([project], clock=Clock(datetime(2026, 11, 5, tzinfo=UTC)))
    records = simulator.conversations(project.key, midnight(DAY), midnight(DAY + timedelta(days=1)))
    partition = Load(Partition(project_of(project), DAY))
    loaded(Warehouse(str(path)), *map(msgspec.json.encode, records), partition=partition)
    with duckdb.connect(str(path)) as connection:
        for table in EVERY_TABLE:
            connection.execute(table.create("main"))
        connection.execute("UPDATE annotation_requests SET state = 'unknown'")
    make_copy(path.with_name("marts.duckdb"), CopySource(warehouse=Warehouse(str(path))), datetime.now(UTC))
    return path


@pytest.mark.parametrize(("page", "block"), blocks("python"))
def test_every_piece_of_python_runs_where_the_copy_is(
    page: str, block: str, warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "polyai-marts.duckdb").symlink_to(warehouse.with_name("marts.duckdb"))
    monkeypatch.chdir(tmp_path)
    defined: dict[str, object] = {}
    exec(compile(block, page, "exec"), defined)
    frame = defined["frame"]
    assert isinstance(frame, pd.DataFrame)
    assert not frame.empty


@pytest.mark.parametrize(("page", "block"), blocks("sql"))
def test_every_query_runs_on_the_tables_of_the_demo(page: str, block: str, warehouse: Path, tmp_path: Path):
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        load_extension(connection, "ducklake")
        connection.execute(f"ATTACH 'ducklake:{tmp_path}/lake' AS lake (DATA_PATH '{tmp_path}/files/')")
        connection.execute(f"ATTACH '{warehouse}' AS tables")
        connection.execute(f"ATTACH '{warehouse.with_name('marts.duckdb')}' AS marts (READ_ONLY)")
        of_copy = re.search(r"\b(FROM|JOIN) (daily_kpis|daily_ratios|calls)\b", block)
        connection.execute("USE marts" if of_copy else "USE tables")
        for statement in connection.extract_statements(block):
            found = connection.execute(statement).fetchall()
            asked = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", statement.query))
            filled = asked <= {table.name for table in TABLES}
            assert found or not filled or not asked, f"{page}: {statement.query}"
        connection.execute("USE memory")
