"""Which tests are fast, which are long, and a guard that keeps the fast ones so.

A fast test starts no process, no server and no run of Dagster, and writes no warehouse: `make test-fast` runs those,
with few examples of each property. A test is slow by the fixtures that it uses, or where it is marked `slow`, as are
files of tests that have DuckDB or many records at work; a long one is none either. A file that is marked as a whole is
not even imported then.

A long one is about what few need (the dbt package, lakes, buckets, to compare versions of the API), or holds once more,
at a price, what another holds: in the second engine, for a further size or kind of data, at more instants of a kill.
`make test` leaves those to `make test-long`; CI runs both.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

FAST = "not slow and not long"
"""What `make test-fast` chooses by."""

LONG = pytest.mark.long
"""Marks a test as long, and by `long` one of its parameters."""

SLOW_FIXTURES = {
    # servers
    *("busy_served", "new_database", "polyai_served", "s3_url", "served", "server", "webhook"),
    # Dagster
    "instance",
    # DuckDB files
    *("copied", "desk", "empty", "lake", "on_postgres", "planted_copy", "warehouse"),
}

STARTS = {
    "os.fork": "a process",
    "os.posix_spawn": "a process",
    "subprocess.Popen": "a process",
    "socket.bind": "a server",
    "sqlite3.connect": "an instance of Dagster",  # which keeps its runs there
}
"""Python's own audit events of what a fast test must not do."""

_NOT_FAST = re.compile(r"^pytestmark = .*\b(pytest\.mark\.slow|LONG)\b", re.MULTILINE)

LONG_FIXTURES = {"old_served", "s3_url"}
"""With these a test compares two versions of the API, or is about buckets."""


def long(*values: object) -> Any:
    """Give values of parameters with which a test is long."""
    return pytest.param(*values, marks=LONG)


class FastTests:
    """Marks tests as slow, and lets one that is not fail when it starts something.

    Only where fast tests run alone: what a slow test has begun may end, or be cleared away, during a later one.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.are_alone = config.getoption("markexpr") == FAST
        self._started: list[str] = []

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        is_test = self.are_alone and collection_path.name.startswith("test_")
        return True if is_test and _NOT_FAST.search(collection_path.read_text("utf-8")) else None

    @pytest.hookimpl(tryfirst=True)  # before -m chooses by marks
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Function]) -> None:
        for item in items:
            if SLOW_FIXTURES & {*item.fixturenames}:
                item.add_marker("slow")
            if LONG_FIXTURES & {*item.fixturenames}:
                item.add_marker("long")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        self._started.clear()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        result = yield
        if self.are_alone and self._started and item.get_closest_marker("slow") is None:
            pytest.fail(f"this fast test has started {self._started[0]}: mark it with pytest.mark.slow")
        return result

    def watch(self, event: str, _: tuple[object, ...]) -> None:
        """Hear of an audit event."""
        if event in STARTS:
            self._started.append(STARTS[event])
