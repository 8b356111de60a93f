"""Writing back from the command line, in a Dagster project of one's own."""

from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.cli.test_main import DEFINITIONS, MODULE, PYPROJECT, defs_of
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.write_back.conftest import annotated, load, names_of, noted

VARIABLE = "KEY_OF_A_PUBLISHING_COMMAND_LINE"
DEFS = (
    defs_of(VARIABLE)
    + """\
      agents_base_url: URL
      write_back: true
      max_attempts: 1
"""
)


@pytest.fixture
def root(tmp_path: Path, polyai: Simulator, polyai_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dagster project that publishes to the simulator, in which the test stands."""
    module = f"publishing_{uuid4().hex}"  # Python would give the next test the module of this one
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.replace(MODULE, module))
    defs = tmp_path / module / "defs" / "polyai"
    defs.mkdir(parents=True)
    (tmp_path / module / "__init__.py").touch()
    (tmp_path / module / "definitions.py").write_text(DEFINITIONS)
    (defs / "defs.yaml").write_text(DEFS.replace("URL", polyai_url))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(VARIABLE, HOTEL.api_key)
    load(Warehouse(str(tmp_path / "data" / "polyai.duckdb")), polyai, HOTEL)
    return tmp_path


@pytest.fixture
def name(polyai: Simulator, root: Path) -> str:
    return names_of(polyai, HOTEL)[0]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def annotate(name: str, turn: int = 1) -> Result:
    return run("annotate", HOTEL.key, name, "--turn", str(turn), "--role", "agent", "--type", "wrong_info")


def test_what_is_requested_is_published(name: str, polyai: Simulator):
    requested = [annotate(name), run("note", HOTEL.key, name, "Call back", "--by", "ada")]
    assert [one.exit_code for one in requested] == [0, 0], requested
    assert requested[0].output.startswith("Requested as ")
    assert annotated(polyai) == []
    published = run("write-back")
    assert published.exit_code == 0, published.output
    assert published.output == "us-1/acme/hotel-bot: 2 done, 0 refused, 0 unknown, 0 pending\n"
    assert annotated(polyai) == [(name, 1, "agent", "wrong_info")]
    assert noted(polyai) == [(name, "Call back")]
    assert run("write-back").output == "nothing is to be published\n"


def test_a_file_in_the_outbox_is_published(name: str, root: Path, polyai: Simulator):
    outbox = root / "data" / "outbox"
    outbox.mkdir()
    (outbox / "notes.csv").write_text(f"project,conversation_id,note\n{HOTEL.key},{name},From a file\n")
    assert run("write-back").exit_code == 0
    assert noted(polyai) == [(name, "From a file")]


def test_an_unknown_annotation_is_reported_and_sent_again_when_a_person_says_so(name: str, polyai: Simulator):
    polyai.faults.add(Fault("error", {"status": 500}, call="annotation"))
    request_id = annotate(name).output.split()[2].rstrip(".")
    reported = run("write-back")
    assert reported.exit_code == 1
    assert "us-1/acme/hotel-bot: 0 done, 0 refused, 1 unknown, 0 pending" in reported.output
    assert "annotations that may have been published or not: 1" in reported.output
    assert run("write-back").exit_code == 0
    assert annotated(polyai) == []
    again = run("write-back", "--retry-unknown", request_id)
    assert again.exit_code == 0, again.output
    assert len(annotated(polyai)) == 1


@pytest.mark.usefixtures("root")
def test_only_what_is_unknown_can_be_retried():
    result = run("write-back", "--retry-unknown", "nothing-like-it")
    assert result.exit_code == 1
    assert "no annotation with state unknown has the id nothing-like-it" in result.output


def test_a_request_for_a_project_that_is_not_switched_on_says_that_it_stays_pending(name: str, root: Path):
    (file,) = root.glob("*/defs/polyai/defs.yaml")
    file.write_text(file.read_text().replace("write_back: true", "write_back: false"))
    result = annotate(name)
    assert result.exit_code == 0
    assert "It stays pending: write_back is not switched on for this project" in result.output
    published = run("write-back")
    assert published.exit_code == 0
    assert "1 pending (write_back is not switched on for this project" in published.output


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["note", "us-1/acme/bank", "x", "y"], "no project us-1/acme/bank is configured"),
        (["note", HOTEL.key, "x", " "], "the note is empty"),
        (
            ["annotate", HOTEL.key, "x", "--turn", "-1", "--role", "user", "--type", "wrong_info"],
            "-1 is not in the range x>=0",
        ),
        (
            ["annotate", HOTEL.key, "x", "--turn", "1", "--role", "boss", "--type", "wrong_info"],
            "'boss' is not one of 'user', 'agent'",
        ),
    ],
)
def test_mistakes_are_told_plainly(arguments: list[str], told: str):
    result = run(*arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert "Traceback" not in result.output
