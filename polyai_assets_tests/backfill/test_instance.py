"""Where a backfill writes its runs."""

from pathlib import Path

import pytest

from polyai_assets.automation.dagster_home import DagsterUnreachable
from polyai_assets.backfill.instance import NoInstance, open_instance


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.slow
def test_without_dagster_home_the_instance_of_the_project_is_taken_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
):
    monkeypatch.setenv("DAGSTER_HOME", "")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dagster.yaml").write_text("nux: {enabled: false}\n")
    with open_instance(tmp_path, said.append) as instance:
        assert instance.root_directory == str(tmp_path / "data")
        assert not instance.telemetry_enabled
    assert said == [f"DAGSTER_HOME is not set: the runs are in {tmp_path}/data"]


@pytest.mark.parametrize(
    ("home", "settings", "told"),
    [
        ("", None, "DAGSTER_HOME is not set, so no UI would show these runs"),
        ("nowhere", None, "DAGSTER_HOME nowhere is no folder, or no absolute path"),
        ("{root}", "run_retries: 3\n", "cannot be followed"),
    ],
)
def test_without_an_instance_it_says_what_to_set(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: list[str],
    home: str,
    settings: str | None,
    told: str,
):
    if settings:
        (tmp_path / "dagster.yaml").write_text(settings)
    monkeypatch.setenv("DAGSTER_HOME", home.format(root=tmp_path))
    with pytest.raises((NoInstance, DagsterUnreachable)) as error, open_instance(tmp_path, said.append):
        pass
    assert told in str(error.value)
    assert said == []
