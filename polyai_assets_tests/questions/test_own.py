"""A person's own questions: files in data/questions, and what is said of one that is none."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from polyai_assets.questions.ask import DAYS, BadQuestion, Period, ask
from polyai_assets.questions.question import (
    PACKAGED,
    NoQuestion,
    all_questions,
    find_question,
    parse_question,
)
from polyai_assets_tests.marts.planted import HOTEL

PERIOD = Period(date(2026, 10, 28), date(2026, 11, 5))
NOW = datetime(2026, 11, 8, 12, tzinfo=UTC)
OWN = """\
-- Calls by channel.
-- Only calls that have ended,
-- and no tests.
SELECT channel_group, count(*) AS calls FROM calls
WHERE project = $project AND business_date >= $since GROUP BY ALL ORDER BY ALL;
"""


def test_a_file_is_a_question_with_a_title_and_a_meaning(tmp_path: Path, copied: duckdb.DuckDBPyConnection):
    (tmp_path / "by-channel.sql").write_text(OWN, encoding="utf-8")
    question = find_question("by-channel", tmp_path)
    assert (question.title, question.meaning) == (
        "Calls by channel",
        "Only calls that have ended, and no tests.",
    )
    answer = ask(copied, question, PERIOD, HOTEL, NOW)
    assert [row[0] for row in answer.result.rows] == ["voice", "webchat"]


def test_own_questions_are_listed_after_the_packaged_ones_and_may_take_their_place(tmp_path: Path):
    (tmp_path / "by-channel.sql").write_text(OWN, encoding="utf-8")
    (tmp_path / "cost.sql").write_text(OWN, encoding="utf-8")
    found = all_questions(tmp_path)
    assert list(found) == [*PACKAGED, "by-channel"]
    assert found["cost"].file == tmp_path / "cost.sql"
    assert found["csat"].file is None


def test_a_name_that_is_none_says_what_was_meant(tmp_path: Path):
    with pytest.raises(NoQuestion, match="did you mean by-site"):
        find_question("by-sites", tmp_path)
    with pytest.raises(NoQuestion, match=r"there are by-site, .*cost\. Your own is a file"):
        find_question("x", tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT $day", r"own.sql names \$day: there are \$project \(NULL for all\), \$since and \$until"),
        ("SELECT 1; SELECT 2", "own.sql has 2 statements: a question is one query"),
        ("-- nothing", "own.sql has 0 statements"),
        ("SELEC 1", "own.sql: Parser Error"),
        ("SELECT * FROM dayly_kpis", "own.sql: Catalog Error"),
        ("DELETE FROM daily_kpis", "own.sql: .*read-only"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(
    copied: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, problem: str
):
    with pytest.raises(BadQuestion, match=problem):
        ask(copied, parse_question("own", text, tmp_path / "own.sql"), PERIOD, None, NOW)


@pytest.mark.parametrize(
    ("since", "until", "period"),
    [
        (None, None, (date(2026, 10, 11), date(2026, 11, 7))),
        (date(2026, 11, 1), None, (date(2026, 11, 1), date(2026, 11, 7))),
        (None, date(2026, 11, 1), (date(2026, 10, 5), date(2026, 11, 1))),
        (date(2026, 11, 8), None, (date(2026, 11, 8), date(2026, 11, 8))),
    ],
)
def test_a_question_is_of_four_weeks_to_yesterday_unless_it_is_said_otherwise(
    since: date | None, until: date | None, period: tuple[date, date]
):
    found = Period.of(since, until, date(2026, 11, 8))
    assert (found.since, found.until) == period
    assert DAYS == 28


def test_a_period_that_ends_before_it_begins_is_none():
    with pytest.raises(BadQuestion, match="--until 2026-11-01 is before --since 2026-11-02"):
        Period.of(date(2026, 11, 2), date(2026, 11, 1), date(2026, 11, 8))
