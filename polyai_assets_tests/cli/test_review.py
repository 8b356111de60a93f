"""A review on the command line: out into a sheet, and back as requests that are published."""

from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from polyai_assets.assets.sample_days import QaSamples
from polyai_assets.cli.main import main
from polyai_assets.raw.store import RawStore
from polyai_assets.review.noted import read_sheets
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.workspace import find_project
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.cli.test_main import DEFINITIONS, MODULE, PYPROJECT, defs_of
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.deployment import DAY1, HOTEL, partitions_of
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.review.sheets import column, fill_in, opened
from polyai_assets_tests.write_back.conftest import annotated, load

VARIABLE = "KEY_OF_A_REVIEWING_COMMAND_LINE"
DEFS = (
    defs_of(VARIABLE)
    + """\
      base_url: URL
      agents_base_url: URL
      samples: 2
      write_back: WRITE_BACK
      max_attempts: 1
"""
)
WRONG = {"verdict": "wrong_info", "role": "agent"}


@pytest.fixture
def root(
    tmp_path: Path,
    polyai: Simulator,
    polyai_url: str,
    prepared: Prepare,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A Dagster project with a day of conversations and a sample of it, in which the test stands."""
    module = f"reviewing_{uuid4().hex}"  # Python would give the next test the module of this one
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.replace(MODULE, module))
    defs = tmp_path / module / "defs" / "polyai"
    defs.mkdir(parents=True)
    (tmp_path / module / "__init__.py").touch()
    (tmp_path / module / "definitions.py").write_text(DEFINITIONS)
    (defs / "defs.yaml").write_text(DEFS.replace("URL", polyai_url).replace("WRITE_BACK", "true"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(VARIABLE, HOTEL.api_key)
    _, config = find_project(tmp_path, HOTEL.key)

    def draw(data: Path) -> None:
        warehouse = Warehouse(str(data / "polyai.duckdb"))
        load(warehouse, polyai, HOTEL)
        work = QaSamples(RawStore(str(data / "raw")), warehouse, data / "spool", connect)
        (outcome,) = work.run(config, partitions_of(config.project, [DAY1]))
        assert outcome.error is None

    prepared("a sample of a day", tmp_path / "data", draw)
    return tmp_path


def warehouse_in(root: Path) -> Warehouse:
    return Warehouse(str(root / "data" / "polyai.duckdb"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def requests(root: Path) -> list[tuple[object, ...]]:
    sql = "SELECT conversation_id, turn_index, role, annotation_type, source FROM annotation_requests ORDER BY ALL"
    with looking_into(warehouse_in(root).target) as connection:
        return connection.execute(sql).fetchall()


def test_a_verdict_goes_all_the_way_to_polyai(root: Path, polyai: Simulator):
    written = run("sample", HOTEL.key)
    assert written.exit_code == 0, written.output
    assert written.output.startswith(f"review.xlsx: 2 conversations of {DAY1} in ")
    (noted,) = read_sheets(root)
    assert (noted.path, noted.project, len(noted.conversations)) == (str(root / "review.xlsx"), HOTEL.key, 2)
    fill_in(root / "review.xlsx", {}, WRONG)
    requested = run("annotate", "--from-sheet", "review.xlsx", "--by", "ada")
    assert requested.exit_code == 0, requested.output
    assert requested.output == (
        "Annotations requested: 1; requested before: 0.\n"
        "Dagster publishes them within minutes, `polyai write-back` now.\n"
    )
    assert run("write-back").output == "us-1/acme/hotel-bot: 1 done, 0 refused, 0 unknown, 0 pending\n"
    name = column(opened(root / "review.xlsx"), "conversation_id")[1].value
    assert annotated(polyai) == [(name, 1, "agent", "wrong_info")]


def test_doing_it_twice_makes_no_second_request(root: Path):
    run("sample", HOTEL.key)
    fill_in(root / "review.xlsx", WRONG, WRONG)
    run("annotate", "--from-sheet", "review.xlsx")
    first = requests(root)
    again = run("annotate", "--from-sheet", "review.xlsx")
    assert again.output == "Annotations requested: 0; requested before: 2.\n"
    run("write-back")
    run("annotate", "--from-sheet", "review.xlsx")
    assert requests(root) == first
    fill_in(root / "review.xlsx", {}, {}, WRONG)
    more = run("annotate", "--from-sheet", "review.xlsx")
    assert more.output.startswith("Annotations requested: 1; requested before: 2.\n")
    assert len(requests(root)) == 3


def test_the_same_verdict_in_two_rows_is_one_request(root: Path):
    run("sample", HOTEL.key)
    sheet = opened(root / "review.xlsx")
    same = {name: column(sheet, name)[0].value for name in ("conversation_id", "turn_index", "project")}
    fill_in(root / "review.xlsx", WRONG, {**same, **WRONG})
    assert run("annotate", "--from-sheet", "review.xlsx").output.startswith("Annotations requested: 1;")
    assert requests(root)[0][-1] == "sheet review.xlsx"


def test_what_was_requested_by_hand_is_not_requested_again(root: Path):
    run("sample", HOTEL.key)
    fill_in(root / "review.xlsx", WRONG)
    name = column(opened(root / "review.xlsx"), "conversation_id")[0].value
    run("annotate", HOTEL.key, name, "--turn", "0", "--role", "agent", "--type", "wrong_info")
    assert (
        "Annotations requested: 0; requested before: 1."
        in run("annotate", "--from-sheet", "review.xlsx").output
    )


def test_a_row_that_is_wrong_keeps_all_from_being_requested(root: Path):
    run("sample", HOTEL.key)
    fill_in(root / "review.xlsx", WRONG, {"verdict": "missing_topic"})
    result = run("annotate", "--from-sheet", "review.xlsx")
    assert result.exit_code == 1
    assert "row 3: role is empty; choose user or agent" in result.output
    assert run("write-back").output == "nothing is to be published\n"


def test_a_sheet_without_verdicts_is_told(root: Path):
    run("sample", HOTEL.key)
    result = run("annotate", "--from-sheet", "review.xlsx")
    assert (result.exit_code, result.output) == (1, "Error: review.xlsx has no row with a verdict\n")


def test_where_nothing_is_published_it_is_told(root: Path):
    (defs,) = root.glob("reviewing_*/defs/polyai/defs.yaml")
    run("sample", HOTEL.key)
    fill_in(root / "review.xlsx", WRONG)
    defs.write_text(defs.read_text().replace("write_back: true", "write_back: false"))
    result = run("annotate", "--from-sheet", "review.xlsx")
    assert result.exit_code == 0
    assert "Those of us-1/acme/hotel-bot stay pending: write_back is not switched on" in result.stderr


def test_a_review_sheet_is_never_overwritten(root: Path):
    run("sample", HOTEL.key)
    before = (root / "review.xlsx").read_bytes()
    result = run("sample", HOTEL.key)
    assert result.exit_code == 1
    assert "review.xlsx is there already: give another name with --out" in result.output
    assert (root / "review.xlsx").read_bytes() == before
    assert run("sample", HOTEL.key, "--date", str(DAY1), "--out", "other.xlsx").exit_code == 0


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sample", "us-1/acme/other"], "no project us-1/acme/other is configured"),
        (["sample", HOTEL.key, "--date", "2025-03-09"], "was drawn on 2025-03-09: set samples in defs.yaml"),
        (["sample", HOTEL.key, "--date", "2025-03-09", "--since", "2025-03-08"], "--date is one day"),
        (["sample", HOTEL.key, "--since", "2025-03-09", "--until", "2025-03-08"], "is before --since"),
        (["sample", HOTEL.key, "--out", "nowhere/review.xlsx"], "cannot be written: No such file"),
        (["annotate", "--from-sheet", "pyproject.toml"], "pyproject.toml is no XLSX file that can be read"),
        (["annotate", "--from-sheet", "missing.xlsx"], "File 'missing.xlsx' does not exist"),
        (["annotate", HOTEL.key, "--from-sheet", "pyproject.toml"], "--from-sheet says all of it"),
        (["annotate", HOTEL.key, "CA1", "--turn", "0", "--role", "user"], "Missing option '--type'"),
        (["annotate"], "Missing argument '[PROJECT]'"),
    ],
)
def test_mistakes_are_told_plainly(arguments: list[str], told: str):
    result = run(*arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert "Traceback" not in result.output
