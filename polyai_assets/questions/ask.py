"""Asking a question of the copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from polyai_assets.machine.actionable import Actionable
from polyai_assets.marts.copy_file import age_of
from polyai_assets.marts.query_result import QueryResult, run_query
from polyai_assets.questions.question import Question

DAYS = 28
"""Days of a question that names none, to yesterday: each weekday four times."""

_MOST_NAMED = 7


class BadQuestion(Actionable):
    """The file of a question is none; says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """Local days, from the first to the last."""

    since: date
    until: date

    @classmethod
    def of(cls, since: date | None, until: date | None, today: date) -> "Period":
        """Fill in what is not given: to yesterday, over four weeks. Raises BadQuestion for one that ends first."""
        last = until or max(today - timedelta(days=1), since or date.min)
        first = since or last - timedelta(days=DAYS - 1)
        if first > last:
            raise BadQuestion(f"--until {last} is before --since {first}")
        return cls(first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswer:
    """What a question was answered: its rows, and what there is to say of them.

    `provisional` are the local days of the period whose figures may still change, `is_missing` whether the copy has no
    call in the period.
    """

    question: Question
    period: Period
    project: str | None
    made_at: datetime
    result: QueryResult
    provisional: Sequence[date]
    is_missing: bool

    @property
    def notes(self) -> list[str]:
        """What there is to say, a sentence each."""
        notes = [self.question.meaning] if self.question.meaning else []
        if self.is_missing:
            notes.append(
                f"The copy has no call from {self.period.since} to {self.period.until}"
                + (f" of {self.project}." if self.project else ".")
            )
        if self.provisional:
            named = ", ".join(map(str, self.provisional[:_MOST_NAMED]))
            more = len(self.provisional) - _MOST_NAMED
            notes.append(
                f"Provisional, figures may still change: {named}{f' and {more} more days' if more > 0 else ''}."
            )
        return notes

    @property
    def objects(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "question": self.question.name,
            "title": self.question.title,
            "meaning": self.question.meaning,
            "project": self.project,
            "since": self.period.since,
            "until": self.period.until,
            "copy_made_at": self.made_at,
            "provisional": list(self.provisional),
            "rows": self.result.objects,
        }


def ask(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    period: Period,
    project: str | None,
    now: datetime,
) -> QuestionAnswer:
    """Ask a question of an opened copy, of a project by its key, or of all.

    Raises CopyMissing for a file that is no copy, and BadQuestion.
    """
    given: dict[str, object] = {"project": project, "since": period.since, "until": period.until}
    made_at = age_of(connection, now).made_at
    days = connection.execute(
        "SELECT business_date, bool_or(provisional) FROM daily_kpis WHERE level = 'project' "
        "AND ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until "
        "GROUP BY ALL ORDER BY ALL",
        given,
    ).fetchall()
    return QuestionAnswer(
        question=question,
        period=period,
        project=project,
        made_at=made_at,
        result=_run(connection, question, given),
        provisional=[day for day, is_provisional in days if is_provisional],
        is_missing=not days,
    )


def _run(connection: duckdb.DuckDBPyConnection, question: Question, given: dict[str, object]) -> QueryResult:
    place = str(question.file or question.name)
    try:
        statements = connection.extract_statements(question.sql)
        if len(statements) != 1:
            raise BadQuestion(f"{place} has {len(statements)} statements: a question is one query")
        wanted = statements[0].named_parameters
        unknown = sorted(wanted - given.keys())
        if unknown:
            raise BadQuestion(
                f"{place} names ${', $'.join(unknown)}: there are $project (NULL for all), $since and $until"
            )
        return run_query(connection, statements[0], {name: given[name] for name in sorted(wanted)})
    except duckdb.Error as error:
        if question.file is None:
            raise
        raise BadQuestion(f"{place}: {error}") from None
