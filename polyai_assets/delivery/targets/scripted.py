"""Targets whose transaction is one script, which the server runs as one job.

A process that is killed leaves no transaction open. But a script answers nothing on its way: what it depends on is read
before, and the script fails where that has changed.
"""

from abc import abstractmethod
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.targets.staged import StagedTarget

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk

CHANGED = "polyai: another process has delivered meanwhile"
"""What a script says that finds another log than was read before."""


class ScriptedTarget(StagedTarget):
    """A target that runs a whole transaction at its end."""

    def __init__(self) -> None:
        self._script: list[str] | None = None

    @abstractmethod
    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement or a script, and give its rows."""

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; in a transaction it waits for COMMIT, which runs all of them."""
        if statement == "BEGIN":
            self._script = ["BEGIN TRANSACTION"]
            return []
        if self._script is None:
            return self.ask(statement)
        if statement == "COMMIT":
            script, self._script = [*self._script, "COMMIT TRANSACTION"], None
            return self.ask(";\n".join(script) + ";")
        self._script.append(statement)
        return []

    def roll_back(self) -> None:
        """Drop the script; one that failed on the server was rolled back there."""
        self._script = None

    def read_log(self, project: str | None = None, days: Collection[date] = ()) -> list[LogRow]:
        """Read the log at once, also in a transaction."""
        script, self._script = self._script, None
        try:
            return super().read_log(project, days)
        finally:
            self._script = script

    def lock_log(self, chunk: "Chunk") -> list[LogRow]:
        """Read the log, and let the transaction fail where it has changed meanwhile."""
        before = super().lock_log(chunk)
        found = (
            f"SELECT COALESCE(SUM({self.dialect.quote('version')}), 0) FROM {self.relation(DELIVERY_LOG.name)} "
            f"WHERE {self.of_days(chunk.project, chunk.days)}"
        )
        self.run(f"ASSERT ({found}) = {sum(row.version for row in before)} AS '{CHANGED}'")
        return before
