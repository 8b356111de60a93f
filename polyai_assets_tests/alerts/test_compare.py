"""What is told: new, worse, resolved; nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.alerts.compare import Changes, KnownFinding, LastReport, compare
from polyai_assets.alerts.finding import Finding
from polyai_assets.raw.trouble import MOST_FAILURES
from polyai_assets_tests.alerts.conftest import DAY, HOUR, NOW, finding

ONE, OTHER = finding(), finding(path="channel", kind="new value", severity="WARN")
RED = finding(check="complete", kind="red", path="2026-11-03", count=1, share=None)


def judged(
    found: list[Finding],
    known: list[KnownFinding],
    *,
    undecided: tuple[Finding, ...] = (),
    notifies: bool = True,
) -> Changes:
    return compare(found, known, lambda one: one in undecided, NOW, notifies=notifies)


def known(one: Finding, **told: object) -> KnownFinding:
    return KnownFinding(
        one,
        NOW - HOUR,
        LastReport(
            **{
                "severity": one.severity,
                "share": one.share,
                "count": one.count,
                "until": one.last_seen,
                **told,
            }
        ),
    )


def test_what_is_found_for_the_first_time_is_told():
    changes = judged([ONE], [])
    assert (changes.opened, changes.unreported, changes.resolved) == ([ONE], [ONE], [])
    assert changes.open == [KnownFinding(ONE, NOW, LastReport("ERROR", 0.5, 60, DAY))]


def test_what_is_found_again_is_not_told_again():
    again = replace(ONE, count=90, days=2)
    changes = judged([again], [known(ONE)])
    assert (changes.opened, changes.unreported, changes.worsened) == ([], [], [])
    assert changes.open == [replace(known(ONE), finding=again)]


def test_what_is_back_after_days_without_it_is_told_again_once():
    later = DAY + timedelta(days=9)
    back = replace(ONE, last_seen=later, began=later, days=2)
    changes = judged([back], [known(ONE)])
    assert (changes.back, changes.worsened) == ([back], [])
    assert judged([back], changes.open).back == []


def test_what_goes_on_from_day_to_day_is_not_back():
    on = replace(ONE, last_seen=DAY + timedelta(days=9), days=10)
    changes = judged([on], [known(ONE)])
    assert (changes.back, changes.worsened) == ([], [])


def test_what_goes_on_is_not_back_when_its_first_days_are_mended():
    last = DAY + timedelta(days=9)
    on = replace(ONE, last_seen=last, days=10)
    changes = judged([replace(on, first_seen=last, began=last, days=1)], judged([on], [known(ONE)]).open)
    assert (changes.back, changes.worsened) == ([], [])


def test_what_is_found_no_more_is_resolved():
    changes = judged([ONE], [known(ONE), known(OTHER)])
    assert changes.resolved == [replace(known(OTHER), resolved_at=NOW)]
    assert [one.finding for one in changes.open] == [ONE]


def test_what_is_undecided_stays_as_it_was():
    changes = judged([], [known(RED)], undecided=(RED,))
    assert (changes.open, changes.resolved) == ([known(RED)], [])
    assert judged([RED], [], undecided=(RED,)) == Changes()


def test_where_nobody_is_told_a_finding_stays_untold_until_somebody_is():
    before = judged([ONE], [], notifies=False)
    assert before.open == [KnownFinding(ONE, NOW)]
    changes = judged([ONE], before.open)
    assert (changes.opened, changes.unreported) == ([], [ONE])


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        ({"severity": "WARN"}, {"severity": "ERROR"}, True),
        ({"severity": "ERROR"}, {"severity": "WARN"}, False),
        ({"share": 0.02}, {"share": 0.12}, True),
        ({"share": 0.02}, {"share": 0.119}, False),
        ({"share": 0.5}, {"share": 0.99}, False),
        ({"share": 0.5}, {"share": 1.0}, True),
        ({"share": 0.001}, {"share": 0.05}, False),
        ({"share": 0.5}, {"share": 0.1}, False),
        ({"share": None}, {"share": 1.0}, False),
        ({"days": 1, "count": 1}, {"days": 300, "count": 900}, False),
    ],
)
def test_worse_is_a_higher_severity_or_twice_the_share_and_ten_points_more(
    before: dict[str, object], now: dict[str, object], worse: bool
):
    changes = judged([finding(**now)], [known(finding(**before))])
    assert changes.worsened == ([finding(**now)] if worse else [])


def test_a_red_day_is_worse_once_it_is_left_to_people():
    almost, given_up = replace(RED, count=MOST_FAILURES - 1), replace(RED, count=MOST_FAILURES)
    assert judged([almost], [known(RED)]).worsened == []
    changes = judged([given_up], [known(RED)])
    assert changes.worsened == [given_up]
    assert judged([replace(given_up, count=99)], changes.open).worsened == []


def test_what_got_worse_is_told_once():
    worse = replace(ONE, share=1.0)
    changes = judged([worse], [known(ONE)])
    assert changes.worsened == [worse]
    assert judged([worse], changes.open).worsened == []


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.sampled_from(["WARN", "ERROR"])), max_size=40))
def test_however_a_finding_moves_it_is_told_rarely(looks: list[tuple[bool, float, str]]):
    state: list[KnownFinding] = []
    told = 0
    for there, share, severity in looks:
        found = [finding(share=share, severity=severity)] if there else []
        changes = judged(found, state)
        state = changes.open
        assert [one.finding for one in state] == found
        if not state:
            told = 0
        told += len(changes.unreported) + len(changes.worsened)
        assert (
            told <= 6
        )  # at first; as an error; and as 0, 10, 20, 40 and 80 % are left behind, which is four times
