"""The Dagster instance of the project, as `data/dagster.yaml` configures it."""

import shutil
from pathlib import Path

import dagster as dg
import pytest
import yaml

import polyai_assets

DATA = Path(polyai_assets.__file__).parents[1] / "data"


@pytest.mark.slow
def test_ticks_are_not_kept_for_ever(tmp_path: Path):
    shutil.copy(DATA / "dagster.yaml", tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        retention = instance.get_settings("retention")
    for kind in ("sensor", "schedule"):
        days = retention[kind]["purge_after_days"]
        assert days.keys() == {"skipped", "success", "failure", "started"}
        assert all(0 < kept <= 60 for kept in days.values())


def test_dg_launch_prints_no_more_than_what_steps_have_to_say():
    settings = yaml.safe_load((DATA / "dagster.yaml").read_text())
    assert settings["python_logs"]["python_log_level"] == "INFO"
