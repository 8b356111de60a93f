"""Seeing the steps of this process as they are done: `polyai backfill` does."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

import dagster as dg

# An output with this key makes no event. Ours have made theirs by then, each partition its own, and steps downstream
# need the output. Dagster has no public way to say so, and its version is pinned.
# What Dagster raises in place of a KeyboardInterrupt has no public name.
from dagster._core.errors import DagsterExecutionInterruptedError

from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.checks.verdict import Verdict

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """Who sees the steps of this process."""

    def see(self, outcome: PartitionOutcome, verdicts: Sequence[Verdict]) -> None:
        """Take note of a partition that is done, and of the verdicts on it; a red one has none yet."""

    def stop(self, run: dg.DagsterRun) -> None:
        """Take note that a run is interrupted, before it ends."""


WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Who sees the steps that run in this context; None in the processes that Dagster starts."""


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Let steps be seen meanwhile."""
    token = WATCHER.set(watcher)
    try:
        yield
    finally:
        WATCHER.reset(token)


@contextmanager
def reports_interrupt(run: dg.DagsterRun) -> Iterator[None]:
    """Let an interrupt that passes be known in the log, where Dagster shows it as an error, and to who watches."""
    try:
        yield
    except (KeyboardInterrupt, DagsterExecutionInterruptedError):
        log.info(
            "the run was stopped: days that are done stay, and the next run over the others goes on from there"
        )
        watcher = WATCHER.get()
        if watcher is not None:
            watcher.stop(run)
        raise
