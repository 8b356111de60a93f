"""The report of a week by mail: its page goes to every mailbox once, whoever asks how often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr

from polyai_assets.alerts.raising import deliver_due
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.alerts.weekly import due_week, enqueue_week, is_due
from polyai_assets.report.data import ReportScope
from polyai_assets.report.write import WrittenPage
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import NOW, Webhook, outbox
from polyai_assets_tests.alerts.mailbox import Mailbox, mailbox
from polyai_assets_tests.alerts.raising_process import connect
from polyai_assets_tests.marts.conftest import copied, planted_calls, planted_copy
from polyai_assets_tests.marts.planted import HOTEL
from polyai_assets_tests.report.example import example

__all__ = ["copied", "mailbox", "planted_calls", "planted_copy"]

Mail = Callable[[], int]


@pytest.fixture
def page(tmp_path: Path) -> WrittenPage:
    data = example(days=7)
    file = tmp_path / f"week-{data.scope.first}.html"
    file.write_text("<!doctype html><title>the week</title>", "utf-8")
    return WrittenPage(file, data, is_drawn=True)


@pytest.fixture
def mail(empty: Warehouse, page: WrittenPage, mailbox: Mailbox, webhook: Webhook) -> Mail:
    """Mail the page of a week, as a run that makes the report does; gives how many mails were delivered."""
    settings = AlertSettings((SecretStr(mailbox.url), SecretStr(webhook.url)))

    def mail() -> int:
        with connect() as connection:
            enqueue_week(connection, empty, page, settings.targets, NOW)
        return deliver_due(connect, empty, settings, NOW).delivered

    return mail


def test_a_week_is_mailed_once_to_mailboxes_alone_with_its_page(
    mail: Mail, page: WrittenPage, mailbox: Mailbox, webhook: Webhook, empty: Warehouse
):
    assert [mail(), mail(), mail()] == [1, 0, 0]
    (sent,) = mailbox.mails
    assert sent["Subject"].startswith("polyai report: ")
    (attached,) = sent.iter_attachments()
    assert attached.get_filename() == page.file.name
    assert attached.get_content_type() == "text/html"
    assert page.file.read_text("utf-8") in attached.get_content()
    said = sent.get_body(("plain",))
    assert said is not None
    assert "Containment: " in said.get_content()
    assert "against the week before" in said.get_content()
    assert webhook.messages == []
    assert [row["attachment"] for row in outbox(empty)] == [str(page.file)]


def test_a_page_that_is_gone_is_named_in_the_mail(mail: Mail, page: WrittenPage, mailbox: Mailbox):
    page.file.unlink()
    assert mail() == 1
    said = mailbox.mails[0].get_body(("plain",))
    assert said is not None
    assert f"(The file is not there any more: {page.file})" in " ".join(said.get_content().split())


@pytest.mark.parametrize(
    ("days_after", "provisional", "due"),
    [(1, False, True), (1, True, False), (2, True, False), (3, True, True)],
)
def test_a_week_is_due_once_it_is_settled_and_on_wednesday_at_the_latest(
    days_after: int, provisional: bool, due: bool
):
    data = example(days=7)
    data = replace(data, days=[{**day, "provisional": provisional} for day in data.days])
    assert is_due(data, data.scope.last + timedelta(days=days_after)) is due


def test_a_week_without_calls_is_not_mailed():
    data = replace(example(days=7), total={}, days=())
    assert not is_due(data, data.scope.last + timedelta(days=9))


def test_the_week_is_the_last_one_that_is_over_and_may_not_change_any_more(copied: duckdb.DuckDBPyConnection):
    def week(now: datetime, project: str = HOTEL) -> ReportScope | None:
        return due_week(copied, (project,), now)

    assert week(datetime(2026, 11, 20, tzinfo=UTC)) == ReportScope(
        (HOTEL,), date(2026, 11, 2), date(2026, 11, 8)
    )
    assert week(datetime(2026, 11, 9, 8, tzinfo=UTC)) is None  # its weekend may still change on its Monday
    assert week(datetime(2026, 11, 20, tzinfo=UTC), "us-1/acme/none") is None
