"""Whose error it is: a partition's, or nobody's, because somebody has stopped the run."""

import logging
import os
import signal
import threading
from collections.abc import Iterator

import duckdb
import pytest

from polyai_assets.api.errors import ServerError
from polyai_assets.assets.guard import guarded
from polyai_assets.raw.partition import Partition

PARTITION = Partition.parse("2025-03-01|us-1/acme/hotel-bot")


class Stopped(BaseException):
    """What Dagster raises where a signal comes in."""


@pytest.fixture
def stopped_in_a_moment() -> Iterator[None]:
    """A signal comes in a moment, as Terminate in the UI sends one."""

    def stop(*_: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGINT, stop)
    timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    yield
    timer.join()
    signal.signal(signal.SIGINT, before)


def fail(error: BaseException) -> str:
    raise error


def test_an_error_makes_the_partition_red(caplog: pytest.LogCaptureFixture):
    assert guarded(PARTITION, lambda: fail(ServerError("down")), lambda error: f"red: {error}") == "red: down"
    assert [record.message for record in caplog.records] == ["us-1/acme/hotel-bot 2025-03-01 is red: down"]
    assert caplog.records[0].exc_info is None


def test_an_error_that_nobody_foresaw_is_in_the_log_in_full(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        assert guarded(PARTITION, lambda: fail(ZeroDivisionError()), lambda error: "red") == "red"
    assert caplog.records[0].exc_info is not None


def test_an_error_that_is_its_own_cause_makes_the_partition_red():
    error, other = ServerError("down"), ServerError("retried")
    error.__cause__, other.__context__ = other, error
    assert guarded(PARTITION, lambda: fail(error), lambda error: "red") == "red"


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, Stopped, SystemExit])
def test_an_interrupt_leaves_the_guard(interrupt: type[BaseException]):
    with pytest.raises(interrupt):
        guarded(PARTITION, lambda: fail(interrupt()), lambda error: "red")


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, Stopped])
def test_an_interrupt_leaves_that_a_library_has_made_an_error_of(interrupt: type[BaseException]):
    def work() -> str:
        try:
            fail(interrupt())
        except BaseException as cause:  # noqa: BLE001 - as a library does
            try:
                raise RuntimeError("Query interrupted") from cause
            except RuntimeError as error:
                raise ServerError("could not be loaded") from error
        return ""

    with pytest.raises(interrupt):
        guarded(PARTITION, work, lambda error: "red")


@pytest.mark.usefixtures("stopped_in_a_moment")
def test_an_interrupt_leaves_that_comes_during_a_statement_of_duckdb():
    def work() -> str:
        with duckdb.connect() as connection:
            connection.execute(
                "SELECT count(*) FROM range(1000000) a, range(10000000) b WHERE a.range % 7 = b.range"
            )
        return ""

    with pytest.raises(Stopped):
        guarded(PARTITION, work, lambda error: "red")
