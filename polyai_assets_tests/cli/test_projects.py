"""`polyai projects`: the lines of every agent that a key sees."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from polyai_assets.api.agents.reference import ReferenceObject
from polyai_assets.cli.main import main
from polyai_assets.cli.projects import describe_agents
from polyai_assets.simulator import Simulator
from polyai_assets_tests.cli.test_main import DEFS, MODULE, root
from polyai_assets_tests.deployment import HOTEL

__all__ = ["root"]


@pytest.fixture
def url(polyai: Simulator, polyai_url: str) -> str:
    return polyai_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["projects", HOTEL.account_id, "--base-url", url, *arguments])


def agents(*ids: str | None) -> list[ReferenceObject]:
    return [ReferenceObject(id_, b"{}") for id_ in ids]


def lines(*ids: str | None, account: str = "acme", configured: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """The YAML, and what is said beside it."""
    found = list(describe_agents(agents(*ids), "us-1", account, "A_KEY", configured))
    return "\n".join(line for line, is_yaml in found if is_yaml), [
        line for line, is_yaml in found if not is_yaml
    ]


def test_an_agent_has_four_lines_as_the_pages_show_them():
    assert lines("hotel-bot") == (
        "      - region: us-1\n        account_id: acme\n        project_id: hotel-bot\n"
        '        api_key: "{{ env.A_KEY }}"',
        [],
    )


def test_agents_are_in_the_order_of_their_ids():
    text, _ = lines("b", "a")
    assert [one["project_id"] for one in yaml.safe_load(text)] == ["a", "b"]


@pytest.mark.parametrize(
    "id_", ["PROJECT-1a2b", "12", "1e5", "null", "Yes", "a: b", "#a", "hôtel", "'", '"', "- a"]
)
def test_every_id_is_read_back_as_it_is(id_: str):
    text, _ = lines(id_, account=id_)
    (only,) = yaml.safe_load(text)
    assert (only["account_id"], only["project_id"]) == (id_, id_)


def test_configured_agents_are_left_out_and_named():
    text, said = lines("hotel-bot", "bank", configured=("us-1/acme/hotel-bot", "uk-1/acme/bank"))
    assert [one["project_id"] for one in yaml.safe_load(text)] == ["bank"]
    assert said == ["us-1/acme/hotel-bot is configured already"]


def test_what_cannot_be_a_project_is_named_with_the_reason():
    text, said = lines("a/b", None)
    assert text == ""
    assert [line.partition(":")[0] for line in said] == ["left out", "left out"]
    assert "'a/b'" in "".join(said)


def test_the_command_prints_what_belongs_into_a_defs_yaml(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY_OF_ACME", HOTEL.api_key)
    result = run(url, "--key", "KEY_OF_ACME")
    assert result.exit_code == 0, result.output
    keys = ["/".join(map(str, one.values())) for one in yaml.safe_load(result.stdout)]
    assert f"{HOTEL.key}/{{{{ env.KEY_OF_ACME }}}}" in keys


def test_the_variables_and_the_projects_of_the_folder_count(url: str, root: Path):
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(DEFS)
    (root / ".env").write_text(f"POLYAI_KEY={HOTEL.api_key}\n")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("POLYAI_KEY", "")  # restored afterwards; load_dotenv sets it
        environment.delenv("POLYAI_KEY")
        result = run(url)
    assert result.exit_code == 0, result.output
    assert f"{HOTEL.key} is configured already" in result.stderr


def test_a_variable_that_is_not_set_is_named(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLYAI_KEY", raising=False)
    result = run(url)
    assert result.exit_code == 1
    assert "the environment variable POLYAI_KEY is not set" in result.stderr
    assert "--key" in result.stderr


def test_a_refused_key_is_named_by_its_variable_and_never_shown(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLYAI_KEY", "no-key-of-anybody")
    result = run(url)
    assert result.exit_code == 1
    assert "environment variable POLYAI_KEY was refused for us-1/acme/*" in result.stderr
    assert "no-key-of-anybody" not in result.output
