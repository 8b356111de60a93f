"""What makes a partition red by itself, what ends the run, and when a partition is loaded again.

An error of a partition is its own: the others go on. An interrupt (Terminate in the UI, Ctrl-C) is no partition's
error: it leaves every guard, also where a library has turned it into an error of its own. DuckDB raises `RuntimeError:
Query interrupted` for one that comes during a statement, with the interrupt as its cause.
"""

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

import duckdb
import pyarrow as pa

from polyai_assets.machine.actionable import Actionable, chain
from polyai_assets.raw.partition import Partition

T = TypeVar("T")

log = logging.getLogger(__name__)


class NothingInRawStore(Actionable):
    """Tables were to be rebuilt for a day that was never fetched."""


FORESEEN = (Actionable, OSError, duckdb.Error, pa.ArrowException)
"""Errors whose message says what happened; of any other the log has the traceback."""


def guarded(partition: Partition, work: Callable[[], T], red: Callable[[Exception], T]) -> T:
    """Do the work on a partition; give what `red` makes of its error. Raises interrupts only."""
    try:
        return work()
    except Exception as error:
        raise_interrupt(error)
        if isinstance(error, FORESEEN):
            log.error("%s is red: %s", partition, error)
        else:
            log.exception("%s met an unforeseen error", partition)
        return red(error)


def raise_interrupt(error: BaseException) -> None:
    """Raise the interrupt that an error stands for, if it stands for one."""
    if isinstance(error, pa.ArrowCancelled):
        raise KeyboardInterrupt from error
    for link in chain(error):
        if not isinstance(link, Exception):
            raise link


class _Certified(Protocol):
    @property
    def records_sha256(self) -> str: ...


C = TypeVar("C", bound=_Certified)
L = TypeVar("L")


def load_newest(certificate: C, load: Callable[[C], L], newest: Callable[[], C | None]) -> tuple[C, L]:
    """Load a partition, again if another run has committed newer records of it meanwhile; give what was loaded last."""
    while True:
        loaded = load(certificate)
        current = newest()
        if current is None or current.records_sha256 == certificate.records_sha256:
            return certificate, loaded
        certificate = current
