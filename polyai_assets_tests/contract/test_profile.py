"""Comparing the profile of a day with those of the days before it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.drift import MOST_PATHS, OTHERS, Drift, DriftKind
from polyai_assets.contract.profile import FILLED, HOUR, METRIC, WORD, Count, Fact, Past, compare

TODAY = date(2026, 3, 15)
Facts = dict[Fact, Count]

USUAL: Facts = {
    (FILLED, "turns", ""): Count(40, 40),
    (FILLED, "from_number", ""): Count(40, 40),
    (FILLED, "handoff_reason", ""): Count(2, 40),
    (WORD, "channel", "PIGEON"): Count(40, 40),
    (METRIC, "metrics", "CSAT"): Count(30, 40),
    **{(HOUR, "", f"{hour:02d}"): Count(20, 40) for hour in (10, 11)},
}
"""A day of 40 conversations, 20 each in two hours."""


def past(facts: Facts = USUAL, days: int = 7) -> Past:
    week = {TODAY - timedelta(days=back): facts for back in range(days, 0, -1)}
    known = {fact for fact, one in facts.items() if one.count}
    return Past(known, dict.fromkeys(week, 40), week, TODAY - timedelta(days=7) if days >= 7 else None)


def without(*facts: Fact) -> Facts:
    return {fact: one for fact, one in USUAL.items() if fact not in facts}


def empty(*facts: Fact) -> Facts:
    return USUAL | {fact: Count(0, USUAL[fact].total) for fact in facts}


def test_a_day_like_those_before_has_no_findings():
    assert compare(USUAL, past(), None) == []


def test_the_first_day_is_the_baseline():
    assert compare(USUAL, Past(), None) == []


def test_a_word_nobody_has_seen_is_new():
    today = USUAL | {(WORD, "channel", "FAX"): Count(3, 40)}
    assert compare(today, past(), None) == [Drift("channel: FAX", DriftKind.NEW_VALUE, 3, 40)]


def test_a_word_of_the_contract_is_known_though_nobody_has_seen_it():
    today = USUAL | {(WORD, "channel", "SMS"): Count(3, 40), (WORD, "environment", "scenarios"): Count(1, 40)}
    assert compare(today, past(), None, declared=PACKAGED.never_new) == []


def test_a_metric_nobody_has_seen_is_new():
    today = USUAL | {(METRIC, "metrics", "NPS"): Count(3, 40)}
    assert compare(today, past(), None) == [Drift("metrics.NPS", DriftKind.NEW_METRIC, 3, 40)]


def test_a_metric_so_rare_that_it_may_never_have_been_met_is_no_news():
    rare, frequent = ({(METRIC, "metrics", "NPS"): Count(count, 40)} for count in (1, 8))
    assert compare(USUAL | rare, past(days=1), None) == []
    assert len(compare(USUAL | frequent, past(days=1), None)) == 1
    assert compare(USUAL | rare, past(days=7), None) == []
    assert len(compare(USUAL | rare, past(days=10), None)) == 1


def test_a_source_that_invents_metrics_has_one_finding_for_the_rest():
    invented: Facts = {(METRIC, "metrics", f"m{number}"): Count(8, 40) for number in range(MOST_PATHS + 30)}
    found = compare(USUAL | invented, past(), None)
    assert len(found) == MOST_PATHS + 1
    assert (found[-1].path, found[-1].count) == (OTHERS, 240)


@pytest.mark.parametrize("path", ["turns", "from_number"])
def test_what_was_there_all_week_and_is_empty_now_is_gone(path: str):
    (found,) = compare(empty((FILLED, path, "")), past(), None)
    assert (found.path, found.kind, found.count, found.total) == (path, DriftKind.GONE, 40, 40)
    assert found.example == "280 of 280 in the week before"


def test_what_is_rare_may_be_absent_for_a_day():
    assert compare(empty((FILLED, "handoff_reason", "")), past(), None) == []


def test_what_is_missing_of_few_conversations_may_be_chance():
    today = {fact: Count(0, 5) for fact in USUAL if fact[0] == FILLED}
    assert compare(today, past(days=6), None) == []


def test_what_is_told_already_is_not_told_as_gone_too():
    assert compare(empty((FILLED, "from_number", "")), past(), None, found_before={"from_number"}) == []


def test_a_metric_that_stopped_coming_is_gone():
    (found,) = compare(without((METRIC, "metrics", "CSAT")), past(), None)
    assert (found.path, found.kind) == ("metrics.CSAT", DriftKind.GONE)


def test_a_metric_that_came_on_some_days_only_counts_by_all_of_them():
    rare = past(without((METRIC, "metrics", "CSAT")))
    rare.week[TODAY - timedelta(days=3)] = USUAL
    assert compare(without((METRIC, "metrics", "CSAT")), rare, None) == []


def test_what_never_comes_on_this_day_of_the_week_is_not_missed():
    week = past()
    week.week[TODAY - timedelta(days=7)] = empty((FILLED, "from_number", ""))
    assert compare(empty((FILLED, "from_number", "")), week, None) == []


@pytest.mark.parametrize(("conversations", "told"), [(8, False), (2, True)])
def test_a_quiet_day_a_week_before_shows_what_is_usual_if_it_was_not_too_quiet(
    conversations: int, told: bool
):
    week = past()
    week.week[TODAY - timedelta(days=7)] = {(FILLED, "from_number", ""): Count(0, conversations)}
    assert bool(compare(empty((FILLED, "from_number", "")), week, None)) is told


def test_what_is_not_in_half_of_the_records_is_missed_only_beside_the_same_day_of_the_week():
    usual = USUAL | {(FILLED, "handoff", ""): Count(16, 40)}
    today = USUAL | {(FILLED, "handoff", ""): Count(0, 40)}
    assert compare(today, past(usual, days=6), None) == []
    assert [one.path for one in compare(today, past(usual), None)] == ["handoff"]


def test_what_is_gone_is_told_on_the_next_day_too():
    week = past()
    week.week[TODAY - timedelta(days=1)] = empty((FILLED, "turns", ""))
    assert [one.path for one in compare(empty((FILLED, "turns", "")), week, None)] == ["turns"]


def test_metrics_that_are_gone_altogether_are_one_finding():
    usual = USUAL | {(FILLED, "metrics", ""): Count(40, 40)}
    today = {fact: one for fact, one in usual.items() if fact[0] != METRIC}
    today[FILLED, "metrics", ""] = Count(0, 40)
    assert [one.path for one in compare(today, past(usual), None)] == ["metrics"]


def test_hours_that_always_had_conversations_and_have_none_are_one_finding_a_stretch():
    today = without((HOUR, "", "10"), (HOUR, "", "11"))
    (found,) = compare(today, past(), None)
    assert found == Drift(
        "conversations by hour", DriftKind.GONE, 40, 40, "10:00 to 11:59 UTC, 40 a week before"
    )


def test_hours_that_are_not_over_are_not_missed():
    today = without((HOUR, "", "10"), (HOUR, "", "11"))
    (found,) = compare(today, past(), datetime(2026, 3, 15, 11, 30, tzinfo=UTC))
    assert found.example.startswith("10:00 to 10:59 UTC")
    assert compare(today, past(), datetime(2026, 3, 15, 10, 59, tzinfo=UTC)) == []


def test_an_hour_that_is_silent_on_this_day_of_the_week_is_not_missed():
    week = past()
    week.week[TODAY - timedelta(days=7)] = without((HOUR, "", "10")) | {(HOUR, "", "10"): Count(2, 40)}
    assert compare(without((HOUR, "", "10")), week, None) == []


@pytest.mark.parametrize(("silent_days", "told"), [(1, True), (2, True), (3, False)])
def test_an_outage_is_told_for_three_days_until_it_is_usual(silent_days: int, told: bool):
    week = past()
    for back in range(1, silent_days + 1):
        week.week[TODAY - timedelta(days=back)] = without((HOUR, "", "10"))
    assert bool(compare(without((HOUR, "", "10")), week, None)) is told


def test_hours_are_compared_with_a_whole_week_only():
    assert compare(without((HOUR, "", "10")), past(days=6), None) == []


def test_an_hour_with_few_conversations_may_be_empty_by_chance():
    quiet = USUAL | {(HOUR, "", "03"): Count(1, 40)}
    assert compare(USUAL, past(quiet), None) == []
