"""From what is wrong to what is told: once, again when it is worse, and when it is resolved."""

from datetime import date, timedelta

import pytest

from polyai_assets.alerts.raising import AlertResult
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.conversations.unsettled import note_failed, note_fetching
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.altered import WarehouseAltered
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import (
    DAY,
    HOUR,
    NOW,
    PROJECT,
    Raise,
    Webhook,
    ask,
    drift,
    finding,
    open_findings,
    outbox,
)
from polyai_assets_tests.deployment import BANK, HOTEL, partitions_of, project_of

HOTEL_PROJECT = project_of(HOTEL)
FORGET = "DELETE FROM warehouse.main.schema_drift"
RUN = finding(check="run", kind="failed", path=str(DAY), share=None, example="run 3f2a was ended")


def test_a_fresh_warehouse_has_nothing_to_tell(alert: Raise, empty: Warehouse, webhook: Webhook):
    assert alert() == AlertResult()
    assert (open_findings(empty), outbox(empty), webhook.messages) == ([], [], [])


def test_what_is_found_is_told_once(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    drift(warehouse)
    assert alert() == AlertResult(opened=1, delivered=1)
    assert alert(NOW + HOUR) == AlertResult()
    assert webhook.titles == [f"polyai failure: 1 drift — {PROJECT}"]
    assert webhook.bodies[0].startswith("ERROR: 1 drift: num_turns: type changed")
    assert "in 60 of 120 conversations" in webhook.bodies[0]


def test_more_days_of_the_same_are_not_told_again_and_kept(
    alert: Raise, warehouse: Warehouse, webhook: Webhook
):
    drift(warehouse)
    alert()
    drift(warehouse, DAY + timedelta(days=1))
    assert alert(NOW + HOUR) == AlertResult()
    assert len(webhook.messages) == 1
    (kept,) = ask(warehouse, "SELECT days, count, opened_at, last_seen FROM warehouse.main.findings")
    assert (kept["days"], kept["count"], kept["opened_at"], kept["last_seen"]) == (
        2, 120, NOW, DAY + timedelta(days=1)
    )  # fmt: skip


def test_what_got_worse_is_told_again(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    drift(warehouse, count=6)
    alert()
    ask(warehouse, "UPDATE warehouse.main.schema_drift SET count = 120")
    assert alert(NOW + HOUR) == AlertResult(worsened=1, delivered=1)
    assert alert(NOW + 2 * HOUR) == AlertResult()
    assert webhook.bodies[1].startswith("worse: ERROR: 1 drift: num_turns")


def test_what_is_gone_is_told_as_resolved_and_what_is_back_is_new(
    alert: Raise, warehouse: Warehouse, webhook: Webhook
):
    drift(warehouse)
    alert()
    ask(warehouse, FORGET)
    assert alert(NOW + HOUR) == AlertResult(resolved=1, delivered=1)
    assert open_findings(warehouse) == []
    drift(warehouse)
    assert alert(NOW + 2 * HOUR) == AlertResult(opened=1, delivered=1)
    assert webhook.titles == [
        f"polyai failure: 1 drift — {PROJECT}",
        f"polyai resolved: 1 drift — {PROJECT}",
        f"polyai failure: 1 drift — {PROJECT}",
    ]
    kept = ask(warehouse, "SELECT opened_at, resolved_at FROM warehouse.main.findings ORDER BY opened_at")
    assert [(row["opened_at"], row["resolved_at"]) for row in kept] == [
        (NOW, NOW + HOUR),
        (NOW + 2 * HOUR, None),
    ]


def test_each_project_has_a_message_of_its_own(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    for project in (HOTEL.key, BANK.key):
        for path in ("num_turns", "channel"):
            drift(warehouse, project=project, path=path)
    assert alert(projects=(HOTEL.key, BANK.key)) == AlertResult(opened=4, delivered=2)
    assert sorted(webhook.titles) == sorted(
        f"polyai failure: 2 drifts — {project}" for project in (HOTEL.key, BANK.key)
    )


def test_a_run_judges_its_own_project_only(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    drift(warehouse, project=BANK.key)
    alert(projects=(BANK.key,))
    ask(warehouse, FORGET)
    drift(warehouse, project=HOTEL.key)
    assert alert(projects=(HOTEL.key,)) == AlertResult(opened=1, delivered=1)
    assert len(open_findings(warehouse)) == 2


def test_red_days_are_told_and_resolved_when_they_are_green(
    alert: Raise, store: RawStore, empty: Warehouse, webhook: Webhook
):
    for day in range(3):
        note_failed(store, Partition(HOTEL_PROJECT, DAY + timedelta(days=day)), "the key was refused", NOW)
    assert alert() == AlertResult(opened=3, delivered=1)
    for name in store.names("unsettled"):
        store.delete(f"unsettled/{name}")
    assert alert(NOW + HOUR) == AlertResult(resolved=3, delivered=1)
    assert webhook.bodies[0].startswith("ERROR: 3 days red: 2026-11-03 to 2026-11-05, since 2026-11-10\n")
    assert webhook.bodies[1] == "resolved: 3 days red: 2026-11-03 to 2026-11-05"


def test_a_red_day_that_fails_again_is_not_told_again_until_it_is_given_up(
    alert: Raise, store: RawStore, webhook: Webhook
):
    told = []
    for failure in range(1, 15):
        note_failed(store, Partition(HOTEL_PROJECT, DAY), "the key was refused", NOW)
        if failure in range(3, 11):  # as the second
            continue
        result = alert(NOW + failure * HOUR)
        told.append((result.opened, result.worsened))
        note_fetching(store, partitions_of(HOTEL_PROJECT, [DAY]), NOW)
        assert alert(NOW + failure * HOUR) == AlertResult()  # while it is fetched again, it is not resolved
    assert told == [(1, 0), (0, 0), (0, 0), (0, 1), (0, 0), (0, 0)]
    assert len(webhook.messages) == 2


def test_a_red_day_that_a_run_has_in_hand_is_not_told_yet(alert: Raise, store: RawStore, webhook: Webhook):
    note_failed(store, Partition(HOTEL_PROJECT, DAY), "the key was refused", NOW)
    assert alert(in_flight={(PROJECT, DAY)}) == AlertResult()
    assert alert(in_flight={(PROJECT, date(2026, 11, 4)), (BANK.key, DAY)}) == AlertResult(
        opened=1, delivered=1
    )
    assert alert(in_flight={(PROJECT, DAY)}) == AlertResult()
    assert len(webhook.messages) == 1


def test_failed_runs_are_findings_until_the_caller_says_that_they_are_not(
    alert: Raise, empty: Warehouse, webhook: Webhook
):
    assert alert(extra=[RUN]) == AlertResult(opened=1, delivered=1)
    assert alert(extra=None) == AlertResult()
    assert open_findings(empty) == [("failed", str(DAY))]
    assert alert(NOW + HOUR, extra=[]) == AlertResult(resolved=1, delivered=1)
    assert "run 3f2a was ended" in webhook.bodies[0]


def test_without_targets_findings_are_kept_and_nothing_is_written_to_the_outbox(
    alert: Raise, warehouse: Warehouse, settings: AlertSettings, webhook: Webhook
):
    drift(warehouse)
    drift(warehouse, path="gone soon")
    assert alert(settings=AlertSettings()) == AlertResult(opened=2)
    ask(warehouse, f"{FORGET} WHERE path = 'gone soon'")
    assert alert(NOW + HOUR, settings=AlertSettings()) == AlertResult(resolved=1)
    assert (open_findings(warehouse), outbox(warehouse)) == ([("type changed", "num_turns")], [])
    # once there is a target, it is told what is open
    assert alert(NOW + 2 * HOUR) == AlertResult(delivered=1)
    assert webhook.titles == [f"polyai failure: 1 drift — {PROJECT}"]


def test_a_first_look_at_a_long_history_is_one_message(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    ask(
        warehouse,
        "INSERT INTO warehouse.main.schema_drift BY NAME SELECT ? AS project, DATE '2025-11-03' + d::INTEGER AS date, "
        "'field' || p AS path, 'added' AS kind, 'WARN' AS severity, 5 AS count, 20 AS total, '' AS example "
        "FROM range(365) _(d), range(60) __(p)",
        PROJECT,
    )
    assert alert() == AlertResult(opened=60, delivered=1)
    (body,) = webhook.bodies
    assert len(body.splitlines()) <= 60
    assert body.endswith("and more, in the table findings: 50 drifts")


def test_a_failure_before_the_commit_leaves_everything_as_it_was(
    alert: Raise, warehouse: Warehouse, webhook: Webhook
):
    drift(warehouse)
    alert()
    before = (open_findings(warehouse), outbox(warehouse))
    drift(warehouse, path="channel")
    # the findings will not be changed, after the message was written
    ask(warehouse, "ALTER TABLE warehouse.main.findings RENAME TO kept")
    ask(warehouse, "CREATE VIEW warehouse.main.findings AS SELECT * FROM warehouse.main.kept")
    with pytest.raises(WarehouseAltered, match="the view findings"):
        alert(NOW + HOUR)
    ask(warehouse, "DROP VIEW warehouse.main.findings")
    ask(warehouse, "ALTER TABLE warehouse.main.kept RENAME TO findings")
    assert (open_findings(warehouse), outbox(warehouse)) == before
    assert alert(NOW + HOUR) == AlertResult(opened=1, delivered=1)


def test_columns_that_were_declared_later_are_added(alert: Raise, warehouse: Warehouse, webhook: Webhook):
    drift(warehouse)
    alert()
    ask(warehouse, "ALTER TABLE warehouse.main.findings DROP COLUMN next_step")
    drift(warehouse, path="channel")
    assert alert(NOW + HOUR) == AlertResult(opened=1, delivered=1)
    assert ask(warehouse, "SELECT comment FROM duckdb_columns() WHERE column_name = 'next_step'")[0][
        "comment"
    ]


def test_the_tables_say_what_is_in_them(alert: Raise, empty: Warehouse):
    alert()
    columns = ask(
        empty,
        "SELECT table_name, count(*) FILTER (comment IS NULL) AS without FROM duckdb_columns() "
        "WHERE database_name = 'warehouse' GROUP BY ALL ORDER BY ALL",
    )
    assert columns == [{"table_name": "alert_outbox", "without": 0}, {"table_name": "findings", "without": 0}]


def test_whether_a_day_is_complete_is_changed_only_by_who_judged_it(alert: Raise, empty: Warehouse):
    incomplete = finding(
        check="complete", kind="incomplete", path=str(DAY), share=None, example="turns are missing"
    )
    assert alert(judged={(PROJECT, DAY): [incomplete]}) == AlertResult(opened=1, delivered=1)
    assert alert(judged={(PROJECT, DAY + timedelta(days=1)): []}) == AlertResult()
    assert open_findings(empty) == [("incomplete", str(DAY))]
    assert alert(NOW + HOUR, judged={(PROJECT, DAY): []}) == AlertResult(resolved=1, delivered=1)
