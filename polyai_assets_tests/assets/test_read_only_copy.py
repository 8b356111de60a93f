"""The asset `read_only_copy`, its job, and the sensor that starts it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr

from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.assets.pages import mail_report
from polyai_assets.automation.runs import RANGE_END, RANGE_START
from polyai_assets.marts.copy_file import opened_copy
from polyai_assets_tests.alerts.mailbox import Mailbox, mailbox
from polyai_assets_tests.deployment import DAY1, QUIET, Deployment, partition
from polyai_assets_tests.marts.planted import random_calls, write_warehouse

__all__ = ["mailbox"]

JOB, SENSOR = "copy", "copy_due"


def make(deployment: Deployment) -> dg.ExecuteInProcessResult:
    return deployment.definitions.resolve_job_def(JOB).execute_in_process(
        instance=deployment.instance, run_config=QUIET, raise_on_error=False
    )


def tick(deployment: Deployment, cursor: str | None = None) -> tuple[str, str | None]:
    """Evaluate the sensor once; gives why it runs or does not, and the cursor that it left."""
    sensor = deployment.definitions.resolve_sensor_def(SENSOR)
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        data = sensor.evaluate_tick(context)
    (asked,) = [request.tags["polyai/reason"] for request in data.run_requests or []] or [""]
    return asked or data.skip_message or "", data.cursor


def test_the_job_makes_the_copy_and_then_the_report_and_says_what_is_in_them(
    deployment: Deployment, mailbox: Mailbox, tmp_path: Path
):
    write_warehouse(Path(deployment.platform.warehouse), random_calls(5, 30))
    result = make(deployment)
    assert result.success
    (made,) = result.asset_materializations_for_node("read_only_copy")
    assert made.metadata["dagster/row_count"].value == 30
    with opened_copy(Path(deployment.platform.read_only_copy)) as connection:
        assert connection.execute("SELECT count(*) FROM conversation_facts").fetchall() == [(30,)]
    (reported,) = result.asset_materializations_for_node("report")
    page = Path(deployment.platform.report.folder) / "last-7-days.html"
    assert reported.metadata["page"].value == page.as_uri()
    assert "last-7-days.html" in str(reported.metadata["figures"].value)
    assert "](data:image/svg+xml;base64," in str(reported.metadata["calls"].value)
    assert "Calls by day" in page.read_text("utf-8")

    mailing = replace(deployment.platform, alerts=AlertSettings((SecretStr(mailbox.url),)))
    for now in (datetime(2026, 11, 12, tzinfo=UTC), datetime(2026, 11, 13, tzinfo=UTC)):
        mail_report(mailing, tmp_path / "spool", now)
    (mail,) = mailbox.mails
    assert [attached.get_filename() for attached in mail.iter_attachments()] == ["week-2026-11-02.html"]


def test_without_facts_the_run_fails_and_says_what_to_do(deployment: Deployment):
    result = make(deployment)
    (failed,) = result.filter_events(lambda event: event.is_step_failure)
    said = failed.step_failure_data.user_failure_data
    assert said is not None
    assert "nothing was loaded yet" in (said.description or "")


def test_the_copy_is_made_anew_once_a_run_has_ended_and_no_sooner_than_minutes_later(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
):
    said, cursor = tick(deployment)
    assert said == "no run has ended"
    run = deployment.instance.create_run_for_job(
        deployment.definitions.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        tags={RANGE_START: partition(DAY1), RANGE_END: partition(DAY1)},
        asset_selection=frozenset([deployment.key("raw_conversations")]),
    )
    said, cursor = tick(deployment, cursor)
    assert said == "no run has ended"
    deployment.instance.report_run_failed(run, "gone")  # some of its days may have been loaded
    said, cursor = tick(deployment, cursor)
    assert said == "runs that have ended: 1"
    said, cursor = tick(deployment, cursor)
    assert said == "the copy was made anew a moment ago"
    monkeypatch.setattr("polyai_assets.automation.copy_due.PAUSE", timedelta(0))
    assert tick(deployment, cursor)[0] == "no run has ended"


def test_a_copy_that_is_being_made_is_waited_for(deployment: Deployment):
    deployment.instance.create_run_for_job(
        deployment.definitions.resolve_job_def(JOB), status=dg.DagsterRunStatus.STARTED
    )
    assert tick(deployment)[0] == "the copy is being made"
