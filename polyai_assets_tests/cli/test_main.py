"""What a person sees on the command line, in a Dagster project of their own."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.raw.conversations.decisions import note_refusal, read_decisions
from polyai_assets.raw.conversations.suspicion import Doubt, Refusal
from polyai_assets.raw.conversations.unsettled import note_failed, note_fetched
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.workspace import find_platforms
from polyai_assets_tests.deployment import HOTEL, configured, project_of
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate
from polyai_assets_tests.status.keeping import complete

DAY = date(2026, 1, 5)
PROJECT = project_of(HOTEL)
MODULE = "calls_of_a_command_line"
PYPROJECT = f"""\
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "{MODULE}"
code_location_target_module = "{MODULE}.definitions"
"""
DEFS = """\
type: polyai_assets.PolyAIConversations
attributes:
  raw_store: data/raw
  warehouse: data/polyai.duckdb
  start_date: 2026-01-01
  projects:
    - region: us-1
      account_id: acme
      project_id: hotel-bot
      api_key: "{{ env.KEY_OF_A_COMMAND_LINE }}"
"""


def defs_of(variable: str) -> str:
    """Give the file for the simulator's first days, with the key in a variable; options of the project may follow."""
    return DEFS.replace("KEY_OF_A_COMMAND_LINE", variable).replace("2026-01-01", "2025-03-01")


DEFINITIONS = """\
from pathlib import Path
import dagster as dg

@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dagster project with one project of PolyAI, in which the test stands."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    defs = tmp_path / MODULE / "defs" / "polyai"
    defs.mkdir(parents=True)
    (tmp_path / MODULE / "__init__.py").touch()
    (tmp_path / MODULE / "definitions.py").write_text(DEFINITIONS)
    (defs / "defs.yaml").write_text(DEFS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [one for one in sys.modules if one.partition(".")[0] == MODULE]:
        monkeypatch.delitem(sys.modules, name)  # that of another test
    monkeypatch.setenv("KEY_OF_A_COMMAND_LINE", "hunter2")
    return tmp_path


@pytest.fixture
def store(root: Path) -> RawStore:
    return RawStore(str(root / "data" / "raw"))


def polyai(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def keep(store: RawStore, day: date = DAY) -> None:
    written = complete(configured(HOTEL, "http://127.0.0.1:1"), day)
    CONVERSATION_FILES.put(store, written)
    note_fetched(store, written, timedelta(hours=2))


def test_status_is_a_line_a_project_and_what_is_wrong(store: RawStore):
    note_failed(store, Partition(PROJECT, DAY), "the key was refused", datetime(2026, 1, 6, 8, tzinfo=UTC))
    result = polyai("status")
    assert result.exit_code == 0, result.output
    assert "us-1/acme/hotel-bot  1 red, behind  none" in result.output
    assert "behind: no day that is over is complete" in result.output
    told = " ".join(result.output.split())
    assert "2026-01-05 is red since 2026-01-06 08:00 UTC: the key was refused" in told
    assert "hunter2" not in result.output


def test_status_exits_with_1_on_request_where_something_needs_a_person(store: RawStore):
    note_failed(store, Partition(PROJECT, DAY), "the key was refused", datetime(2026, 1, 6, 8, tzinfo=UTC))
    assert [polyai("status", *option).exit_code for option in ([], ["--json"])] == [0, 0]
    assert polyai("status", HOTEL.key, "--check").exit_code == 1
    assert polyai("status", "--check", "--json").exit_code == 1


@pytest.mark.usefixtures("root")
def test_status_of_a_project_that_is_not_configured_is_one_line_with_the_nearest_name():
    result = polyai("status", HOTEL.key, "us-1/acme/hotelbot", "--check")
    assert result.exit_code == 1
    assert result.output == (
        "Error: no project us-1/acme/hotelbot is configured; did you mean us-1/acme/hotel-bot?\n"
    )


def test_status_for_programs_is_json(store: RawStore):
    note_failed(store, Partition(PROJECT, DAY), "the key was refused", datetime(2026, 1, 6, 8, tzinfo=UTC))
    (one,) = json.loads(polyai("status", "--json").output)
    assert (one["project"], one["last_complete"], one["unsettled"]) == (HOTEL.key, None, 1)
    assert one["red"][0]["problem"] == "the key was refused"
    assert "no day that is over is complete" in one["problems"]


def test_status_of_a_current_project_says_so(store: RawStore):
    now = datetime.now(UTC)
    assert "every project is current" not in polyai("status").output
    for back in range(1, 4):
        keep(store, now.date() - timedelta(days=back))
    result = polyai("status", "--check")
    assert (result.exit_code, "every project is current" in result.output) == (0, True)


def test_the_index_can_be_made_again(store: RawStore):
    keep(store)
    note_failed(store, Partition(PROJECT, DAY), "an old story", datetime(2026, 1, 6, 8, tzinfo=UTC))
    result = polyai("status", "--rebuild", "--json")
    assert "0 days are not settled" in result.stderr
    assert json.loads(result.stdout)[0]["red"] == []


def test_a_certificate_is_printed_as_json(store: RawStore):
    keep(store, date(2025, 3, 1))
    result = polyai("certificate", HOTEL.key, "2025-03-01")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 3


def test_what_keeps_a_day_from_being_complete_is_told(store: RawStore):
    CONVERSATION_FILES.put(store, certificate(Hours(0, 23), date=DAY))
    result = polyai("certificate", HOTEL.key, str(DAY))
    assert result.exit_code == 0
    assert "not complete: its windows do not cover the whole day" in result.stderr


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["certificate", HOTEL.key, str(DAY)], f"{DAY} of us-1/acme/hotel-bot was never fetched"),
        (
            ["certificate", "us-1/acme/bank", str(DAY)],
            "no project us-1/acme/bank is configured; there are us-1/acme/hotel-bot",
        ),
        (
            ["certificate", HOTEL.key, "5 January"],
            "'5 January' is no date; write it like 2026-11-03, today or yesterday",
        ),
        (
            ["accept", HOTEL.key, str(DAY), "--why", "because"],
            "nothing is in doubt about us-1/acme/hotel-bot 2026-01-05",
        ),
        (["accept", HOTEL.key, str(DAY)], "Missing option '--why'"),
    ],
)
def test_mistakes_are_told_plainly(arguments: list[str], told: str):
    result = polyai(*arguments)
    assert result.exit_code != 0
    assert told in result.output
    assert "Traceback" not in result.output


def test_a_damaged_decision_is_told_with_its_file_and_what_to_do(store: RawStore):
    store.write(f"{Partition(project_of(HOTEL), DAY).folder}/decisions.json", b"{")
    result = polyai("accept", HOTEL.key, str(DAY), "--why", "asked to", "--forget-vanished")
    assert result.exit_code == 1
    assert f"{DAY}/decisions.json cannot be read" in result.output
    assert "Restore it from a backup" in result.output
    assert "Traceback" not in result.output


def test_a_wrong_configuration_is_told_with_every_problem(root: Path):
    file = root / MODULE / "defs" / "polyai" / "defs.yaml"
    file.write_text(DEFS.replace("us-1", "xx-1").replace("2026-01-01", "never"))
    result = polyai("status")
    assert result.exit_code == 1
    assert "defs.yaml:5 attributes.start_date: 'never' must be a date" in result.output
    assert "defs.yaml:7 attributes.projects.0.region: 'xx-1' is no region of PolyAI" in result.output


def test_keys_may_stand_in_the_file_that_git_ignores(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("KEY_OF_A_COMMAND_LINE")
    (root / ".env").write_text("KEY_OF_A_COMMAND_LINE=from-a-file")
    (platform,) = find_platforms(root)
    key = platform.projects[0].api_key
    assert key is not None
    assert key.get_secret_value() == "from-a-file"


def test_outside_a_project_it_says_where_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = polyai("status")
    assert result.exit_code != 0
    assert f"{tmp_path} is in no Dagster project: go to the folder with its pyproject.toml" in result.output


def test_a_refused_fetch_is_accepted_with_who_and_why(store: RawStore):
    refusal = Refusal(Doubt.FEWER, 20, "it returned 4 where 24 are kept", "x", datetime.now(UTC))
    note_refusal(store, Partition(PROJECT, DAY), refusal)
    result = polyai("accept", HOTEL.key, str(DAY), "--why", "the bot was down", "--who", "ada")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "Accepted: fewer conversations. Now fetch the day again:",
        "polyai backfill us-1/acme/hotel-bot --since 2026-01-05 --until 2026-01-05",
    ]
    (decision,) = read_decisions(store, Partition(PROJECT, DAY)).accepted
    assert (decision.who, decision.why, decision.extent) == ("ada", "the bot was down", 20)


def test_vanished_records_are_given_up_on_request(store: RawStore):
    arguments = ("accept", HOTEL.key, str(DAY), "--why", "erasure", "--who", "ada", "--forget-vanished")
    assert polyai(*arguments).exit_code == 0
    decisions = read_decisions(store, Partition(PROJECT, DAY))
    assert decisions.forget_vanished_until is not None
    assert decisions.forgotten_by == "ada: erasure"
