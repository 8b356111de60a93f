"""`polyai plan` as a person and as a program see it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.plan.estimate import Estimate
from polyai_assets.plan.table import counted, hours, sized, timed
from polyai_assets.simulator import Simulator
from polyai_assets_tests.cli.test_main import DEFS, MODULE, root
from polyai_assets_tests.plan.conftest import BUSY

__all__ = ["root"]

PROJECT = """\
    - region: us-1
      account_id: acme
      project_id: {name}
      api_key: "{{{{ env.{variable} }}}}"
      base_url: {url}
"""


@pytest.fixture
def url(
    root: Path, busy: Simulator, busy_served: tuple[Simulator, str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Configure the busy project, and beside it one that the same key does not open."""
    _, url = busy_served
    head = DEFS[: DEFS.index("    - region")].replace("2026-01-01", "2025-03-01")
    projects = [
        PROJECT.format(name=name, variable="KEY_OF_BUSY_BOT", url=url) for name in ("busy-bot", "other-bot")
    ]
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(head + "".join(projects))
    monkeypatch.setenv("KEY_OF_BUSY_BOT", BUSY.api_key)
    return url


def plan(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", *arguments])


@pytest.mark.usefixtures("url")
def test_a_person_sees_a_table_and_what_cannot_be_asked():
    result = plan("--since", "2025-03-01", "--until", "2025-03-07")
    assert result.exit_code == 0, result.output
    assert "│ us-1/acme/busy-bot " in result.output
    assert "│   raw store " in result.output
    assert "│   (audio) " in result.output
    assert "│ us-1/acme/other-bot │ cannot be asked" in result.output
    assert "total of 1 of 2" in result.output
    assert "us-1/acme/other-bot: Nothing is known of us-1/acme/other-bot" in result.output
    assert BUSY.api_key not in result.output


@pytest.mark.usefixtures("url")
def test_a_program_sees_json(busy: Simulator):
    result = plan("us-1/acme/busy-bot", "--until", "2025-03-07", "--json")
    found = json.loads(result.output)
    (one,) = found["projects"]
    assert (one["project"], one["since"], one["until"]) == (BUSY.key, "2025-03-01", "2025-03-07")
    assert [layer["name"] for layer in one["layers"]] == ["raw store", "tables", "details", "audio"]
    assert found["totals"]["conversations"] == one["conversations"]
    assert found["totals"]["calls_used"] == len(busy.requests)
    switched_on = [layer for layer in one["layers"] if layer["switched_on"]]
    assert found["totals"]["stored_bytes"]["high"] == pytest.approx(
        sum(layer["stored_bytes"]["high"] for layer in switched_on)
    )


@pytest.mark.usefixtures("url")
def test_when_no_project_can_be_asked_it_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("KEY_OF_BUSY_BOT")
    result = plan("--until", "2025-03-07")
    assert result.exit_code == 1
    assert "environment variable KEY_OF_BUSY_BOT is not set" in result.output


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--since", "2999-01-01"], "these days are in the future"),
        (["--until", "2025-02-01"], "--until 2025-02-01 is before the first day, 2025-03-01"),
        (["us-1/acme/nobody"], "no project us-1/acme/nobody is configured"),
    ],
)
def test_mistakes_are_told_plainly(arguments: list[str], told: str):
    result = plan(*arguments)
    assert result.exit_code == 1
    assert told in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (counted(Estimate(900, 1000, 1100)), "1,000 ± 100"),
        (counted(Estimate(1000, 1000, 1000)), "1,000"),
        (sized(Estimate(2e9, 3.25e9, 44e9)), "3.2 GB (2.0 - 44)"),
        (sized(Estimate(0, 0, 0)), "0.0 B"),
        (timed(Estimate(30, 90, 600)), "1.5 min (0.5 - 10)"),
        (hours(Estimate(3600, 36000, 72000)), "10 h (1.0 - 20)"),
    ],
)
def test_numbers_are_written_with_their_interval(shown: str, said: str):
    assert shown == said
