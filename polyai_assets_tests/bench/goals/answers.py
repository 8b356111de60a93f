"""Questions and a report on a year of 5,000 calls a day: 1,825,000 calls, from their copy."""

import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from polyai_assets.marts.build import CopySource, make_copy
from polyai_assets.marts.copy_file import opened_copy
from polyai_assets.questions.ask import Period, ask
from polyai_assets.questions.question import packaged_questions
from polyai_assets.report.data import ReportScope
from polyai_assets.report.write import write_page
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.project import days_of, make_project, work
from polyai_assets_tests.bench.served_day import Served

_CALLS_A_DAY, _DAYS, _DAYS_OF_A_MILLION = 5_000, 365, 200
_FIRST = date(2025, 11, 3)
_LAST = _FIRST + timedelta(days=_DAYS - 1)
_ROUNDS = 3

_REPEATED = (
    # what details would say is made up: a topic of twelve, a function of eight, a score, a release a week
    """INSERT INTO conversation_facts BY NAME SELECT * EXCLUDE (day) REPLACE (
        date + day AS date, started_at + to_days(day) AS started_at, finished_at + to_days(day) AS finished_at,
        business_date + day AS business_date, isodow(business_date + day) AS local_weekday,
        conversation_id || '-' || day AS conversation_id, 'release ' || day // 7 AS deployment_id,
        ['topic ' || hash(conversation_id) % 12] AS topics,
        1 + hash(conversation_id, day) % 5 AS csat_score)
    FROM conversation_facts, (SELECT unnest(range(1, ?))::INTEGER AS day)""",
    """INSERT INTO loads BY NAME SELECT * EXCLUDE (day) REPLACE (date + day AS date)
    FROM loads, (SELECT unnest(range(1, ?))::INTEGER AS day)""",
)


def measure(port: int) -> list[Goal]:
    """Load a day, repeat it to a year in the warehouse, copy it, and ask all of it every question."""
    served = Served(port, _CALLS_A_DAY, first=_FIRST)
    with tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
        folder = make_project(Path(name), served)
        with served.running():
            work(folder, "ingest", *days_of(served))
        file, copy = folder / "data" / "polyai.duckdb", folder / "data" / "copy.duckdb"
        with duckdb.connect(str(file)) as connection:
            for statement in _REPEATED:
                connection.execute(statement, [_DAYS])
        now = datetime.now(UTC)
        began = time.perf_counter()
        make_copy(copy, CopySource(warehouse=Warehouse(str(file))), now)
        copied = time.perf_counter() - began
        with opened_copy(copy) as connection:
            return [*_questions(connection, now, copied), _report(connection, folder, now)]


def _questions(connection: duckdb.DuckDBPyConnection, now: datetime, copied: float) -> list[Goal]:
    taken: dict[str, float] = {}
    for name, question in packaged_questions().items():
        rounds = []
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            ask(connection, question, Period(_FIRST, _LAST), None, now)
            rounds.append(time.perf_counter() - began)
        taken[name] = sorted(rounds)[_ROUNDS // 2]
    how = ", ".join(f"{name} {seconds:.2f}" for name, seconds in taken.items())
    return [
        Goal(
            "the slowest question on a year of 5,000 calls a day",
            max(taken.values()),
            1,
            "s",
            how=f"{how}; the copy was made anew in {copied:.0f} s",
        )
    ]


def _report(connection: duckdb.DuckDBPyConnection, folder: Path, now: datetime) -> Goal:
    last = _FIRST + timedelta(days=_DAYS_OF_A_MILLION - 1)
    projects = tuple(
        name for (name,) in connection.execute("SELECT DISTINCT project FROM daily_kpis").fetchall()
    )
    began = time.perf_counter()
    write_page(connection, ReportScope(projects, _FIRST, last), folder / "report.html", now)
    return Goal("the report of 1,000,000 conversations", time.perf_counter() - began, 10, "s")
