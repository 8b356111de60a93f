"""Python, packages, DAGSTER_HOME, the daemon, the disk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from packaging.requirements import Requirement

from polyai_assets.doctor.dagster_home import look_at_daemon, look_at_home
from polyai_assets.doctor.packages import look_at_packages, python_finding, version_findings
from polyai_assets.doctor.places import look_at_places
from polyai_assets_tests.doctor.asking import GREEN, RED, YELLOW, only, verdicts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KINDS = ("SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR", "BACKFILL")


def test_this_environment_is_as_required():
    assert verdicts(look_at_packages()) == [
        ("Python", GREEN),
        ("packages", GREEN),
        ("DuckDB's extensions", GREEN),
    ]


def test_a_package_of_another_version_is_named_with_what_is_required():
    found = only(version_findings([Requirement("duckdb<1"), Requirement("click")]))
    assert found.verdict is RED
    assert found.says.startswith("duckdb is 1.")
    assert found.says.endswith("<1 is required")


def test_a_package_that_is_missing_is_named():
    assert only(version_findings([Requirement("no-such-thing")])).says == "no-such-thing is not installed"


def test_an_old_python_is_told():
    assert python_finding("3.10.2", ">=3.11,<3.15").verdict is RED


@pytest.mark.parametrize("home", ["", "relative/folder", "/no/such/folder"])
def test_a_home_that_is_not_there_is_red(home: str):
    found = only(look_at_home({"DAGSTER_HOME": home}))
    assert (found.check, found.verdict) == ("DAGSTER_HOME", RED)
    assert "export DAGSTER_HOME" in found.next_step


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ("telemetry: {enabled: false}", GREEN),
        ("telemetry: {enabled: true}", YELLOW),
        ("", YELLOW),
        (None, YELLOW),
    ],
)
def test_telemetry_is_told_unless_it_is_off(tmp_path: Path, settings: str | None, verdict: str):
    if settings is not None:
        (tmp_path / "dagster.yaml").write_text(settings)
    found = look_at_home({"DAGSTER_HOME": str(tmp_path)})
    assert verdicts(found) == [("DAGSTER_HOME", GREEN), ("telemetry", verdict)]


POSTGRES = "storage: {postgres: {postgres_url: 'postgresql+psycopg2://x@localhost:1/x'}}"


def beat(home: Path, ago: timedelta, kinds: tuple[str, ...] = KINDS) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for kind in kinds:
            instance.add_daemon_heartbeat(DaemonHeartbeat((NOW - ago).timestamp(), kind, "x", []))


@pytest.mark.slow
def test_a_daemon_that_never_ran_is_told(tmp_path: Path):
    found = only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)}))
    assert (found.verdict, found.says[:18]) == (YELLOW, "does not run here:")


@pytest.mark.slow
def test_a_daemon_that_gives_signs_of_life_runs(tmp_path: Path):
    beat(tmp_path, timedelta(minutes=1))
    assert only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)})).verdict is GREEN


@pytest.mark.slow
def test_a_daemon_that_is_silent_is_red_with_its_last_sign(tmp_path: Path):
    beat(tmp_path, timedelta(minutes=6))
    found = only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)}))
    assert found.verdict is RED
    assert "2026-11-20 11:54 UTC" in found.says


@pytest.mark.slow
def test_a_daemon_without_its_sensors_does_not_run(tmp_path: Path):
    beat(tmp_path, timedelta(minutes=1), ("SCHEDULER", "QUEUED_RUN_COORDINATOR", "BACKFILL"))
    assert only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)})).verdict is RED


@pytest.mark.slow
def test_a_storage_that_cannot_be_opened_is_red(tmp_path: Path):
    (tmp_path / "dagster.yaml").write_text(POSTGRES)
    found = only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)}))
    assert found.verdict is RED
    assert "dagster.yaml cannot be followed" in found.says


def test_without_a_home_no_daemon_is_looked_for():
    assert only(look_at_daemon(NOW, {})).verdict is YELLOW


@pytest.mark.parametrize(
    ("little", "too_little", "verdict"), [(1, 1, GREEN), (10**18, 1, YELLOW), (10**18, 10**18, RED)]
)
def test_room_on_the_disk_is_told(tmp_path: Path, little: int, too_little: int, verdict: str):
    folder = tmp_path / "not" / "there" / "yet"
    found = only(look_at_places({"raw store": folder}, little, too_little))
    assert found.verdict == verdict
    assert "GB free" in found.says
    assert not folder.exists()


def test_a_place_that_cannot_be_written_to_is_red():
    found = only(look_at_places({"spool": Path("/proc/spool")}))  # not even root can make a file there
    assert found.verdict is RED
    assert "spool: /proc cannot be written to" in found.says
