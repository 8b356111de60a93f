"""Delivering published days in a process of its own, which begins when it is given a word, and may be killed."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
from pydantic import SecretStr

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.delivery.deliver import Deliverer
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.processes import PROCESSES

TABLES = ("conversations", "turns")


class DelivererProcess:
    """A process that connects at once, and delivers from when it is `begun`; `said` are the names of its errors."""

    def __init__(self, place: Path, database: str, partitions: Sequence[Partition]) -> None:
        self._word, theirs = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=_deliver, args=(place, database, partitions, theirs))
        self._process.start()
        theirs.close()

    def begin(self) -> None:
        assert self._word.recv() == "ready"
        self._word.send("begin")

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def ended(self) -> set[str]:
        """Wait until it has ended; gives what the errors of its days are."""
        said: set[str] = self._word.recv()
        self._process.join()
        assert self._process.exitcode == 0
        return said


def _deliver(place: Path, database: str, partitions: Sequence[Partition], word: Connection) -> None:
    settings = DeliverySettings("target", "postgres", SecretStr(database), tables=TABLES)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        with closing(open_target(settings, connection)) as target:
            target.probe()
            word.send("ready")
            word.recv()
            deliverer = Deliverer(
                FileStore(str(place)), settings, PACKAGED, target, connection, lambda: datetime.now(UTC)
            )
            word.send({type(day.error).__name__ for day in deliverer.deliver(partitions) if day.error})
