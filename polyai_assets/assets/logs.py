"""Bringing what the rooms below log into the log of the run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from polyai_assets.machine.actionable import without_secrets

ROOT = "polyai_assets"


class _Forward(logging.Handler):
    def __init__(self, target: logging.Logger) -> None:
        super().__init__(logging.INFO)
        self._target = target

    def emit(self, record: logging.LogRecord) -> None:
        self._target.log(record.levelno, self.format(record))


@contextmanager
def forwarded_to(target: logging.Logger) -> Iterator[None]:
    """Send the log lines of this package to `target` (a run's log) while the context is open.

    An error that leaves it quotes no secret.
    """
    logger = logging.getLogger(ROOT)
    handler = _Forward(target)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        with without_secrets():
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
