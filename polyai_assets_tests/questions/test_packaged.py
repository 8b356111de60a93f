"""Each packaged question, answered again in Python from the planted calls."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

import duckdb
import pytest

from polyai_assets.marts.copy_file import opened_copy
from polyai_assets.questions.ask import Period, QuestionAnswer, ask
from polyai_assets.questions.question import PACKAGED, packaged_questions
from polyai_assets_tests.marts import planted
from polyai_assets_tests.marts.conftest import copy_of
from polyai_assets_tests.marts.planted import BANK, FIRST, HOTEL, LAST, LOADED_AT, Call
from polyai_assets_tests.marts.test_facts import expected_repeats, is_real, key
from polyai_assets_tests.tiers import LONG

pytestmark = pytest.mark.slow

SINCE, UNTIL = date(2026, 10, 28), date(2026, 11, 5)
Z = 1.959963984540054
Rows = list[dict[str, Any]]


def asked(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    since: date = SINCE,
    until: date = UNTIL,
    project: str | None = None,
) -> QuestionAnswer:
    return ask(connection, packaged_questions()[name], Period(since, until), project, LOADED_AT)


def rows(connection: duckdb.DuckDBPyConnection, name: str, **given: Any) -> Rows:
    return asked(connection, name, **given).result.objects


def calls_of(calls: list[Call], since: date = SINCE, until: date = UNTIL, **wanted: object) -> list[Call]:
    return [
        call
        for call in calls
        if is_real(call)
        and since <= call["business_date"] <= until
        and all(call[name] == value for name, value in wanted.items())
    ]


def share(calls: Iterable[Call], where: Callable[[Call], object]) -> float | None:
    found = [bool(where(call)) for call in calls]
    return mean(found) if found else None


def wilson(k: int, n: int) -> tuple[float, float]:
    """Solve (p - k/n)^2 = z^2 p (1 - p) / n, of which the bounds are the roots."""
    a, b, c = 1 + Z**2 / n, -(2 * k / n + Z**2 / n), (k / n) ** 2
    root = sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def test_by_site_compares_a_day_with_its_weekday_and_all_days_with_as_many_before(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    found = {(row["project"], row["site"], row["day"]): row for row in rows(copied, "by-site")}
    for (project, site, day), row in found.items():
        where: dict[str, object] = {"project": project, "site": None if site == "(none)" else site}
        if day == "all days":
            mine = calls_of(planted_calls, **where)
            length = (UNTIL - SINCE).days + 1
            before = calls_of(
                planted_calls, SINCE - timedelta(days=length), SINCE - timedelta(days=1), **where
            )
        else:
            on = date.fromisoformat(day)
            mine = calls_of(planted_calls, on, on, **where)
            before = calls_of(planted_calls, on - timedelta(days=7), on - timedelta(days=7), **where)
        timed = [call["total_seconds"] for call in mine if call["total_seconds"] is not None]
        assert (row["calls"], row["calls_before"]) == (len(mine), len(before))
        assert row["containment"] == pytest.approx(share(mine, lambda call: not call["handoff"]))
        assert row["aht"] == pytest.approx(mean(timed) if timed else None)
        assert row["change"] == (pytest.approx(len(mine) / len(before) - 1) if before else None)
    days = {(project, site) for project, site, day in found if day != "all days"}
    assert {(project, site) for project, site, day in found if day == "all days"} == days
    assert len(found) > 80


def test_containment_has_its_three_readings(copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]):
    found = {
        row["reading"]: row for row in rows(copied, "containment", project=HOTEL, since=FIRST, until=LAST)
    }
    mine = calls_of(planted_calls, FIRST, LAST, project=HOTEL)
    engaged = [call for call in mine if call["outcome"] in ("self-served", "handoff")]
    assert found["dashboard"]["containment"] == pytest.approx(share(mine, lambda call: not call["handoff"]))
    assert found["engaged"]["containment"] == pytest.approx(share(engaged, lambda call: not call["handoff"]))
    assert found["engaged"]["calls"] == len(engaged)
    low, high = wilson(sum(not call["handoff"] for call in mine), len(mine))
    assert (found["dashboard"]["low"], found["dashboard"]["high"]) == pytest.approx((low, high))
    judged = copied.execute(
        "SELECT count(*) FILTER (contained_24h) / count(contained_24h) FROM calls WHERE project = ? "
        "AND business_date BETWEEN ? AND ?",
        [HOTEL, FIRST, LAST],
    ).fetchall()
    assert found["24 hours"]["containment"] == pytest.approx(judged[0][0])
    assert found["dashboard"]["period_before"] is None


def test_a_share_of_too_few_calls_is_not_shown(copied: duckdb.DuckDBPyConnection):
    (row, *_) = rows(copied, "containment", project=HOTEL, since=FIRST, until=FIRST)
    assert 0 < row["calls"] < 50
    assert (row["containment"], row["low"], row["note"]) == (None, None, "fewer than 50 calls")


def test_why_handoff_counts_reasons_and_where_to(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    expected: dict[tuple[str, str], list[Call]] = defaultdict(list)
    handed = calls_of(planted_calls, project=BANK, handoff=True)
    for call in handed:
        place = (call["handoff_reason"] or "(none given)", call["handoff_destination"] or "(none given)")
        expected[place].append(call)
    found = rows(copied, "why-handoff", project=BANK)
    assert {(row["reason"], row["destination"]): row["calls"] for row in found} == {
        place: len(calls) for place, calls in expected.items()
    }
    for row in found:
        calls = expected[row["reason"], row["destination"]]
        assert row["share"] == pytest.approx(len(calls) / len(handed))
        assert row["user_turns"] == pytest.approx(mean(call["user_turns"] for call in calls))
        assert row["asked_at_once"] == pytest.approx(share(calls, lambda call: call["user_turns"] <= 1))


def test_who_called_back_lists_the_soonest_of_those_that_were_not_handed_off(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    by_key = {key(call): call for call in planted_calls}
    pairs = [(by_key[first], by_key[then]) for first, then in expected_repeats(planted_calls).items()]
    expected = sorted(
        (
            max((then["started_at"] - first["finished_at"]).total_seconds(), 0) / 3600,
            first["conversation_id"],
            then["project"],
            then["conversation_id"],
            then["outcome"],
        )
        for first, then in pairs
        if first in calls_of(planted_calls, SINCE - timedelta(2), project=HOTEL, handoff=False)
    )
    found = rows(copied, "who-called-back", project=HOTEL, since=SINCE - timedelta(2))
    assert [
        (
            pytest.approx(row["hours"]),
            row["conversation_id"],
            row["project_then"],
            row["conversation_then"],
            row["outcome_then"],
        )
        for row in found
    ] == expected[:100]
    assert {row["of"] for row in found} == {len(expected)}


def test_a_release_is_compared_with_the_same_weekdays_before(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    found = {row["figure"]: row for row in rows(copied, "release", project=HOTEL, since=FIRST, until=LAST)}
    mine = calls_of(planted_calls, FIRST, LAST, project=HOTEL)
    began = min(call["started_at"] for call in mine if call["deployment_id"] == "d2")
    week = timedelta(days=7)
    after = [call for call in mine if began <= call["started_at"] <= began + week]
    before = [
        call for call in mine if began - week <= call["started_at"] <= began and call["deployment_id"] == "d1"
    ]
    row = found["handoff rate"]
    assert (row["deployment_id"], row["message"]) == ("d2", "faster answers")
    assert row["began"] == began
    assert (row["calls_before"], row["calls_after"]) == (len(before), len(after))
    assert row["before"] == pytest.approx(share(before, lambda call: call["handoff"]))
    assert row["after"] == pytest.approx(share(after, lambda call: call["handoff"]))
    slow = found["slow turns"]
    turns = [latency > 2 for call in after for latency in call["_latencies"]]
    assert slow["after"] == pytest.approx(mean(turns))
    scores = [
        call["poly_score"] for call in after if call["poly_score"] and call["poly_score_scale"] == "1-5"
    ]
    assert found["PolyScore"]["after"] == pytest.approx(mean(scores))
    errors = sum(call["function_errors"] for call in before) / sum(call["function_calls"] for call in before)
    assert found["function errors"]["before"] == pytest.approx(errors)


def test_a_planted_difference_of_arms_is_found_with_its_bounds(copied: duckdb.DuckDBPyConnection):
    arms = "d-control and d-variant"
    found = {row["figure"]: row for row in rows(copied, "ab") if row["test"] == arms}
    row = found["containment"]
    assert (row["test"], row["control_calls"], row["variant_calls"]) == (arms, 150, 150)
    assert (row["control"], row["variant"], row["difference"]) == pytest.approx((0.6, 0.8, 0.2))
    (low1, high1), (low2, high2) = wilson(90, 150), wilson(120, 150)
    assert row["low"] == pytest.approx(0.2 - sqrt((0.8 - low2) ** 2 + (high1 - 0.6) ** 2))
    assert row["high"] == pytest.approx(0.2 + sqrt((high2 - 0.8) ** 2 + (0.6 - low1) ** 2))
    assert row["reading"] == "the variant is higher"
    assert found["CSAT of 4 and 5"]["reading"].startswith("too few to judge")


@LONG
def test_two_deployments_side_by_side_are_a_test_and_one_after_the_other_is_none(tmp_path: Path):
    begin = datetime(2026, 11, 1, tzinfo=UTC)

    def made(name: str, n: int, hours: float, *, handoff: bool = False) -> Call:
        return planted.call(
            HOTEL,
            begin + timedelta(hours=hours),
            conversation_id=f"{name}-{n}",
            deployment_id=name,
            handoff=handoff,
        )

    calls = [
        *(made("old", n, n / 2, handoff=n % 2 == 0) for n in range(200)),
        *(made("new", n, 0.1 + n / 2, handoff=n % 10 == 0) for n in range(200)),
        *(made("next", n, 101 + n / 10) for n in range(20)),
    ]
    with opened_copy(copy_of(tmp_path, calls)) as connection:
        (row, *_) = rows(connection, "ab", since=FIRST, until=LAST)
        others = {row["test"] for row in rows(connection, "ab", since=FIRST, until=LAST)}
    assert others == {"old and new"}
    assert (row["control_calls"], row["variant_calls"]) == (199, 199)
    assert row["variant"] == pytest.approx(1 - 20 / 199)
    assert row["reading"] == "the variant is higher"


def test_csat_is_shown_from_thirty_answers_on_with_its_response_rate(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    mine = calls_of(planted_calls, project=HOTEL, csat_offered=True)
    seen = set()
    for row in rows(copied, "csat", project=HOTEL):
        calls = [call for call in mine if row["kind"] != "topic" or row["name"] in call["topics"]]
        scores = [call["csat_score"] for call in calls if call["csat_score"] is not None]
        assert (row["answers"], row["offered"]) == (len(scores), len(calls))
        assert row["response_rate"] == pytest.approx(len(scores) / len(calls))
        assert row["csat"] == (pytest.approx(mean(scores)) if len(scores) >= 30 else None)
        assert bool(row["note"]) == (len(scores) < 30)
        seen.add(bool(row["note"]))
    assert seen == {True, False}


def test_listen_draws_twenty_calls_with_the_most_reasons_and_the_same_ones_again(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    repeats = expected_repeats(planted_calls)
    by_key = {key(call): call for call in planted_calls}

    def reasons(call: Call) -> int:
        then = by_key.get(repeats.get(key(call), ()))
        soon = then is not None and then["started_at"] <= call["finished_at"] + timedelta(days=1)
        return sum([
            call["poly_score"] is not None and call["poly_score"] <= 2 and call["poly_score_scale"] == "1-5",
            call["csat_score"] is not None and call["csat_score"] <= 2,
            call["function_errors"] > 0,
            call["abandon_rule"] is not None,
            soon and not call["handoff"],
            call["slow_turns"] >= 3,
        ])  # fmt: skip

    ranked = sorted(
        (-reasons(call), hashlib.md5(call["conversation_id"].encode()).hexdigest(), call["conversation_id"])
        for call in calls_of(planted_calls, project=HOTEL)
        if reasons(call)
    )
    found = rows(copied, "listen", project=HOTEL)
    assert [row["conversation_id"] for row in found] == [name for *_, name in ranked[:20]]
    assert all(row["why"].count(",") + 1 == -ranked[place][0] for place, row in enumerate(found))


def test_functions_are_counted_with_their_failures_and_times(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    found = {row["name"]: row for row in rows(copied, "functions", project=HOTEL)}
    mine = calls_of(planted_calls, project=HOTEL)
    for place, name in enumerate(["lookup", "book"]):
        calls = [
            (0.5 + position, position < call["function_errors"])
            for call in mine
            for position in range(call["function_calls"])
            if position % 2 == place
        ]
        row = found[name]
        assert (row["times"], row["errors"]) == (len(calls), sum(failed for _, failed in calls))
        assert row["seconds"] == pytest.approx(sum(seconds for seconds, _ in calls))
        percentiles = quantiles([seconds for seconds, _ in calls], n=100, method="inclusive")
        assert (row["p50"], row["p95"]) == pytest.approx((percentiles[49], percentiles[94]))


def test_cost_adds_up_what_calls_cost_and_saved(copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]):
    for row in rows(copied, "cost", project=HOTEL):
        site = None if row["site"] == "(none)" else row["site"]
        mine = calls_of(planted_calls, project=HOTEL, site=site)
        saved = [call["cost_saved"] for call in mine if call["cost_saved"] is not None]
        assert row["calls"] == len(mine)
        assert row["saved"] == pytest.approx(sum(saved))
        assert row["agent"] == pytest.approx(sum(call["cost_agent"] for call in mine))
        assert row["agent_per_call"] == pytest.approx(row["agent"] / len(mine))
        assert (row["agent_per_minute"], row["human_per_minute"]) == (0.2, 0.9)


@pytest.mark.parametrize("name", PACKAGED)
def test_every_question_is_answered_alike_each_time_and_says_what_it_means(
    copied: duckdb.DuckDBPyConnection, name: str
):
    answer = asked(copied, name, since=FIRST, until=LAST)
    assert answer.result.rows, name
    assert answer.result == asked(copied, name, since=FIRST, until=LAST).result
    assert len(answer.question.title) > 15
    assert len(answer.question.meaning) > 80
    assert answer.provisional == [FIRST, *(LAST - timedelta(days=back) for back in (2, 1, 0))]
    assert any("Provisional" in note and str(LAST) in note for note in answer.notes)


@pytest.mark.parametrize("name", PACKAGED)
def test_a_question_of_days_without_calls_says_so(copied: duckdb.DuckDBPyConnection, name: str):
    answer = asked(copied, name, since=date(2020, 1, 1), until=date(2020, 1, 7))
    assert answer.result.rows == []
    assert "The copy has no call from 2020-01-01 to 2020-01-07." in answer.notes


def test_the_release_began_on_a_thursday() -> None:
    assert datetime(2026, 10, 29, 9, tzinfo=UTC).isoweekday() == 4
