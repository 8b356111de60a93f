"""Details that cannot be fetched: what becomes of them, of the others, and of the day."""

import pytest

from polyai_assets.api.errors import is_worth_retrying
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault
from polyai_assets_tests.assets.asking import (
    CHECK,
    DAYS,
    STATUSES,
    FetchConversations,
    certificate,
    detail_calls,
    put,
)
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DETAILS,
    HOTEL,
    RAW,
    partition,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

WRONG = "wrong-key-c0ffee42"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited", {"retry_after": 0}, call="detail", times=2),
        Fault("error", {"status": 500}, call="detail", times=2),
        Fault("reset", call="detail", times=2),
        Fault("cut_body", call="detail", times=2),
        Fault("truncated_json", call="detail", times=1),
    ],
    ids=lambda fault: str(fault.kind),
)
def test_trouble_that_passes_is_retried(fetched: Steps, fault: Fault) -> None:
    fetched.simulator.faults.add(fault)
    assert fetched.run(DAY1, assets=["raw_details"]).success
    made = certificate(fetched)
    assert (made.found, made.errors) == (3, {})


def test_a_conversation_that_fails_makes_its_day_red_alone_and_the_others_are_loaded(hasty: Steps) -> None:
    bad, *_ = hasty.simulator.conversations(HOTEL.key, midnight(DAY2), midnight(DAY3))
    hasty.simulator.faults.add(Fault("error", {"status": 500}, conversation_id=bad["id"], times=None))
    run = hasty.run(DAY1, DAY3, assets=DETAILS)
    assert run.red == [partition(DAY2)]
    assert (
        f"1 of 3 conversations could not be asked for; the others are kept and loaded. {bad['id']}:"
        in run.failure
    )
    for asset in DETAILS:
        assert hasty.statuses(asset, DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert hasty.verdicts(*CHECK, DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert len(hasty.ask(STATUSES)) == 8
    assert list(certificate(hasty, DAY2).errors) == [bad["id"]]

    hasty.simulator.faults.clear()
    hasty.simulator.requests.clear()
    assert hasty.run(DAY1, DAY3, assets=DETAILS).success
    assert detail_calls(hasty) == [f"/v1/agents/hotel-bot/conversations/{bad['id']}"]
    assert hasty.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3
    assert len(hasty.ask(STATUSES)) == 9


def test_an_outage_is_worth_a_retry_and_said(hasty: Steps) -> None:
    hasty.simulator.faults.add(Fault("error", {"status": 503}, call="detail", times=None))
    run = hasty.run(DAY1, DAY3, assets=DETAILS)
    assert run.red == [partition(day) for day in DAYS]
    assert is_worth_retrying([outcome.error for outcome in run.outcomes if outcome.error is not None])


def test_an_outage_of_many_days_is_not_asked_through(hasty: Steps) -> None:
    for number in range(40):
        put(hasty.simulator, f"talk {number}")
    hasty.run(DAY1, assets=RAW)
    hasty.simulator.faults.add(Fault("error", {"status": 418}, call="detail", times=None))
    hasty.simulator.requests.clear()
    assert not hasty.run(DAY1, DAY3, assets=DETAILS).success
    assert len(detail_calls(hasty)) < 30
    assert certificate(hasty).not_asked == 43


@pytest.mark.parametrize("key", [WRONG, None])
def test_a_wrong_key_is_told_in_one_sentence_after_few_calls(
    prepare_steps: PrepareSteps,
    configure: Configure,
    fetch_conversations: FetchConversations,
    key: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = fetch_conversations(prepare_steps(configure(key=key)))
    run = steps.run(DAY1, DAY3, assets=DETAILS)
    assert run.red == [partition(day) for day in DAYS]
    (told,) = {str(outcome.error) for outcome in run.outcomes}
    assert "KEY_OF_HOTEL_BOT" in told
    assert len(detail_calls(steps)) <= 8
    assert not is_worth_retrying([outcome.error for outcome in run.outcomes if outcome.error is not None])
    assert WRONG not in run.failure + caplog.text


def test_one_project_does_not_hold_back_another(prepare_steps: PrepareSteps, configure: Configure) -> None:
    prepare_steps(configure(HOTEL), configure(BANK)).run(DAY1, DAY2, RAW, (HOTEL, BANK))
    steps = prepare_steps(configure(HOTEL, key=WRONG), configure(BANK))
    steps.run(DAY1, DAY2, assets=DETAILS, projects=(HOTEL, BANK))
    assert steps.statuses("raw_details", [DAY1, DAY2], HOTEL) == ["FAILED"] * 2
    assert steps.statuses("function_events", [DAY1, DAY2], BANK) == ["MATERIALIZED"] * 2
