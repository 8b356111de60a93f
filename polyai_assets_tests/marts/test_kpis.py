"""Every figure of the tables of KPIs, counted again in Python from the planted calls."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from polyai_assets.contract.marts import LEVELS
from polyai_assets.contract.measures import MEASURES
from polyai_assets_tests.marts.planted import FIRST, LAST, RESTATED_AT, SETTLED_UNTIL, ZONES, Call
from polyai_assets_tests.marts.test_facts import is_real

Count = Callable[[list[Call]], Any]


def total(name: str, where: Callable[[Call], object] = lambda _: True) -> Count:
    def count(calls: list[Call]) -> float | None:
        values = [call[name] for call in calls if call[name] is not None and where(call)]
        return sum(values) if values else None

    return count


def number(where: Callable[[Call], object]) -> Count:
    return lambda calls: sum(bool(where(call)) for call in calls)


def known(name: str) -> Count:
    return number(lambda call: call[name] is not None)


def percentile(values: Iterable[float | None], share: int) -> float | None:
    found = [value for value in values if value is not None]
    if len(found) < 2:
        return found[0] if found else None
    return quantiles(found, n=100, method="inclusive")[share - 1]


def on_new_scale(call: Call) -> bool:
    return call["poly_score_scale"] == "1-5"


EXPECTED: dict[str, Count] = {
    "conversations": len,
    "engaged": number(lambda call: call["is_engaged"]),
    "not_engaged": number(lambda call: not call["is_engaged"] and not call["handoff"]),
    "handoffs": number(lambda call: call["handoff"]),
    "handoff_known": known("handoff"),
    "contained": number(lambda call: not call["handoff"]),
    "self_served": number(lambda call: call["outcome"] == "self-served"),
    "abandoned": number(lambda call: call["outcome"] == "abandoned"),
    "abandoned_chat": number(lambda call: call["abandon_rule"] == "chat metric"),
    "abandoned_short": number(lambda call: call["abandon_rule"] == "short"),
    "total_seconds": total("total_seconds"),
    "timed": known("total_seconds"),
    "agent_seconds": total("agent_seconds"),
    "agent_timed": known("agent_seconds"),
    "human_seconds": total("human_seconds"),
    "turns": total("num_turns"),
    "user_turns": total("user_turns"),
    "user_words": total("user_words"),
    "agent_words": total("agent_words"),
    "user_worded": known("user_words"),
    "agent_worded": known("agent_words"),
    "silences": total("num_silences"),
    "ood_turns": total("num_ood"),
    "barge_ins": total("barge_ins"),
    "measured_turns": total("measured_turns"),
    "slow_turns": lambda calls: sum(latency > 2 for call in calls for latency in call["_latencies"]),
    "latency_seconds": lambda calls: sum(latency for call in calls for latency in call["_latencies"]),
    "latency_p50": lambda calls: percentile((each for call in calls for each in call["_latencies"]), 50),
    "latency_p95": lambda calls: percentile((each for call in calls for each in call["_latencies"]), 95),
    "first_latency_p50": lambda calls: percentile((call["first_latency"] for call in calls), 50),
    "csat_offered": number(lambda call: call["csat_offered"]),
    "csat_answers": known("csat_score"),
    "csat_sum": total("csat_score"),
    "csat_top2": number(lambda call: (call["csat_score"] or 0) >= 4),
    "csat_bottom2": number(lambda call: (call["csat_score"] or 9) <= 2),
    "scored": number(lambda call: call["poly_score"] is not None and on_new_scale(call)),
    "poly_score_sum": total("poly_score", on_new_scale),
    "poly_score_pending": number(lambda call: call["poly_score_state"] == "pending"),
    "with_functions": number(lambda call: call["function_calls"] > 0),
    "function_calls": total("function_calls"),
    "function_errors": total("function_errors"),
    "flagged": number(lambda call: call["is_safety_flagged"]),
    "on_default_variant": number(lambda call: call["is_default_variant"]),
    "final": number(lambda call: call["date"] <= SETTLED_UNTIL),
    "cost_agent": total("cost_agent"),
    "cost_human": total("cost_human"),
    "cost_saved": total("cost_saved"),
    "currency": lambda calls: "USD",
}

KEYS = {
    "part": ("channel_group", "direction", "site"),
    "site": ("site",),
    "channel": ("channel_group",),
    "project": (),
}


def test_every_measure_is_counted_again_here():
    between_calls = {"contained_24h", "judged_24h", "contained_7d", "judged_7d", "contact_unknown"}
    assert {measure.name for measure in MEASURES} == EXPECTED.keys() | between_calls


@pytest.mark.parametrize("level", LEVELS)
def test_every_measure_of_every_day_equals_what_is_counted_by_hand(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call], level: str
):
    parts: dict[tuple[Any, ...], list[Call]] = defaultdict(list)
    for call in filter(is_real, planted_calls):
        parts[call["project"], call["business_date"], *(call[key] for key in KEYS[level])].append(call)
    expected = {
        part: [pytest.approx(count(calls)) for count in EXPECTED.values()] for part, calls in parts.items()
    }
    keys = ", ".join(["project", "business_date", *KEYS[level]])
    rows = copied.execute(
        f"SELECT {keys}, {', '.join(EXPECTED)} FROM daily_kpis WHERE level = ?", [level]
    ).fetchall()
    width = 2 + len(KEYS[level])
    assert {row[:width]: list(row[width:]) for row in rows} == expected
    assert len(rows) == len(parts)


def test_figures_between_calls_are_those_of_the_calls(copied: duckdb.DuckDBPyConnection):
    columns = "contained_24h, judged_24h, contained_7d, judged_7d, contact_unknown"
    assert copied.execute(
        f"SELECT project, business_date, {columns} FROM daily_kpis WHERE level = 'project' ORDER BY ALL"
    ).fetchall() == copied.execute(
        "SELECT project, business_date, count(*) FILTER (contained_24h), count(contained_24h), "
        "count(*) FILTER (contained_7d), count(contained_7d), count(*) FILTER (NOT is_contact_known) "
        "FROM calls GROUP BY ALL ORDER BY ALL"
    ).fetchall()  # fmt: skip


def test_a_day_is_provisional_until_both_utc_days_are_settled(
    copied: duckdb.DuckDBPyConnection,
):
    rows = copied.execute(
        "SELECT project, business_date, provisional FROM daily_kpis WHERE level = 'project'"
    ).fetchall()

    def is_provisional(project: str, day: date) -> bool:
        zone = ZoneInfo(ZONES[project])
        begin = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        after = day + timedelta(days=1)
        end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
        touched = (begin.date(), (end - timedelta(seconds=1)).date())
        return any(not FIRST <= date_ <= SETTLED_UNTIL for date_ in touched)

    assert {(project, day): value for project, day, value in rows} == {
        (project, day): is_provisional(project, day) for project, day, _ in rows
    }
    assert {value for _, _, value in rows} == {True, False}


def test_a_restated_day_says_when(copied: duckdb.DuckDBPyConnection):
    found = copied.execute(
        "SELECT DISTINCT restated_at FROM daily_kpis WHERE restated_at IS NOT NULL"
    ).fetchall()
    assert found == [(RESTATED_AT,)]


def instants(call: Call) -> tuple[datetime, datetime] | None:
    end = call["finished_at"]
    return None if end is None or end <= call["started_at"] else (call["started_at"], end)


def peak(calls: list[Call], project: str, day: date, hour: int) -> int | None:
    """Count what goes on at every moment of a local hour at which anything begins, or the hour itself does."""
    zone = ZoneInfo(ZONES[project])
    spans = [span for call in calls if (span := instants(call))]
    moments = [start for start, _ in spans]
    quarter = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    moments += [quarter + timedelta(minutes=15 * n) for n in range(4 * 72)]
    within = [
        moment
        for moment in moments
        if (local := moment.astimezone(zone)).date() == day and local.hour == hour
    ]
    found = max((sum(start <= moment < end for start, end in spans) for moment in within), default=0)
    return found or None


@pytest.mark.parametrize(
    ("project", "day", "hour", "minutes"),
    [
        ("us-1/acme/card-support", date(2026, 10, 25), 2, 120),
        ("us-1/acme/card-support", date(2026, 10, 25), 3, 60),
        ("us-1/acme/hotel-bot", date(2026, 11, 1), 1, 120),
        ("uk-1/acme/reception", date(2026, 11, 1), 12, 60),
    ],
)
def test_an_hour_is_as_long_as_clocks_make_it(
    copied: duckdb.DuckDBPyConnection, project: str, day: date, hour: int, minutes: int
):
    found = copied.execute(
        "SELECT minutes FROM hourly_load WHERE level = 'project' AND project = ? AND business_date = ? "
        "AND local_hour = ?",
        [project, day, hour],
    ).fetchall()
    assert found == [(minutes,)]


@pytest.mark.parametrize("level", ["project", "site"])
def test_the_load_of_every_hour_equals_what_is_counted_by_hand(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call], level: str
):
    real = [call for call in planted_calls if is_real(call)]
    days = {date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 3)}
    rows = copied.execute(
        "SELECT project, site, business_date, local_hour, started, peak_concurrent FROM hourly_load WHERE level = ?",
        [level],
    ).fetchall()
    starts = Counter(
        (
            call["project"],
            call["site"] if level == "site" else None,
            call["business_date"],
            call["local_hour"],
        )
        for call in real
    )
    assert {row[:4]: row[4] for row in rows if row[4]} == starts
    checked = [row for row in rows if row[2] in days]
    for project, site, day, hour, _, peak_found in checked:
        calls = [
            call
            for call in real
            if call["project"] == project and (level == "project" or call["site"] == site)
        ]
        assert peak_found == peak(calls, project, day, hour), (project, site, day, hour)
    assert len(checked) > 100


def test_the_peak_of_a_day_is_that_of_its_busiest_hour(copied: duckdb.DuckDBPyConnection):
    wrong = copied.execute(
        "SELECT * FROM daily_kpis d WHERE peak_concurrent IS DISTINCT FROM CASE WHEN level IN ('site', 'project') THEN "
        "(SELECT max(h.peak_concurrent) FROM hourly_load h WHERE (h.project, h.business_date, h.level) = "
        "(d.project, d.business_date, d.level) AND h.site IS NOT DISTINCT FROM d.site) END"
    ).fetchall()
    assert wrong == []


def test_topics_handoffs_and_functions_equal_what_is_counted_by_hand(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    real = [call for call in planted_calls if is_real(call)]
    topics = Counter(
        (call["project"], call["business_date"], topic) for call in real for topic in call["topics"]
    )
    twice = Counter(
        (call["project"], call["business_date"], call["topics"][0]) for call in real if call["topics"]
    )
    assert {
        row[:3]: row[3:]
        for row in copied.execute(
            "SELECT project, business_date, topic, conversations, lookups FROM topic_daily"
        ).fetchall()
    } == {key: (count, count + twice[key]) for key, count in topics.items()}

    reasons = Counter(
        (call["project"], call["business_date"], call["handoff_reason"] or "(none given)")
        for call in real
        if call["handoff"]
    )
    assert {
        row[:3]: row[3]
        for row in copied.execute(
            "SELECT project, business_date, reason, sum(handoffs)::BIGINT FROM handoff_daily GROUP BY ALL"
        ).fetchall()
    } == reasons

    called = Counter(
        (call["project"], call["business_date"], ["lookup", "book"][place % 2])
        for call in real
        for place in range(call["function_calls"])
    )
    failed = Counter(
        (call["project"], call["business_date"], ["lookup", "book"][place % 2])
        for call in real
        for place in range(call["function_errors"])
    )
    assert {
        row[:3]: row[3:]
        for row in copied.execute(
            "SELECT project, business_date, name, calls, errors FROM function_daily"
        ).fetchall()
    } == {key: (count, failed[key]) for key, count in called.items()}


def test_days_of_two_months_and_of_none_are_there_once(copied: duckdb.DuckDBPyConnection):
    days = copied.execute(
        "SELECT min(business_date), max(business_date), count(*) = count(DISTINCT (project, business_date)) "
        "FROM daily_kpis WHERE level = 'project'"
    ).fetchall()
    assert days == [(FIRST - timedelta(days=1), LAST + timedelta(days=1), True)]


def test_the_catalog_of_metrics_says_whose_they_are_since_when_and_of_which_kinds(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    calls: dict[str, list[date]] = defaultdict(list)
    met: dict[tuple[str, str], list[tuple[date, list[str]]]] = defaultdict(list)
    for call in filter(is_real, planted_calls):
        calls[call["project"]].append(call["business_date"])
        for name, values in call.get("_metrics", {}).items():
            met[call["project"], name].append((call["business_date"], values))
    kinds = {
        "CSAT_SCORE": ("platform", ["number", "text"]),
        "REPEAT_CALLER_QA": ("platform", ["text"]),
        "BOOKED": ("custom", ["boolean"]),
        "ROOMS": ("custom", ["number"]),
    }
    expected = set()
    for (project, name), listed in met.items():
        first, last = min(day for day, _ in listed), max(day for day, _ in listed)
        since = sum(day >= first for day in calls[project])
        different = max(
            len({value for on, values in listed if on == day for value in values}) for day, _ in listed
        )
        expected.add(
            (project, name, *map(str, kinds[name]), first, last, len(listed), len(listed) / since, different)
        )
    found = copied.execute(
        "SELECT project, name, origin, kinds, first_seen, last_seen, conversations, share, distinct_values "
        "FROM metric_catalog"
    ).fetchall()
    assert len(found) == len(kinds) * len(ZONES)
    assert {(*row[:3], str(row[3]), *row[4:]) for row in found} == expected
    assert copied.execute("SELECT sum(value_count) FROM metric_daily").fetchall() == [
        (sum(len(values) for listed in met.values() for _, values in listed),)
    ]
