"""`polyai sql`: queries on the copy, and what a prompt completes."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.marts.words import complete, words_of


def ask(file: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["sql", "--copy", str(file), *arguments], input=typed)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("--csv", "number,word,nothing,moment\n1,a b,,2026-11-03 00:00:00+00:00\n"),
        ("--json", '[{"number": 1, "word": "a b", "nothing": null, "moment": "2026-11-03T00:00:00Z"}]'),
    ],
)
def test_rows_are_printed_for_programs(planted_copy: Path, form: str, shown: str):
    result = ask(
        planted_copy,
        form,
        "SELECT 1 AS number, 'a b' AS word, NULL AS nothing, TIMESTAMPTZ '2026-11-03' AS moment",
    )
    assert result.exit_code == 0, result.output
    if form == "--json":
        assert json.loads(result.stdout) == json.loads(shown)
    else:
        assert result.stdout == shown


def test_a_table_shows_numbers_as_people_write_them(planted_copy: Path):
    shown = ask(planted_copy, "SELECT 1234567 AS calls, 1/3 AS share, '[red]' AS word").stdout
    assert "1,234,567" in shown
    assert "0.333" in shown
    assert "[red]" in shown


def test_statements_are_read_from_the_standard_input(planted_copy: Path):
    result = ask(planted_copy, "--csv", typed="SELECT 1 AS a; SELECT ';' AS b;")
    assert result.stdout == "a\n1\nb\n;\n"


def test_nothing_can_be_written(planted_copy: Path):
    result = ask(planted_copy, "DELETE FROM daily_kpis")
    assert result.exit_code == 1
    assert "read-only" in result.output


def test_a_query_that_is_none_is_said_in_a_line(planted_copy: Path):
    result = ask(planted_copy, "SELECT * FROM dayly_kpis")
    assert result.exit_code == 1
    assert "daily_kpis" in result.output  # what was meant


def test_a_missing_copy_says_what_to_run(tmp_path: Path):
    result = ask(tmp_path / "none.duckdb", "SELECT 1")
    assert result.exit_code == 1
    assert "dg launch --assets read_only_copy" in result.output


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("SELECT * FROM daily", "daily", ["daily_kpis", "daily_ratios"]),
        ("SELECT daily_kpis.conv", "conv", ["conversations"]),
        ("SELECT handoff_k", "handoff_k", ["handoff_known"]),
        ("SELECT newc", "newc", ["newcombe_high(", "newcombe_low("]),
        ("sel", "sel", ["self_served", "SELECT"]),
        ("SELECT nothing.", "", []),
    ],
)
def test_a_prompt_completes_tables_columns_macros_and_words(
    copied: duckdb.DuckDBPyConnection, line: str, text: str, expected: list[str]
):
    assert complete(words_of(copied), line, text) == expected
