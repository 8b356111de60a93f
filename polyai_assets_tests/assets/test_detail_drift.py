"""Drift of details as their users have it: the check of the day, the table, the alert."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault
from polyai_assets_tests.alerts.conftest import Webhook, next_step, webhook
from polyai_assets_tests.assets.asking import FetchConversations
from polyai_assets_tests.automation.test_alerts import tick
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, DETAILS, HOTEL, RAW, Deployed, partition
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

__all__ = ["webhook"]

DAYS = (DAY1, DAY2, DAY3)
CHECK = ("conversation_details", "no_schema_drift")
DRIFT = "SELECT date, path, kind, severity, count, total FROM detail_drift ORDER BY ALL"
EVENTS = {"1": [{"id": "e1", "name": "save_phone", "cost": 3}, {"id": "e2", "name": "save_phone"}]}


@pytest.fixture
def fetched(
    prepare_steps: PrepareSteps,
    configure: Configure,
    webhook: Webhook,
    fetch_conversations: FetchConversations,
) -> Steps:
    """A platform that has the conversations of three days, no details, and a target of alerts."""
    alerts = AlertSettings((SecretStr(webhook.url),))
    return fetch_conversations(prepare_steps(configure(HOTEL), alerts=alerts))


def drifted(deployed: Deployed, kind: str = "set_field", day: date = DAY2, **parameters: Any) -> None:
    """Let the details of a day drift."""
    days = {"since": midnight(day), "until": midnight(day + timedelta(days=1))}
    deployed.simulator.faults.add(Fault(kind, parameters, call="detail", times=None, **days))


def test_details_as_they_are_pass_and_have_no_drift(fetched: Steps) -> None:
    run = fetched.run(DAY1, DAY3, assets=DETAILS)
    assert fetched.verdicts(*CHECK, DAYS) == ["SUCCEEDED"] * 3
    assert fetched.ask("SELECT count(*) FROM function_events WHERE extra IS NOT NULL")[0][0] > 0
    assert fetched.ask(DRIFT) == []
    evaluation = fetched.evaluations(run, *CHECK)[partition(DAY1)]
    assert evaluation.description == "every record has the declared shape"


def test_drift_is_told_on_its_day_and_everything_is_loaded(fetched: Steps) -> None:
    drifted(fetched, "remove_field", field="accountId")
    drifted(fetched, field="polyScore", value="4")
    drifted(fetched, field="functionEvents", value=EVENTS)
    drifted(fetched, day=DAY3, field="mood", value="calm")
    run = fetched.run(DAY1, DAY3, assets=DETAILS)
    assert run.success
    assert fetched.ask(DRIFT) == [
        (DAY2, "details.accountId", "missing", "ERROR", 3, 3),
        (DAY2, "details.functionEvents[].cost", "added", "WARN", 3, 6),
        (DAY2, "details.polyScore", "type changed", "ERROR", 3, 3),
        (DAY3, "details.mood", "added", "WARN", 3, 3),
    ]
    assert fetched.statuses("conversation_details", DAYS) == ["MATERIALIZED"] * 3
    assert fetched.verdicts("conversation_details", "details_complete", DAYS) == ["SUCCEEDED"] * 3
    found = {key: (one.passed, one.severity.value) for key, one in fetched.evaluations(run, *CHECK).items()}
    assert found == {
        partition(DAY1): (True, "ERROR"),
        partition(DAY2): (False, "ERROR"),
        partition(DAY3): (False, "WARN"),
    }


def test_drift_is_told_once_and_when_the_source_has_mended_it(
    fetched: Steps, webhook: Webhook, in_dagster: InDagster
) -> None:
    deployment = in_dagster(fetched)
    drifted(deployment, field="polyScore", value="4 for Ann")
    deployment.run(DAY1, DAY2, assets=DETAILS)
    (told,) = webhook.bodies
    assert told.startswith("ERROR: 1 drift: details.polyScore: type changed\n")
    assert "in 3 of 3 details since 2025-03-02, e.g. text like '9 xxx xxx' instead of number\n" in told
    assert f"  Next: {next_step('details.polyScore')}" in told.splitlines()
    tick(deployment)
    assert len(webhook.messages) == 1
    deployment.simulator.faults.clear()
    for record in deployment.simulator.conversations(HOTEL.key, midnight(DAY2), midnight(DAY3)):
        deployment.simulator.put(HOTEL.key, record | {"to_number": "changed"})
    fetched.run(DAY2, assets=RAW)
    deployment.run(DAY2, assets=DETAILS)
    assert deployment.verdicts(*CHECK, [DAY1, DAY2]) == ["SUCCEEDED"] * 2
    assert deployment.ask(DRIFT) == []
    assert webhook.bodies[1:] == ["resolved: 1 drift: details.polyScore: type changed, since 2025-03-02"]


def test_a_day_whose_details_were_never_fetched_is_not_judged(fetched: Steps, in_dagster: InDagster) -> None:
    deployment = in_dagster(fetched)
    run = deployment.run(DAY1, assets=DETAILS[1:])
    evaluation = deployment.evaluations(run, *CHECK)[partition(DAY1)]
    assert not evaluation.passed
    assert (evaluation.description or "").startswith("not judged yet: the run failed before")
