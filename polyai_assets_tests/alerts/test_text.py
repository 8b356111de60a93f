"""The words of an alert, as a person reads them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from polyai_assets.alerts.compare import Changes, KnownFinding, LastReport
from polyai_assets.alerts.finding import Finding, asset_of
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.alerts.text import MOST_BLOCKS, MOST_RESOLVED, Message, message
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.contract.drift import DriftKind
from polyai_assets_tests.alerts.conftest import DAY, NOW, PROJECT, finding, next_step
from polyai_assets_tests.deployment import HOTEL, configured, definitions_of, platform_in

PLAIN = AlertSettings()
LINKED = AlertSettings(dagster_url="http://127.0.0.1:3000", key_prefix=("eu",))
TOLD = LastReport("ERROR", 0.5, 60, DAY)
BACKFILL = f"polyai backfill {PROJECT} --since {{}} --until {{}}"


def red(day: date, problem: str = "the key was refused", failures: int = 1) -> Finding:
    return finding(
        check="complete",
        kind="red",
        path=str(day),
        share=None,
        count=failures,
        example=problem,
        next_step=BACKFILL.format(day, day),
    )


def incomplete(day: date, severity: str = "ERROR") -> Finding:
    step = f"fetch again: {BACKFILL.format(day, day)}"
    return replace(red(day, "turns are missing"), kind="incomplete", severity=severity, next_step=step)


def drift(kind: DriftKind, path: str = "num_turns") -> Finding:
    return finding(kind=kind.value, path=path, severity=kind.severity.value)


RUN = finding(
    check="run",
    kind="failed",
    path="2026-11-03 to 2026-11-05",
    share=None,
    count=2,
    example="run 3f2a was ended",
    next_step=f"read the log of the run; when the cause is gone: {BACKFILL.format(DAY, DAY)}",
    run_id="3f2a",
)
QUARANTINED = finding(check="v3_guarantees", kind="quarantined", path="id is missing", example="", share=None)
KINDS: Mapping[str, Finding] = {
    **{f"drift: {kind.value}": drift(kind) for kind in DriftKind},
    "drift beside a page": drift(DriftKind.ADDED, "(page).total"),
    "drift of details": drift(DriftKind.ADDED, "details.mood"),
    "red": red(DAY),
    "red, given up": red(DAY, failures=12),
    "red, refused": red(DAY, "the fetch was not believed, and what was kept stays: it returned 4 of 24"),
    "incomplete": incomplete(DAY),
    "turns missing": replace(
        incomplete(DAY), next_step=f'or accept: polyai accept {PROJECT} {DAY} --why "…"'
    ),
    "unproven": incomplete(DAY, "WARN"),
    "guarantee": finding(check="v3_guarantees", kind="number is at least 0", path="turns[].latency"),
    "quarantine": QUARANTINED,
    "recordings": finding(check="recordings", kind="failed", path="recordings", count=3),
    "annotations": finding(
        check="write_back", kind="unknown", path="annotation_requests", count=2, share=None
    ),
    "run": RUN,
}
ORDER = ["Cause: ", "Effect on the tables: ", "Next: ", "Look: http://127.0.0.1:3000/"]


def resolved(*findings: Finding) -> Changes:
    return Changes(resolved=[KnownFinding(one, NOW, TOLD, NOW) for one in findings])


def written(changes: Changes, settings: AlertSettings = PLAIN) -> Message:
    told = message(PROJECT, changes, settings)
    assert told is not None
    return told


def block(one: Finding, settings: AlertSettings = PLAIN) -> list[str]:
    return written(Changes(unreported=[one]), settings).body.splitlines()


def line(begin: str, one: Finding, settings: AlertSettings = PLAIN) -> str:
    (found,) = [each for each in block(one, settings) if each.strip().startswith(begin)]
    return found.strip().removeprefix(begin)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_its_cause_its_effect_the_next_step_and_where_to_look(kind: str):
    head, *lines = [each for each in block(KINDS[kind], LINKED) if not each.startswith("    ")]
    assert re.fullmatch(r"(ERROR|WARN): \d+ [a-z ]+: .+", head)
    assert [each.strip()[: len(begin)] for each, begin in zip(lines, ORDER, strict=True)] == ORDER
    assert all(each.strip() not in ORDER for each in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_counted_alike_in_subject_and_body(kind: str):
    told = written(Changes(unreported=[KINDS[kind]]))
    word = {"ERROR": "failure", "WARN": "warning"}[KINDS[kind].severity]
    counted = told.body.split(": ")[1]
    assert (told.title, told.gravity) == (f"polyai {word}: {counted} — {PROJECT}", word)
    gone = written(resolved(KINDS[kind]))
    assert (gone.title, gone.gravity) == (f"polyai resolved: {counted} — {PROJECT}", "success")
    assert gone.body.startswith(f"resolved: {counted}: ")


@pytest.mark.parametrize("kind", [kind for kind, one in KINDS.items() if one.check == "complete"])
def test_days_that_are_wrong_come_with_the_whole_command(kind: str):
    lines = block(KINDS[kind])
    assert f"    {BACKFILL.format(DAY, DAY)}" in lines
    assert any(each.startswith("  Next: ") and each.endswith(":") for each in lines)
    accepts = f'    polyai accept {PROJECT} {DAY} --why "…"' in lines
    assert accepts == (kind in ("red, refused", "turns missing"))


def test_a_block_can_be_read_as_it_is():
    assert block(finding(), LINKED) == [
        "ERROR: 1 drift: num_turns: type changed",
        "  Cause: PolyAI sends another type than is declared, in 60 of 120 conversations since 2026-11-03, "
        "e.g. text like '99'",
        "  Effect on the tables: every record is loaded; a value that cannot be converted without loss is in the "
        "column extra and its own column empty, queries may break",
        f"  Next: {next_step('num_turns')}",
        "  Look: http://127.0.0.1:3000/assets/eu/conversations?view=checks&checkDetail=no_schema_drift",
    ]


def test_red_days_with_one_cause_are_one_block_with_a_command_for_each_stretch():
    days = [red(DAY + timedelta(days=n)) for n in (0, 1, 2, 6)]
    told = written(Changes(unreported=[*days, red(DAY, "the disk is full")]))
    assert told.title == f"polyai failure: 5 days red — {PROJECT}"
    first, second = told.body.split("\n\n")
    assert first.splitlines() == [
        "ERROR: 4 days red: 2026-11-03 to 2026-11-05, 2026-11-09, since 2026-11-03",
        "  Cause: the key was refused",
        "  Effect on the tables: they keep what they had of these days, nothing where none was loaded; other days are "
        "not touched",
        "  Next: tried again by itself; at once, when the cause is gone:",
        f"    {BACKFILL.format('2026-11-03', '2026-11-05')}",
        f"    {BACKFILL.format('2026-11-09', '2026-11-09')}",
    ]
    assert second.startswith("ERROR: 1 day red: 2026-11-03, since 2026-11-03\n  Cause: the disk is full")


def test_many_stretches_are_counted_and_the_command_that_lists_them_is_given():
    told = written(Changes(unreported=[red(DAY + timedelta(days=2 * n)) for n in range(40)])).body
    assert told.startswith("ERROR: 40 days red: 2026-11-03, 2026-11-05, ")
    assert " and 35 more, since" in told
    assert told.endswith(f"\n    polyai status {PROJECT}")
    assert len(told.splitlines()) < 20


def test_a_red_day_that_is_left_to_people_says_so():
    told = written(Changes(worsened=[red(DAY, failures=12)]))
    assert told.title == f"polyai failure: worse: 1 day red — {PROJECT}"
    assert told.body.startswith("worse: ERROR: 1 day red: 2026-11-03")
    assert "after 12 failures no longer tried by itself" in told.body


def test_the_subject_counts_what_the_body_has():
    changes = Changes(
        unreported=[red(DAY), red(DAY + timedelta(days=1), "else"), finding(), QUARANTINED],
        worsened=[finding(path="b"), finding(path="e")],
        back=[finding(path="c", severity="WARN")],
        resolved=resolved(finding(path="d"), red(DAY)).resolved,
    )
    told = written(changes)
    assert told.title == (
        "polyai failure: 2 days red, 1 drift, 1 reason for quarantine; worse: 2 drifts; back: 1 drift; "
        f"resolved: 1 drift, 1 day red — {PROJECT}"
    )
    heads = re.findall(r"^(worse: |back: |resolved: )?(?:ERROR: |WARN: )?(\d+) ([a-z ]+):", told.body, re.M)
    assert sorted(heads) == sorted(
        [
            *[("", "1", "day red")] * 2,
            ("", "1", "drift"),
            ("", "1", "reason for quarantine"),
            *[("worse: ", "1", "drift")] * 2,
            ("back: ", "1", "drift"),
            ("resolved: ", "1", "drift"),
            ("resolved: ", "1", "day red"),
        ]
    )


def test_what_got_worse_comes_first_then_errors_then_warnings():
    changes = Changes(
        unreported=[finding(path="a", severity="WARN"), incomplete(DAY, "WARN"), finding(path="b")],
        worsened=[finding(path="c", severity="WARN")],
    )
    heads = [each.splitlines()[0] for each in written(changes).body.split("\n\n")]
    assert heads == [
        "worse: WARN: 1 drift: c: type changed",
        "ERROR: 1 drift: b: type changed",
        "WARN: 1 day unproven: 2026-11-03",
        "WARN: 1 drift: a: type changed",
    ]


def test_a_long_history_is_one_message_of_readable_length_that_counts_the_rest():
    changes = Changes(unreported=[finding(path=f"field{n:03}") for n in range(200)])
    changes.resolved = resolved(*(finding(path=f"gone{n:03}") for n in range(100))).resolved
    told = written(changes)
    assert told.title == f"polyai failure: 200 drifts; resolved: 100 drifts — {PROJECT}"
    *blocks, rest, gone = told.body.split("\n\n")
    assert len(blocks) == MOST_BLOCKS
    assert rest == f"and more, in the table findings: {200 - MOST_BLOCKS} drifts"
    lines = gone.splitlines()
    assert len(lines) == MOST_RESOLVED + 1
    assert lines[-1] == f"resolved: and more, in the table findings: {100 - MOST_RESOLVED} drifts"


def test_what_is_resolved_is_told_in_a_line_each_and_days_of_a_kind_in_one():
    days = [red(DAY + timedelta(days=n)) for n in range(3)]
    assert written(resolved(finding(), *days, incomplete(DAY))).body.splitlines() == [
        "resolved: 3 days red: 2026-11-03 to 2026-11-05",
        "resolved: 1 day incomplete: 2026-11-03",
        "resolved: 1 drift: num_turns: type changed, since 2026-11-03",
    ]


def test_what_nobody_was_told_is_not_told_as_resolved():
    untold = Changes(resolved=[KnownFinding(finding(), NOW, None, NOW)])
    assert message(PROJECT, untold, PLAIN) is None


def test_where_nothing_changed_there_is_nothing_to_tell():
    assert message(PROJECT, Changes(open=[KnownFinding(finding(), NOW, TOLD)]), PLAIN) is None


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
    assert f"in {counted} since" in line("Cause: ", finding(path=path))


def test_over_more_than_a_week_the_share_is_that_of_the_last_one():
    told = line("Cause: ", finding(last_seen=DAY + timedelta(days=20), days=9, count=4210, share=0.98))
    assert "in 4,210 conversations on 9 days (98% of those in the last week) since 2026-11-03" in told
    rare = line("Cause: ", finding(last_seen=DAY + timedelta(days=20), share=0.0004))
    assert "(under 1% of those in the last week)" in rare


def test_recordings_annotations_and_runs_are_counted_themselves():
    assert block(KINDS["recordings"])[0] == "ERROR: 3 recordings missing: 2026-11-03"
    assert block(KINDS["annotations"])[0] == "ERROR: 2 annotations unknown: 2026-11-03"
    assert block(RUN)[0] == "ERROR: 2 runs failed: 2026-11-03 to 2026-11-05"


def test_links_lead_to_the_check_itself_and_to_the_run():
    def link(one: Finding) -> str:
        return line("Look: http://127.0.0.1:3000/", one, LINKED)

    assert link(red(DAY)) == "assets/eu/raw_conversations?view=checks&checkDetail=complete"
    in_turns = KINDS["guarantee"]
    assert link(in_turns) == "assets/eu/turns?view=checks&checkDetail=v3_guarantees"
    assert link(KINDS["recordings"]) == "assets/eu/audio?view=checks&checkDetail=recordings"
    assert link(RUN) == "runs/3f2a"
    assert link(replace(RUN, run_id=None)) == "runs"


def test_every_check_that_is_linked_to_is_there(tmp_path: Path):
    audio = AudioConfig.model_validate({"calls": "all"})
    platform = platform_in(tmp_path, configured(HOTEL, "http://127.0.0.1:1", audio=audio, details=True))
    graph = definitions_of(platform, tmp_path).resolve_asset_graph()
    checks = {(key.asset_key.path[-1], key.name) for key in graph.asset_check_keys}
    linked = {(asset_of(one), one.check) for one in KINDS.values() if one.check not in ("run", "write_back")}
    assert linked <= checks
