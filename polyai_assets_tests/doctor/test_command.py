"""`polyai doctor` as a person and as a program see it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.simulator import Simulator
from polyai_assets_tests.cli.test_main import DEFS, MODULE, root
from polyai_assets_tests.deployment import BANK, HOTEL

__all__ = ["root"]

PROJECT = """\
    - region: {region}
      account_id: {account}
      project_id: {name}
      api_key: "{{{{ env.KEY_OF_A_PATIENT }}}}"
      base_url: {url}
"""


@pytest.fixture
def file_of_two(
    root: Path, polyai: Simulator, polyai_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Configure two projects whose only key opens the first; everything else is as it should be."""
    polyai.clock.stop_at(datetime.now(UTC))
    head = DEFS[: DEFS.index("    - region")]
    projects = [
        PROJECT.format(region=one.region, account=one.account_id, name=one.project_id, url=polyai_url)
        for one in (HOTEL, BANK)
    ]
    file = root / MODULE / "defs" / "polyai" / "defs.yaml"
    file.write_text(head + "".join(projects))
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("KEY_OF_A_PATIENT", HOTEL.api_key)
    return file


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


def lines(*arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Give the lines by subject and check; of several with the same, the last."""
    return lines_of(doctor(*arguments, "--json"))


def lines_of(result: Result) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["subject"], one["check"]): one for one in json.loads(result.stdout)}


@pytest.fixture
def file(file_of_two: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave the packages alone in tests of something else: DuckDB's extensions take as long as all the rest."""
    monkeypatch.setattr("polyai_assets.doctor.packages.look_at_packages", list)
    return file_of_two


@pytest.mark.usefixtures("file_of_two")
def test_a_healthy_project_has_no_red_line_and_nothing_is_written(root: Path):
    before = sorted(root.rglob("*"))
    result = doctor(HOTEL.key)
    assert result.exit_code == 0, result.output
    assert "0 red" in result.output
    assert "key                  opens the project's conversations (v3)" in result.output
    assert BANK.key not in result.output.partition("loads, with")[2].partition("\n")[2]
    new = [one for one in sorted(root.rglob("*")) if one not in before]
    assert [one for one in new if "home" not in one.parts and "__pycache__" not in one.parts] == []


@pytest.mark.usefixtures("file")
def test_a_wrong_key_is_red_in_its_own_line_and_nowhere_else():
    result = doctor("--json")
    found = lines_of(result)
    assert found[HOTEL.key, "key"]["verdict"] == "green"
    assert found[BANK.key, "key"]["verdict"] == "red"
    assert "set environment variable KEY_OF_A_PATIENT" in found[BANK.key, "key"]["next_step"]
    assert result.exit_code == 1
    assert HOTEL.api_key not in result.output


@pytest.mark.usefixtures("file")
def test_a_missing_home_is_red_and_the_rest_is_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DAGSTER_HOME")
    found = lines(HOTEL.key)
    assert found["this machine", "DAGSTER_HOME"]["verdict"] == "red"
    assert found[HOTEL.key, "key"]["verdict"] == "green"


def test_a_home_that_stands_in_the_file_of_variables_is_found(
    file: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # set and removed, so that what is read from the file does not stay for other tests
    monkeypatch.delenv("DAGSTER_HOME")
    assert file.exists()
    (root / ".env").write_text(f"DAGSTER_HOME={tmp_path / 'home'}\n")
    found = lines(HOTEL.key)
    assert found["this machine", "DAGSTER_HOME"]["verdict"] == "green"
    assert found["this machine", "Dagster daemon"]["verdict"] == "yellow"


def test_a_host_that_is_not_there_is_told_apart_from_the_key(file: Path, polyai_url: str):
    file.write_text(file.read_text().replace(polyai_url, "http://127.0.0.1:1"))
    found = lines(HOTEL.key)
    assert found["platform", "host"]["verdict"] == "red"
    assert "Connection refused" in found["platform", "host"]["says"]


def test_every_problem_of_the_configuration_is_a_line(file: Path):
    file.write_text(file.read_text().replace("us-1", "xx-1").replace("2026-01-01", "never"))
    result = doctor("--json")
    told = [one["says"] for one in json.loads(result.stdout) if one["check"] == "configuration"]
    assert result.exit_code == 1
    assert len(told) == 2
    assert "'never' must be a date" in told[0]
    assert "'xx-1' is no region of PolyAI" in told[1]


def test_a_file_that_is_no_yaml_is_a_line(file: Path):
    file.write_text("type: [")
    found = lines()["this machine", "configuration"]
    assert found["verdict"] == "red"
    assert "defs.yaml" in found["says"]


def test_an_alert_url_that_is_not_set_is_told(file: Path):
    file.write_text(file.read_text() + '  alerts: {urls: ["{{ env.NO_SUCH_URL }}"]}\n')
    found = json.loads(doctor(HOTEL.key, "--json").stdout)
    told = [one for one in found if one["check"] == "configuration" and one["verdict"] == "yellow"]
    assert "environment variable NO_SUCH_URL is not set" in told[0]["says"]


@pytest.mark.usefixtures("file")
def test_a_project_that_is_not_configured_is_told():
    result = doctor("us-1/acme/nobody")
    assert result.exit_code == 1
    assert "no project us-1/acme/nobody is configured" in result.output
    assert HOTEL.key in result.output


@pytest.mark.slow
def test_outside_a_dagster_project_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = doctor()
    assert result.exit_code == 1
    assert "is in no Dagster project" in result.output
    assert "Traceback" not in result.output
