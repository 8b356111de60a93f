"""What `dg scaffold defs` writes."""

import re
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from polyai_assets.api.project import Project
from polyai_assets.component import PolyAIConversations
from polyai_assets.configuration.platform import read_platform
from polyai_assets.configuration.problems import SourceFile
from polyai_assets.configuration.scaffolding import (
    PolyAIScaffolder,
    ProjectToScaffold,
    defs_yaml,
    key_variable,
)
from polyai_assets.configuration.yaml_file import TYPE, reading_problems
from polyai_assets_tests.configuration.conftest import TODAY, Load

PROJECT = Project("us-1", "acme", "hotel-bot")


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYAI_KEY_US1_ACME_HOTEL_BOT", "key")
    monkeypatch.setenv("POLYAI_ALERT_URLS", "json://127.0.0.1")


def test_it_loads_as_it_is_and_begins_90_days_ago(load: Load):
    config = load(defs_yaml(TYPE, PROJECT, TODAY))
    assert config.projects[0].project == PROJECT
    assert config.projects[0].key_source == "environment variable POLYAI_KEY_US1_ACME_HOTEL_BOT"
    assert config.start_date == date(2026, 4, 2)


def test_every_example_in_it_works_when_its_mark_is_removed(load: Load):
    text = re.sub(r"# (?=[a-z_]+: )", "", defs_yaml(TYPE, PROJECT, TODAY))
    config = load(text)
    assert config.key_prefix == ("polyai",)
    assert len(config.alerts.urls) == 1
    assert (config.projects[0].details, config.projects[0].audio.calls) == (True, "handoffs")


_ID = (
    st.text("abcdefXYZ019_-. ", min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda one: one.strip(". ") and ".." not in one)
)


@given(account=_ID, project=_ID | st.sampled_from(["123", "1e5", "yes", "null", "0x1F", "2026-01-01"]))
def test_any_id_arrives_as_it_was_given(account: str, project: str):
    import yaml

    given_project = Project("uk-1", account, project)
    attributes = yaml.load(defs_yaml(TYPE, given_project, TODAY), Loader=yaml.SafeLoader)["attributes"]
    read = read_platform(
        attributes, scope={}, source=SourceFile(), root=Path("/"), today=TODAY, keys_needed=False
    )
    assert read.projects[0].project == given_project
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", key_variable(given_project))


@pytest.mark.parametrize("append", [False, True])
def test_a_file_is_written_or_a_document_appended(
    tmp_path: Path, append: bool, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "defs.yaml"
    if append:
        file.write_text("type: other.Component\n")
    params = ProjectToScaffold(region="us-1", account_id="acme", project_id="hotel-bot")
    PolyAIScaffolder().scaffold(
        dg.ScaffoldRequest(TYPE, file if append else tmp_path, "yaml", None, params, append)
    )
    assert reading_problems(file, "defs.yaml") == ()
    assert file.read_text().count("type: ") == 1 + append
    assert "Put the key of us-1/acme/hotel-bot into the variable POLYAI_KEY_US1_ACME_HOTEL_BOT" in (
        capsys.readouterr().out
    )


def test_a_region_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="is no region of PolyAI"):
        ProjectToScaffold(region="us1")


def test_the_component_is_scaffolded_by_it():
    from dagster.components.scaffold.scaffold import get_scaffolder

    assert isinstance(get_scaffolder(PolyAIConversations), PolyAIScaffolder)
