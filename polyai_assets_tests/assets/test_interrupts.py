"""A run that is stopped (Terminate in the UI, Ctrl-C) ends within seconds; nothing is red, and the next one goes on."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from polyai_assets.assets import loading
from polyai_assets.raw.conversations.settle import State
from polyai_assets.raw.conversations.unsettled import read_unsettled
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.replace import replace_partitions
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.automation import publishing
from polyai_assets_tests.conftest import Configure, Deploy, Prepare
from polyai_assets_tests.deployment import DAY1, DAY2, DETAILS, INGEST, RAW, Deployment
from polyai_assets_tests.steps import steps_of
from polyai_assets_tests.write_back.conftest import prepare_conversations

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = (DAY1, DAY2)
CHECKS = (("raw_conversations", "complete"), ("turns", "v3_guarantees"), ("audio", "recordings"))
STALL = Fault("stall", {"seconds": 60}, times=None)
WITHIN = 10.0  # seconds; a fault that stalls would take 60


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure) -> Deployment:
    return deploy(configure(audio=wanting()))


@contextmanager
def terminated(instance: dg.DagsterInstance, is_time: Callable[[], bool]) -> Iterator[None]:
    """Do once, when it is time, what Terminate in the UI does: note it, and send the process of the run a signal."""

    def wait_and_stop() -> None:
        while not is_time():
            if over.wait(0.02):
                return
        instance.report_run_canceling(instance.get_runs(limit=1)[0])
        os.kill(os.getpid(), signal.SIGINT)

    over = threading.Event()
    stopper = threading.Thread(target=wait_and_stop)
    stopper.start()
    try:
        yield
    finally:
        over.set()
        stopper.join()


def stop_run(
    deployment: Deployment, assets: tuple[str, ...], is_time: Callable[[], bool]
) -> dg.DagsterRunStatus:
    began = time.monotonic()
    with terminated(deployment.instance, is_time):
        deployment.run(DAY1, DAY2, assets=assets)
    assert time.monotonic() - began < WITHIN
    return deployment.instance.get_runs(limit=1)[0].status


def red(deployment: Deployment) -> list[str]:
    found = read_unsettled(RawStore(deployment.platform.raw_store))
    return [str(day.date) for day in found if day.state is State.RED]


def has_asked(deployment: Deployment, call: str) -> Callable[[], bool]:
    return lambda: any(call in request.path for request in deployment.simulator.requests)


def assert_stopped(deployment: Deployment, assets: tuple[str, ...], is_time: Callable[[], bool]) -> None:
    """Stop a run: it is canceled, its log says what that means, and nothing is red."""
    assert stop_run(deployment, assets, is_time) is dg.DagsterRunStatus.CANCELED
    logged = deployment.instance.all_logs(deployment.instance.get_runs(limit=1)[0].run_id)
    assert sum("the run was stopped: days that are done stay" in entry.user_message for entry in logged) == 1
    assert red(deployment) == []
    for asset in assets:
        assert "FAILED" not in deployment.statuses(asset, DAYS)
    for asset, check in CHECKS:
        assert "FAILED" not in deployment.verdicts(asset, check, DAYS)


@pytest.mark.parametrize("fault", [STALL, Fault("rate_limited", {"retry_after": 60}, times=None)], ids=str)
def test_a_run_that_is_stopped_while_it_fetches_or_waits_leaves_nothing_red(
    deployment: Deployment, fault: Fault
):
    deployment.simulator.faults.add(fault)
    assert_stopped(deployment, INGEST, has_asked(deployment, "conversations"))
    deployment.simulator.faults.clear()
    assert steps_of(deployment).run(DAY1, DAY2, RAW).success


def test_a_run_that_is_stopped_while_it_loads_keeps_what_is_done(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
):
    is_loading = threading.Event()

    def replace_slowly(
        connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, loads: Sequence[Load], *given: Any
    ) -> list[Staged]:
        if loads[0].date == DAY1:
            return replace_partitions(connection, warehouse, loads, *given)
        is_loading.set()
        connection.execute(
            "SELECT count(*) FROM range(1000000) a, range(10000000) b WHERE a.range % 7 = b.range"
        )
        raise AssertionError("the statement was not interrupted")

    monkeypatch.setattr(loading, "MOST_DAYS", 1)
    monkeypatch.setattr(loading, "replace_partitions", replace_slowly)
    assert_stopped(deployment, INGEST, is_loading.is_set)
    assert deployment.statuses("turns", DAYS) == ["MATERIALIZED", "-"]
    monkeypatch.undo()
    assert steps_of(deployment).run(DAY1, DAY2).success


@pytest.mark.parametrize(
    ("assets", "call"), [(DETAILS, "/v1/agents/"), (("audio",), "/audio")], ids=["details", "audio"]
)
def test_a_run_that_is_stopped_while_it_asks_the_agents_api_leaves_nothing_red(
    deployment: Deployment, assets: tuple[str, ...], call: str
):
    assert steps_of(deployment).run(DAY1, DAY2, RAW).success
    deployment.simulator.faults.add(STALL)
    assert_stopped(deployment, assets, has_asked(deployment, call))
    deployment.simulator.faults.clear()
    assert steps_of(deployment).run(DAY1, DAY2, assets=assets).success


def test_publishing_that_is_stopped_is_canceled_and_the_next_run_sends_the_note(
    deploy: Deploy, configure: Configure, tmp_path: Path, polyai: Simulator, prepared: Prepare
):
    prepare_conversations(tmp_path, polyai, prepared)
    deployment = deploy(configure(write_back=True))
    publishing.note(deployment, publishing.names_in(deployment)[0])
    deployment.simulator.faults.add(STALL)
    began = time.monotonic()
    with terminated(deployment.instance, has_asked(deployment, "/note")):
        publishing.run(deployment)
    assert time.monotonic() - began < WITHIN
    assert deployment.instance.get_runs(limit=1)[0].status is dg.DagsterRunStatus.CANCELED
    deployment.simulator.faults.clear()
    assert publishing.run(deployment).success
    assert publishing.sql(deployment, "SELECT state FROM note_requests") == [("done",)]
