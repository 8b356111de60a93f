"""`polyai report`: a page of the days and projects that are asked for."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets_tests.marts.planted import HOTEL
from polyai_assets_tests.report.reading import read_page


def report(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments])


def test_a_page_of_a_project_and_its_days_is_written_and_named(planted_copy: Path, tmp_path: Path):
    file = tmp_path / "pages" / "november.html"
    days = ("--since", "2026-11-01", "--until", "2026-11-01")

    result = report("--copy", str(planted_copy), "--project", HOTEL, *days, "--path", str(file))

    assert result.exit_code == 0, result.output
    assert result.stdout == f"{file}\n"
    text = read_page(file.read_text("utf-8")).text
    assert "Sunday 1 November 2026" in text
    assert HOTEL in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "2026-11-03", "--until", "2026-11-01"), "the first day, 2026-11-03, is after the last"),
        (("--copy", "none.duckdb"), "Make it: dg launch"),
    ],
)
def test_what_cannot_be_shown_is_said(
    planted_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
):
    monkeypatch.chdir(tmp_path)
    result = report("--copy", str(planted_copy), *arguments)

    assert result.exit_code != 0
    assert said in result.output
