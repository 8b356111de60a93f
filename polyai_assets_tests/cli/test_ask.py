"""`polyai ask`: the questions, their answers as people and programs read them."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.questions.question import PACKAGED
from polyai_assets_tests.marts.planted import FIRST, HOTEL, LAST

PERIOD = ("--since", str(FIRST), "--until", str(LAST))


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ask", *arguments])


def test_without_a_name_the_questions_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "questions").mkdir(parents=True)
    (tmp_path / "data" / "questions" / "mine.sql").write_text("-- Mine\nSELECT 1")
    lines = ask().stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*PACKAGED, "mine"]
    assert lines[-1].split(maxsplit=1)[1].startswith("Mine (")


def test_an_answer_has_its_period_its_rows_and_what_they_mean(planted_copy: Path):
    result = ask("containment", "--copy", str(planted_copy), "--project", HOTEL, *PERIOD)
    assert result.exit_code == 0, result.output
    first, *_ = result.stdout.splitlines()
    assert first == f"Containment in its three readings: {FIRST} to {LAST}, {HOTEL}"
    assert "24 hours" in result.stdout
    assert "dashboard is PolyAI's" in result.stdout
    assert "Provisional, figures may still change: 2026-11-06" in result.stdout


def test_csv_holds_the_rows_alone_and_json_all_of_it(planted_copy: Path):
    given = ("why-handoff", "--copy", str(planted_copy), *PERIOD)
    rows = list(csv.DictReader(io.StringIO(ask(*given, "--csv").stdout)))
    found = json.loads(ask(*given, "--json").stdout)
    assert [row["reason"] for row in rows] == [row["reason"] for row in found["rows"]]
    assert (found["question"], found["since"], found["until"], found["project"]) == (
        "why-handoff",
        str(FIRST),
        str(LAST),
        None,
    )
    assert found["provisional"]
    assert found["meaning"]


def test_a_question_that_is_none_and_a_copy_that_is_none_say_what_to_do(tmp_path: Path):
    assert "did you mean csat" in ask("csatt").output
    assert "dg launch --assets read_only_copy" in ask("csat", "--copy", str(tmp_path / "x.duckdb")).output
