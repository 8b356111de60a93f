"""The words of an alert."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from polyai_assets.alerts.compare import Changes, Known, Told
from polyai_assets.alerts.finding import Finding
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.alerts.text import MOST_FINDINGS, MOST_RESOLVED, Message, message
from polyai_assets_tests.alerts.conftest import DAY, NOW, PROJECT, finding, next_step

PLAIN = AlertSettings()
TOLD = Told("ERROR", 0.5, 60, DAY)


def red(day: date, problem: str = "the key was refused", failures: int = 1) -> Finding:
    return finding(
        check="complete",
        kind="red",
        path=str(day),
        share=None,
        count=failures,
        example=problem,
        next_step="polyai status",
    )


def resolved(*findings: Finding) -> Changes:
    return Changes(resolved=[Known(one, NOW, TOLD, NOW) for one in findings])


def written(changes: Changes, settings: AlertSettings = PLAIN) -> Message:
    told = message(PROJECT, changes, settings)
    assert told is not None
    return told


def line(one: Finding, settings: AlertSettings = PLAIN) -> str:
    (only,) = written(Changes(untold=[one]), settings).body.splitlines()
    return only


def test_a_finding_says_what_where_since_when_how_many_an_example_and_the_next_step():
    assert line(finding()) == (
        "ERROR no_schema_drift: num_turns: type changed in 60 of 120 conversations since 2026-11-03, "
        f"e.g. text like '99'. Next: {next_step('num_turns')}"
    )


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("turns[].mood", "60 of 120 turns"),
        ("details.mood", "60 of 120 details"),
        ("details.functionEvents", "60 of 120 details"),
        ("details.functionEvents[].cost", "60 of 120 function events"),
    ],
)
def test_what_is_counted_hangs_on_the_path(path: str, counted: str):
    assert f"{path}: type changed in {counted} since" in line(finding(path=path))


def test_over_more_than_a_week_the_share_is_that_of_the_last_one():
    told = line(finding(last_seen=DAY + timedelta(days=20), days=9, count=4210, share=0.98))
    assert "in 4,210 conversations on 9 days (98% of those in the last week) since 2026-11-03" in told
    rare = line(finding(last_seen=DAY + timedelta(days=20), share=0.0004))
    assert "(under 1% of those in the last week)" in rare


def test_a_broken_guarantee_in_turns_counts_turns():
    broken = finding(
        check="v3_guarantees",
        kind="number is at least 0",
        path="turns[].latency",
        severity="WARN",
        count=1,
        share=1.0,
    )
    assert line(broken).startswith(
        "WARN v3_guarantees: turns[].latency: violation of 'number is at least 0' in 1 of 1 turn since 2026-11-03, e.g."
    )


def test_records_that_were_not_loaded_say_why():
    lost = finding(check="v3_guarantees", kind="quarantined", path="id is missing", example="", share=None)
    assert line(lost).startswith(
        "ERROR v3_guarantees: not loaded: id is missing in 60 conversations since 2026-11-03. Next:"
    )


def test_a_failed_run_is_told_with_its_days():
    run = finding(
        check="run",
        kind="failed",
        path="2026-11-03 to 2026-11-05",
        share=None,
        count=2,
        example="run 3f2a was ended",
    )
    assert line(run).startswith(
        "ERROR run: 2026-11-03 to 2026-11-05: failed 2 times since 2026-11-03: run 3f2a was ended. Next:"
    )


def test_red_days_with_one_cause_are_told_together():
    days = [red(DAY + timedelta(days=n)) for n in range(5)]
    told = written(Changes(untold=[*days, red(DAY, "the disk is full")])).body.splitlines()
    assert told == [
        "ERROR complete: 2026-11-03 to 2026-11-07 (5 days) are red since 2026-11-03: the key was refused. "
        "Next: polyai status; when the cause is gone, materialize again",
        "ERROR complete: 2026-11-03 is red since 2026-11-03: the disk is full. "
        "Next: polyai status; when the cause is gone, materialize again",
    ]


def test_a_red_day_that_is_left_to_people_says_so():
    told = written(Changes(worsened=[red(DAY, failures=12)]))
    assert told.title == f"polyai-assets: {PROJECT}: 1 worse"
    assert told.body == (
        "worse: ERROR complete: 2026-11-03 is red since 2026-11-03, after 12 failures no longer tried by itself: "
        "the key was refused. Next: polyai status; materialize it"
    )


def test_days_that_are_not_complete_are_told_by_what_they_lack():
    days = [
        replace(
            red(DAY + timedelta(days=n), "turns are missing"), kind="incomplete", next_step="materialize it"
        )
        for n in range(2)
    ]
    told = written(Changes(untold=[*days, red(DAY, "turns are missing")])).body.splitlines()
    assert told[0] == (
        "ERROR complete: 2026-11-03 to 2026-11-04 (2 days) are not complete: turns are missing. Next: materialize it"
    )
    assert told[1].startswith("ERROR complete: 2026-11-03 is red since")
    assert (
        written(resolved(*days)).body == "resolved: complete: 2026-11-03 to 2026-11-04 (2 days) are complete"
    )


def test_the_title_counts():
    changes = Changes(untold=[finding(), finding(path="a")], worsened=[finding(path="b")])
    changes.resolved = resolved(finding(path="c")).resolved
    assert written(changes).title == f"polyai-assets: {PROJECT}: 2 new findings, 1 worse, 1 resolved"


def test_errors_come_before_warnings_and_what_got_worse_before_both():
    changes = Changes(
        untold=[finding(path="a", severity="WARN"), finding(path="b")],
        worsened=[finding(path="c", severity="WARN")],
    )
    told = [" ".join(each.split()[:3]) for each in written(changes).body.splitlines()]
    assert told == ["worse: WARN no_schema_drift:", "ERROR no_schema_drift: b:", "WARN no_schema_drift: a:"]


def test_a_long_history_is_one_message_of_readable_length():
    changes = Changes(untold=[finding(path=f"field{n:03}") for n in range(200)])
    changes.resolved = resolved(*(finding(path=f"gone{n:03}") for n in range(100))).resolved
    told = written(changes)
    lines = told.body.splitlines()
    assert told.title.endswith(": 200 new findings, 100 resolved")
    assert len(lines) == MOST_FINDINGS + MOST_RESOLVED + 2
    assert lines[MOST_FINDINGS] == f"and {200 - MOST_FINDINGS} more in the table findings"
    assert lines[-1] == f"and {100 - MOST_RESOLVED} more resolved, in the table findings"


def test_what_is_resolved_is_told_in_a_line_each_and_red_days_in_one():
    days = [red(DAY + timedelta(days=n)) for n in range(3)]
    assert written(resolved(finding(), *days)).body.splitlines() == [
        "resolved: complete: 2026-11-03 to 2026-11-05 (3 days) are red no more",
        "resolved: no_schema_drift: num_turns: type changed (since 2026-11-03)",
    ]


def test_what_nobody_was_told_is_not_told_as_resolved():
    untold = Changes(resolved=[Known(finding(), NOW, None, NOW)])
    assert message(PROJECT, untold, PLAIN) is None


def test_where_nothing_changed_there_is_nothing_to_tell():
    assert message(PROJECT, Changes(open=[Known(finding(), NOW, TOLD)]), PLAIN) is None


def test_links_lead_to_the_newest_partition_that_shows_it():
    settings = AlertSettings(dagster_url="http://127.0.0.1:3000", key_prefix=("eu",))
    of_drift = finding(last_seen=date(2026, 11, 9))
    in_turns = replace(of_drift, check="v3_guarantees", path="turns[].user_input")
    partition = f"?view=partitions&partition=2026-11-09%7C{PROJECT.replace('/', '%2F')}"
    assert line(of_drift, settings).endswith(f" http://127.0.0.1:3000/assets/eu/conversations{partition}")
    assert line(in_turns, settings).endswith(f" http://127.0.0.1:3000/assets/eu/turns{partition}")
    of_details = replace(of_drift, path="details.polyScore")
    assert "/assets/eu/conversation_details?view=partitions" in line(of_details, settings)
    assert "/assets/eu/raw_conversations?view=partitions&partition=2026-11-03" in line(red(DAY), settings)
    assert line(finding(check="run", kind="failed"), settings).endswith(" http://127.0.0.1:3000/runs")
