"""What every failed check shows: the cause, what was expected and what was found, and the lines to type next."""

import shlex
from dataclasses import fields
from datetime import date, timedelta

import click
import dagster as dg
import pytest
from dagster_dg_cli.cli import create_dg_cli

from polyai_assets.api.errors import Unauthorized
from polyai_assets.checks import (
    complete,
    details_complete,
    freshness,
    no_schema_drift,
    recordings,
    reference,
    v3_guarantees,
)
from polyai_assets.checks.verdict import Failure, Verdict, overall
from polyai_assets.cli.main import main
from polyai_assets.contract.recording import FAILED, OK
from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.raw.conversations.proof import Proof, ProofState
from polyai_assets.raw.conversations.suspicion import Doubt, FetchRefused, Refusal
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.reference import LatestLook
from polyai_assets.status.problem import StatusProblem
from polyai_assets.status.standing import ProjectStatus
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.checks import (
    test_details_complete,
    test_no_schema_drift,
    test_recordings,
    test_v3_guarantees,
)
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import DAY1, HOTEL, NOW, partition
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

PARTITION = Partition.parse(partition(DAY1))
KEY = HOTEL.key
FETCH = f"polyai backfill {KEY} --since {DAY1} --until {DAY1}"
ACCEPT = f'polyai accept {KEY} {DAY1} --why "…"  # if it is right as it is, then:'
REFUSED = Unauthorized("the key was refused")
UNBELIEVED = FetchRefused(Refusal(Doubt.FEWER, 4, "it returned 4 where 24 are kept", "x", NOW))
WHOLE = Hours(0, 24)
READ_AGAIN = f"dg launch --assets variants --partition {KEY}  # when the cause is gone"
UNPROVEN = Proof(state=ProofState.UNPROVEN, explanation="the count differs", remedy="Ask PolyAI")
SHORT = TurnCount(12, 7, "on", 2, {})


def standing(*causes: StatusProblem) -> ProjectStatus:
    return ProjectStatus(
        project=KEY,
        last_complete=date(2025, 3, 1),
        last_fetch=NOW,
        unsettled=1,
        oldest_open=None,
        red=[],
        stale=[],
        proof="",
        unproven=[],
        next_look=None,
        never_fetched=[],
        provisional=[],
        kept_from={},
        causes=causes,
    )


BEHIND = StatusProblem(word="BEHIND", count=3, says="it is 3 days behind", commands=[FETCH])

CASES: list[tuple[str, Verdict, str]] = [
    (complete.NAME, complete.judge(PARTITION, None, None), FETCH),
    (complete.NAME, complete.judge(PARTITION, None, REFUSED), FETCH),
    (complete.NAME, complete.judge(PARTITION, None, UNBELIEVED), f"{ACCEPT}\n{FETCH}"),
    (complete.NAME, complete.judge(PARTITION, certificate(Hours(0, 23)), None), FETCH),
    (complete.NAME, complete.judge(PARTITION, certificate(WHOLE, turns=SHORT), None), f"{ACCEPT}\n{FETCH}"),
    (
        complete.NAME,
        complete.judge(PARTITION, certificate(WHOLE, in_progress={}, proof=UNPROVEN), None),
        FETCH,
    ),
    (
        details_complete.NAME,
        details_complete.judge(PARTITION, None, None, REFUSED),
        f"{FETCH} --details",
    ),
    (
        details_complete.NAME,
        details_complete.judge(
            PARTITION, test_details_complete.details(not_asked=1, errors={"CA1": "TimedOut"}), "abc", None
        ),
        f"{FETCH} --details",
    ),
    (
        details_complete.NAME,
        details_complete.judge(PARTITION, test_details_complete.details(), "other", None),
        f"{FETCH} --details",
    ),
    (
        details_complete.NAME,
        details_complete.judge(PARTITION, test_details_complete.details(unreadable=1), "abc", None),
        f"{FETCH} --details",
    ),
    (
        no_schema_drift.NAME,
        no_schema_drift.judge(PARTITION, [test_no_schema_drift.ADDED]),
        f"polyai drift {KEY}  # the lines for contract: in defs.yaml that declare what is new\n"
        f'polyai drift --accept mood --why "…" {KEY}  # accepts it as it is\n'
        f"{FETCH} --replay  # when that is done",
    ),
    (
        v3_guarantees.NAME,
        v3_guarantees.judge_conversations(
            PARTITION, test_v3_guarantees.staged([test_v3_guarantees.OF_CONVERSATION])
        ),
        f"{FETCH}  # when PolyAI has the examples, and has mended it",
    ),
    (recordings.NAME, recordings.judge(PARTITION, None, REFUSED), f"{FETCH} --audio"),
    (
        recordings.NAME,
        recordings.judge(PARTITION, test_recordings.day((FAILED, None)), None),
        f"{FETCH} --audio",
    ),
    (
        recordings.NAME,
        recordings.judge(PARTITION, test_recordings.day((OK, 9.0)), None),
        f"polyai agent audio {KEY} 'call 0'  # and listen",
    ),
    (freshness.NAME, freshness.judge(standing(BEHIND), None), FETCH),
    (reference.NAME, reference.judge({KEY: LatestLook()}, NOW, "variants"), READ_AGAIN),
    (freshness.NAME, freshness.judge(standing(), "v1 is no longer supported"), f"polyai status {KEY}"),
]
FAILED_VERDICTS = pytest.mark.parametrize("verdict", [one for _, one, _ in CASES])


@FAILED_VERDICTS
def test_its_metadata_has_the_cause_and_what_was_expected_and_found_and_the_next_step(verdict: Verdict):
    assert not verdict.passed
    shown = verdict.metadata
    names = [one.name for one in fields(Failure)]
    assert names == ["cause", "expected", "found", "next_step"]
    assert all(shown[name].strip() for name in names[:-1])
    assert shown["next_step"]
    assert not set(names) & set(verdict.details)


@FAILED_VERDICTS
def test_the_verdict_on_a_range_has_them_too(verdict: Verdict):
    whole = overall([Verdict(Partition(PARTITION.project, DAY1 + timedelta(days=1)), "fine"), verdict])
    assert whole.failure is not None
    assert verdict.failure is not None
    assert whole.failure.next_step == verdict.failure.next_step
    assert "1 of 2 partitions failed" in whole.failure.found


@pytest.mark.parametrize(("verdict", "next_step"), [(one, step) for _, one, step in CASES])
def test_the_next_step_is_whole_and_can_be_typed(verdict: Verdict, next_step: str):
    assert verdict.failure is not None
    assert verdict.failure.next_step == next_step
    read_as_typed(next_step)


def read_as_typed(next_step: str) -> None:
    """Read the lines as the command line does, and run nothing. Raises click.UsageError."""
    for line in next_step.splitlines():
        program, *words = shlex.split(line.replace("…", "the bot was down"), comments=True)
        command: click.Command = {"polyai": main, "dg": create_dg_cli()}[program]
        above = click.Context(command, **command.context_settings)
        while isinstance(command, click.Group):
            found = command.get_command(above, words.pop(0))
            assert found is not None
            command = found
        command.make_context(command.name, words, parent=above)  # raises where it is mistyped


def test_these_are_all_checks_that_there_are(deploy: Deploy, configure: Configure):
    config = configure(
        details=True, audio=wanting(), reference=True
    )  # that of a migration is tested in its own room
    definitions = deploy(config).definitions
    steps = [one for one in definitions.assets or [] if isinstance(one, dg.AssetsDefinition)]
    checks = {spec.name for one in [*steps, *(definitions.asset_checks or [])] for spec in one.check_specs}
    assert {name.partition("_us_1")[0] for name in checks} == {name for name, *_ in CASES}


def test_dagster_shows_one_line_as_it_is_and_several_with_the_reason_beside_each():
    assert complete.judge(PARTITION, None, REFUSED).metadata["next_step"] == FETCH
    table = complete.judge(PARTITION, None, UNBELIEVED).metadata["next_step"]
    assert [dict(record.data) for record in table.records] == [
        {"command": ACCEPT.partition("  # ")[0], "why": "if it is right as it is, then:"},
        {"command": FETCH, "why": ""},
    ]
