from datetime import UTC, datetime

import dagster as dg
import pytest

from polyai_assets.checks.no_schema_drift import judge
from polyai_assets.contract.drift import Drift, DriftKind
from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault
from polyai_assets_tests.conftest import InDagster
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, DAY4, Deployed, partition
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

PARTITION = Partition.parse("2025-03-01|us-1/acme/hotel-bot")
ADDED = Drift("mood", DriftKind.ADDED, 9, 9, "text like 'xx'")
CHANGED = Drift("num_turns", DriftKind.TYPE_CHANGED, 1, 9, "text like '9' instead of integer")
DAYS = (DAY1, DAY2, DAY3)


def test_without_drift_the_check_passes():
    verdict = judge(PARTITION, [])
    assert (verdict.passed, verdict.description) == (True, "every record has the declared shape")


def test_an_added_field_is_a_warning():
    verdict = judge(PARTITION, [ADDED])
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert verdict.description == "mood: added, in 9 of 9 (text like 'xx')"


def test_a_changed_type_is_an_error_and_comes_first():
    verdict = judge(PARTITION, [ADDED, CHANGED])
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.ERROR)
    table = verdict.metadata["drift"]
    assert [row.data["path"] for row in table.records] == ["num_turns", "mood"]


def accepted(one: Drift, *types: str) -> AcceptedDrift:
    when = datetime(2025, 3, 4, 9, tzinfo=UTC)
    return AcceptedDrift(one.path, one.kind.value, "ada", when, "we do not need it", types)


def test_accepted_drift_passes_and_says_who_accepted_it_and_why():
    verdict = judge(PARTITION, [ADDED, CHANGED], [accepted(ADDED, "text"), accepted(CHANGED, "text")])
    assert verdict.passed
    assert verdict.description == (
        "nothing but what was accepted: mood: added, accepted by ada on 2025-03-04: we do not need it; "
        "num_turns: type changed, accepted by ada on 2025-03-04: we do not need it"
    )
    assert [dict(row.data) for row in verdict.metadata["accepted_drift"].records] == [
        {
            "path": path,
            "kind": kind,
            "who": "ada",
            "when": "2025-03-04 09:00 UTC",
            "why": "we do not need it",
        }
        for path, kind in (("mood", "added"), ("num_turns", "type changed"))
    ]


def test_what_is_not_accepted_fails_alone():
    verdict = judge(PARTITION, [ADDED, CHANGED], [accepted(ADDED, "text"), accepted(CHANGED, "list")])
    assert not verdict.passed
    assert verdict.description == "num_turns: type changed, in 1 of 9 (text like '9' instead of integer)"
    assert [row.data["path"] for row in verdict.metadata["drift"].records] == ["num_turns"]
    assert verdict.metadata["accepted"] == 1


def test_the_commands_to_type_are_whole_and_name_what_was_found():
    odd = Drift("turns[].it's", DriftKind.ADDED, 1, 9, "a number")
    rest = Drift("(others)", DriftKind.ADDED, 1, 9)
    failure = judge(PARTITION, [ADDED, odd, rest]).failure
    assert failure is not None
    assert [line.partition("  #")[0] for line in failure.next_step.splitlines()] == [
        "polyai drift us-1/acme/hotel-bot",
        'polyai drift --accept mood --why "…" us-1/acme/hotel-bot',
        """polyai drift --accept 'turns[].it'"'"'s' --why "…" us-1/acme/hotel-bot""",
        "polyai backfill us-1/acme/hotel-bot --since 2025-03-01 --until 2025-03-01 --replay",
    ]


def test_drift_of_details_is_judged_again_by_replaying_the_details():
    failure = judge(PARTITION, [Drift("details.mood", DriftKind.ADDED, 1, 9, "a number")]).failure
    assert failure is not None
    day = "--since 2025-03-01 --until 2025-03-01"
    last = f"polyai backfill us-1/acme/hotel-bot {day} --details --replay  # when that is done"
    assert failure.next_step.splitlines()[-1] == last


def drifted(deployed: Deployed, **parameters: object) -> None:
    days = {"since": midnight(DAY2), "until": midnight(DAY3)}
    deployed.simulator.faults.add(Fault("set_field", parameters, times=None, **days))


def test_a_field_added_on_one_day_is_told_on_that_day_and_everything_is_loaded(
    steps: Steps, in_dagster: InDagster
):
    deployment = in_dagster(steps)
    drifted(deployment, field="mood", value="good")
    run = deployment.run(DAY1, DAY3)
    assert run.success
    found = {
        key: (one.passed, one.severity)
        for key, one in deployment.evaluations(run, "conversations", "no_schema_drift").items()
    }
    fine = (True, dg.AssetCheckSeverity.ERROR)
    assert found == {
        partition(DAY1): fine,
        partition(DAY2): (False, dg.AssetCheckSeverity.WARN),
        partition(DAY3): fine,
        None: (False, dg.AssetCheckSeverity.WARN),
    }
    assert deployment.statuses("conversations", DAYS) == ["MATERIALIZED"] * 3
    assert (
        deployment.ask("SELECT extra ->> 'mood' FROM conversations WHERE date = '2025-03-02'")
        == [("good",)] * 3
    )
    assert deployment.ask("SELECT date, path, kind, severity, count, total FROM schema_drift") == [
        (DAY2, "mood", "added", "WARN", 3, 3)
    ]


def test_a_changed_type_is_told_by_this_check_alone(steps: Steps):
    drifted(steps, field="num_turns", value="2")
    assert steps.run(DAY1, DAY3).success
    assert steps.verdicts("conversations", "no_schema_drift", DAYS) == [
        "SUCCEEDED",
        "FAILED",
        "SUCCEEDED",
    ]
    assert steps.verdicts("conversations", "v3_guarantees", DAYS) == ["SUCCEEDED"] * 3


def test_drift_that_the_source_has_mended_is_gone_after_the_next_fetch(steps: Steps):
    drifted(steps, field="mood", value="good")
    steps.run(DAY1, DAY3)
    steps.simulator.faults.clear()
    steps.run(DAY2)
    assert steps.verdicts("conversations", "no_schema_drift", DAYS) == ["SUCCEEDED"] * 3
    assert steps.ask("SELECT count(*) FROM schema_drift") == [(0,)]


def test_a_channel_is_new_on_the_day_it_first_comes(steps: Steps):
    since = {"since": midnight(DAY2), "until": midnight(DAY4)}
    steps.simulator.faults.add(
        Fault("set_field", {"field": "channel", "value": "PIGEON"}, times=None, **since)
    )
    assert steps.run(DAY1, DAY3).success
    assert steps.ask("SELECT date, path, kind FROM schema_drift") == [(DAY2, "channel: PIGEON", "new value")]
