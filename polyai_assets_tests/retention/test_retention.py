"""Days age: what was said on them is in no byte, nothing has it again, and all else stays as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.assets.read_only_copy import copy_platform
from polyai_assets.delivery.manifest import newest_manifests
from polyai_assets.delivery.publish import Publisher
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.kept_from import read_kept_from
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import AUDIO, FACTS, RAW, TEXT, RetentionDays
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.retention_plan import read_plan
from polyai_assets.retention.retention_receipt import FOLDER
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.audio import AUDIO as RECORDINGS
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DAY5,
    DETAILS,
    HOTEL,
    INGEST,
    RETRIEVAL,
    project_of,
)
from polyai_assets_tests.erasure.callers import days_from, holding
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.retention.aged import (
    after,
    plan_on,
    plant,
    planted,
    platform_of,
    retain_on,
    retention_of,
)
from polyai_assets_tests.steps import Steps

DAYS = days_from(DAY1, 5)
KEPT = RetentionDays(raw=10, text=20, audio=15, facts=40)
TABLES = ("conversations", "turns", "conversation_facts", "conversation_details")
COUNTS = "conversation_id, started_at, num_turns, outcome, user_words"


def prepared(tmp_path: Path, polyai: Simulator, url: str) -> Steps:
    steps = Steps(platform_of(tmp_path, url, KEPT), tmp_path, polyai)
    plant(polyai, DAYS)
    assert steps.run(DAY1, DAY5).success
    for assets in (DETAILS, RECORDINGS, RETRIEVAL):
        assert steps.run(DAY2, DAY2, assets=assets).success
    assert steps.run(DAY1, DAY1, projects=(BANK, BANK)).success
    platform = steps.platform
    assert platform.publish is not None
    publisher = Publisher(
        RawStore(platform.raw_store), Warehouse(platform.warehouse), platform.contract, platform.publish
    )
    with connect() as connection:
        publisher.publish(connection, Partition(project_of(HOTEL), DAY2), datetime.now(UTC))
    return steps


def places_of(steps: Steps, *days: date) -> list[str]:
    return holding(steps.root / "data", [planted(day).encode() for day in days])


def rows(steps: Steps, table: str, where: str) -> list[tuple[Any, ...]]:
    return steps.ask(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL")


def retired(steps: Steps, day: date) -> set[str]:
    certificate = steps.certificate(day)
    assert certificate is not None
    assert certificate.is_complete
    return {*certificate.retired}


def figures(steps: Steps) -> list[tuple[Any, ...]]:
    with looking_into(steps.platform.read_only_copy) as connection:
        return [
            row
            for table in ("daily_kpis", "hourly_load", "metric_daily")
            for row in connection.execute(f"FROM {table} ORDER BY ALL").fetchall()
        ]


def text_goes(steps: Steps) -> None:
    """DAY1 and DAY2 are older than text is kept, all five than raw records are."""
    others = f"project <> '{HOTEL.key}' OR date > '{DAY2}'"
    before = {table: rows(steps, table, others) for table in TABLES}
    facts = steps.ask(f"SELECT {COUNTS} FROM conversation_facts ORDER BY ALL")
    assert len(places_of(steps, DAY2)) > 5
    today = after(DAY2, 21)
    done = retain_on(steps, today)
    assert done is not None
    assert done.receipt.days == {RAW: {HOTEL.key: 5}, AUDIO: {HOTEL.key: 1}, TEXT: {HOTEL.key: 2}}
    assert places_of(steps, DAY1, DAY2) == []
    assert not [place for place in places_of(steps, DAY3) if place.startswith("raw/")]
    assert (retired(steps, DAY1), retired(steps, DAY3)) == ({RAW, TEXT}, {RAW})
    assert {table: rows(steps, table, others) for table in TABLES} == before
    assert steps.ask(f"SELECT {COUNTS} FROM conversation_facts ORDER BY ALL") == facts
    recordings = "SELECT DISTINCT path, status FROM audio WHERE status <> 'no_recording'"
    assert steps.ask(recordings) == [("", "retired")]
    assert plan_on(steps, today).is_empty
    assert read_kept_from(RawStore(steps.platform.raw_store), project_of(HOTEL))[TEXT] == DAY3


def nothing_has_it_again(steps: Steps, polyai: Simulator) -> None:
    calls = len(polyai.requests)
    for assets in (INGEST, INGEST[1:], DETAILS, DETAILS[1:], RECORDINGS, RETRIEVAL):
        assert steps.run(DAY1, DAY5, assets=assets).success
    assert len(polyai.requests) == calls
    assert steps.statuses("raw_conversations", DAYS) == ["MATERIALIZED"] * 5
    assert set(steps.verdicts("raw_conversations", "complete", DAYS)) == {"SUCCEEDED"}
    assert places_of(steps, DAY1, DAY2) == []


def rows_go(steps: Steps) -> None:
    """All five days are older than facts are kept; the run is killed when rows are gone, and nothing says so yet."""
    copy_platform(steps.platform)
    others, shown = rows(steps, "conversations", f"project = '{BANK.key}'"), figures(steps)
    today = after(DAY5, 41)
    store = RawStore(steps.platform.raw_store)
    receipts = len(store.names(FOLDER))
    with pytest.raises(Killed):
        replace(retention_of(steps), connect=killing_after(3)).remove(plan_on(steps, today))
    assert rows(steps, "conversations", "true") == others
    assert read_plan(store) is not None
    assert len(store.names(FOLDER)) == receipts
    done = retain_on(steps, today)
    assert done is not None
    assert done.receipt.days[FACTS] == {HOTEL.key: 5}
    assert places_of(steps, *DAYS) == []
    assert {(row.what, row.count) for row in done.receipt.found} >= {("rows of conversations", 20)}
    assert rows(steps, "conversations", "true") == others
    assert figures(steps) == shown
    manifest = newest_manifests(FileStore(str(steps.root / "data" / "published")), project_of(HOTEL), [DAY2])[
        DAY2
    ]
    assert {file.rows for file in manifest.tables.values()} == {0}
    assert read_plan(store) is None


class Killed(BaseException):
    """What a kill leaves behind is what is there when nothing more is done."""


def killing_after(survives: int) -> Any:
    opened = iter(range(survives))

    @contextmanager
    def killed() -> Iterator[duckdb.DuckDBPyConnection]:
        if next(opened, None) is None:
            raise Killed
        with connect() as connection:
            yield connection

    return killed


@pytest.mark.slow
def test_days_that_have_aged_leave_no_byte_and_no_gap(tmp_path: Path, polyai: Simulator, polyai_url: str):
    steps = prepared(tmp_path, polyai, polyai_url)
    text_goes(steps)
    nothing_has_it_again(steps, polyai)
    rows_go(steps)
