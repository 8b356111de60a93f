"""What a page shows is what the calls say: every figure is counted again in Python from planted calls."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from statistics import mean
from typing import Any

import duckdb
import pytest

from polyai_assets.report.data import ReportData, ReportScope
from polyai_assets.report.page import render_page
from polyai_assets.report.read import loaded_projects, newest_day, read_report
from polyai_assets_tests.marts.planted import BANK, DESK, HOTEL, LAST, LOADED_AT, SETTLED_UNTIL, Call
from polyai_assets_tests.report.reading import read_page

SCOPE = ReportScope((BANK, HOTEL), date(2026, 10, 29), date(2026, 11, 7))


@pytest.fixture(scope="session")
def calls(planted_calls: list[Call]) -> list[Call]:
    return planted_calls


@pytest.fixture
def read(copied: duckdb.DuckDBPyConnection) -> ReportData:
    return read_report(copied, SCOPE)


def chosen(
    calls: list[Call], days: tuple[date, date], where: Callable[[Call], object] = lambda _: True
) -> list[Call]:
    return [
        call
        for call in calls
        if call["project"] in SCOPE.projects
        and days[0] <= call["business_date"] <= days[1]
        and not call["is_test"]
        and not call["in_progress"]
        and where(call)
    ]


def containment(calls: list[Call]) -> float:
    return sum(not call["handoff"] for call in calls) / len(calls)


def test_the_first_figures_are_of_all_calls_of_the_period_and_of_those_it_is_compared_with(
    read: ReportData, calls: list[Call]
) -> None:
    for row, days in (
        (read.total, (SCOPE.first, SCOPE.last)),
        (read.before, SCOPE.before),
        (read.same_weekdays, SCOPE.same_weekdays),
    ):
        of_them = chosen(calls, days)
        served = sum(call["outcome"] == "self-served" for call in of_them)
        handoffs = sum(call["handoff"] for call in of_them)
        scores = [call["csat_score"] for call in of_them if call["csat_score"] is not None]
        assert row["conversations"] == len(of_them)
        assert row["containment"] == pytest.approx(containment(of_them))
        assert row["containment_engaged"] == pytest.approx(served / (served + handoffs))
        assert row["aht"] == pytest.approx(
            mean(call["total_seconds"] for call in of_them if call["total_seconds"] is not None)
        )
        assert row["csat_mean"] == pytest.approx(mean(scores))
        assert row["csat_response_rate"] == pytest.approx(
            len(scores) / sum(bool(call["csat_offered"]) for call in of_them)
        )
        assert row["cost_saved"] == pytest.approx(sum(call["cost_saved"] or 0 for call in of_them))
        assert row["currencies"] == ["USD"]


def test_each_day_has_its_calls_and_says_whether_it_is_provisional(
    read: ReportData, calls: list[Call]
) -> None:
    assert [(row["business_date"], row["conversations"]) for row in read.days] == [
        (day, len(chosen(calls, (day, day)))) for day in SCOPE.days
    ]
    # the local day of a zone behind UTC ends on the next day of UTC
    assert read.provisional == [SETTLED_UNTIL, SETTLED_UNTIL + timedelta(days=1)]
    assert all(row["latency_p50"] is None for row in read.days), "percentiles of two projects cannot be added"


def test_sites_of_two_projects_that_have_one_name_are_told_apart_and_busiest_first(
    read: ReportData, calls: list[Call]
) -> None:
    expected = Counter((call["project"], call["site"]) for call in chosen(calls, (SCOPE.first, SCOPE.last)))
    of_one = {site for project, site in expected if sum(site == other for _, other in expected) == 1}

    assert "lab" in of_one
    assert {row["site"]: row["conversations"] for row in read.sites} == {
        site if site in of_one else f"{site or '(unknown)'} ({project})": count
        for (project, site), count in expected.items()
    }
    counts = [row["conversations"] for row in read.sites]
    assert counts == sorted(counts, reverse=True)
    assert all(row["low"] < row["containment"] < row["high"] for row in read.sites)


def test_a_mean_hour_is_of_all_days_with_that_weekday(read: ReportData, calls: list[Call]) -> None:
    of_them = chosen(calls, (SCOPE.first, SCOPE.last))
    days = [day.isoweekday() for day in SCOPE.days]
    row = max(read.hours, key=lambda hour: hour["started"])

    began = sum(
        (call["local_weekday"], call["local_hour"]) == (row["local_weekday"], row["local_hour"])
        for call in of_them
    )
    assert row["started"] == began
    assert row["per_hour"] == pytest.approx(began / days.count(row["local_weekday"]))
    assert sum(hour["started"] for hour in read.hours) == len(of_them)


def test_handoffs_topics_functions_and_releases_add_up_to_the_calls(
    read: ReportData, calls: list[Call]
) -> None:
    of_them = chosen(calls, (SCOPE.first, SCOPE.last))

    assert sum(row["handoffs"] for row in read.handoffs) == sum(call["handoff"] for call in of_them)
    assert {row["topic"]: row["conversations"] for row in read.topics} == {
        topic: sum(topic in call["topics"] for call in of_them) for topic in ("prices", "hours", "parking")
    }
    assert sum(row["calls"] for row in read.functions) == sum(call["function_calls"] for call in of_them)
    assert sum(row["errors"] for row in read.functions) == sum(call["function_errors"] for call in of_them)
    assert {(row["project"], row["deployment_id"]): row["conversations"] for row in read.releases} == Counter(
        (call["project"], call["deployment_id"]) for call in of_them if call["deployment_id"] is not None
    )


def test_every_day_of_every_project_has_a_state(read: ReportData, copied: duckdb.DuckDBPyConnection) -> None:
    late = read_report(copied, ReportScope((DESK,), LAST - timedelta(days=2), LAST + timedelta(days=1)))

    assert {row["state"] for row in read.states if row["date"] <= SETTLED_UNTIL} == {"settled"}
    assert len(read.states) == 2 * SCOPE.length
    assert [row["state"] for row in late.states] == ["settled", "complete", "provisional", "not loaded"]


def test_a_single_project_has_percentiles_of_its_latency(copied: duckdb.DuckDBPyConnection) -> None:
    data = read_report(copied, ReportScope((HOTEL,), SCOPE.first, SCOPE.last))

    assert all(row["latency_p95"] >= row["latency_p50"] > 0 for row in data.days)


def test_days_without_calls_make_a_page(copied: duckdb.DuckDBPyConnection) -> None:
    data = read_report(copied, ReportScope((HOTEL,), date(2020, 1, 1), date(2020, 1, 7)))

    assert data.total == {}
    assert "There are no calls" in read_page(render_page(data)).text


def test_the_copy_says_which_projects_and_which_newest_day_it_has(copied: duckdb.DuckDBPyConnection) -> None:
    assert loaded_projects(copied) == tuple(sorted([BANK, DESK, HOTEL]))
    assert newest_day(copied, [HOTEL], SCOPE.last) == SCOPE.last
    assert newest_day(copied, ["us-1/acme/none"], SCOPE.last) is None


def test_every_figure_of_a_page_has_its_declared_definition(read: ReportData) -> None:
    from polyai_assets.report import shown

    figures: list[Any] = [value for value in vars(shown).values() if isinstance(value, shown.ShownFigure)]

    assert [figure.name for figure in figures if figure.name not in read.footnotes] == []
    assert [
        name for figure in figures for name in (figure.name, *figure.cases) if name not in read.total
    ] == []


def test_it_is_known_until_when_each_project_is_loaded_and_whether_the_copy_is_old(
    copied: duckdb.DuckDBPyConnection,
) -> None:
    data = read_report(copied, SCOPE, LOADED_AT + timedelta(hours=24))

    assert data.loaded_until == dict.fromkeys(SCOPE.projects, LAST)
    assert not data.is_old
    assert read_report(copied, SCOPE, LOADED_AT + timedelta(hours=25)).is_old
