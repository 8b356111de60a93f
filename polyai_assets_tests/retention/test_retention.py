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
from polyai_assets.delivery.publish import Publisher
from polyai_assets.raw.kept_from import read_kept_from
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retention_days import AUDIO, FACTS, RAW, TEXT, RetentionDays
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.retention_plan import read_plan
from polyai_assets.retention.retention_receipt import FOLDER
from polyai_assets.retention.rewrite import redeliver
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
KEPT = RetentionDays(raw=10, text=39, audio=15, facts=40)
TODAY = after(DAY3, 40)
"""Of DAY1 and DAY2 rows go, of DAY3 text, and of all five days raw records."""
GONE = (DAY1, DAY2, DAY3)
TABLES = ("conversations", "turns", "conversation_facts")
COUNTS = "date, conversation_id, started_at, num_turns, outcome, user_words"


def prepared(tmp_path: Path, polyai: Simulator, url: str) -> Steps:
    steps = Steps(platform_of(tmp_path, url, KEPT), tmp_path, polyai)
    plant(polyai, DAYS)
    assert steps.run(DAY1, DAY5).success
    assert steps.run(DAY2, DAY2, assets=RECORDINGS).success
    assert steps.run(DAY1, DAY1, projects=(BANK, BANK)).success
    platform = steps.platform
    assert platform.publish is not None
    publisher = Publisher(
        RawStore(platform.raw_store), Warehouse(platform.warehouse), platform.contract, platform.publish
    )
    with connect() as connection:
        publisher.publish(connection, Partition(project_of(HOTEL), DAY2), datetime.now(UTC))
    days = [Partition(project_of(HOTEL), DAY2)]
    redeliver(platform, platform.deliveries[0], days, connect, lambda: datetime.now(UTC))
    return steps


def delivered(steps: Steps) -> list[tuple[Any, ...]]:
    """What the target has of what was said."""
    with looking_into(steps.root / "target.duckdb") as connection:
        return connection.execute("SELECT DISTINCT user_input FROM polyai.turns ORDER BY ALL").fetchall()


def places_of(steps: Steps, *days: date) -> list[str]:
    """The places that hold what was said, the target of deliveries among them."""
    found = holding(steps.root, [planted(day).encode() for day in days])
    return [place.removeprefix("data/") for place in found]


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


def nothing_has_it_again(steps: Steps, polyai: Simulator) -> None:
    calls = len(polyai.requests)
    for assets in (INGEST, INGEST[1:], DETAILS, DETAILS[1:], RECORDINGS, RETRIEVAL):
        assert steps.run(DAY1, DAY5, assets=assets).success
    assert len(polyai.requests) == calls
    assert steps.statuses("raw_conversations", DAYS) == ["MATERIALIZED"] * 5
    assert set(steps.verdicts("raw_conversations", "complete", DAYS)) == {"SUCCEEDED"}
    assert places_of(steps, *GONE) == []


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


def test_days_that_have_aged_leave_no_byte_and_no_gap(tmp_path: Path, polyai: Simulator, polyai_url: str):
    steps = prepared(tmp_path, polyai, polyai_url)
    others = f"project <> '{HOTEL.key}' OR date > '{DAY3}'"
    before = {table: rows(steps, table, others) for table in TABLES}
    facts = rows(steps, f"(SELECT {COUNTS} FROM conversation_facts)", f"date = '{DAY3}'")
    copy_platform(steps.platform)
    shown, store = figures(steps), RawStore(steps.platform.raw_store)
    assert len(places_of(steps, DAY2)) > 5
    assert "target.duckdb" in places_of(steps, DAY2)
    assert len(delivered(steps)) > 1

    with pytest.raises(Killed):  # when rows are gone, and nothing says so yet
        replace(retention_of(steps), connect=killing_after(2)).remove(plan_on(steps, TODAY))
    assert read_plan(store) is not None
    assert store.names(FOLDER) == []
    done = retain_on(steps, TODAY)
    assert done is not None
    assert done.receipt.days == {
        RAW: {HOTEL.key: 5},
        AUDIO: {HOTEL.key: 1},
        TEXT: {HOTEL.key: 3},
        FACTS: {HOTEL.key: 2},
    }
    assert {(row.what, row.count) for row in done.receipt.found} >= {("rows of conversations", 8)}
    assert (read_plan(store), len(store.names(FOLDER))) == (None, 2)

    assert places_of(steps, *GONE) == []
    assert not [place for place in places_of(steps, DAY5) if place.startswith("raw/")]
    assert [retired(steps, day) for day in (DAY1, DAY3, DAY5)] == [{RAW, TEXT, FACTS}, {RAW, TEXT}, {RAW}]
    assert {table: rows(steps, table, others) for table in TABLES} == before
    assert rows(steps, f"(SELECT {COUNTS} FROM conversation_facts)", f"date = '{DAY3}'") == facts
    assert steps.ask(f"SELECT count(*) FROM conversations WHERE NOT ({others}) AND date < '{DAY3}'") == [(0,)]
    assert (figures(steps), delivered(steps)) == (shown, [])
    assert plan_on(steps, TODAY).is_empty
    assert read_kept_from(store, project_of(HOTEL))[FACTS] == DAY3
    nothing_has_it_again(steps, polyai)
