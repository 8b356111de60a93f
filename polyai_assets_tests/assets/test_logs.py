"""Lines of the rooms below in the log of a run."""

import logging

import pytest

from polyai_assets.assets.step import forwarded_to


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((record.levelno, record.getMessage()))


@pytest.fixture
def target() -> logging.Logger:
    logger = logging.Logger("target")
    logger.addHandler(Lines())
    return logger


def seen(target: logging.Logger) -> list[tuple[int, str]]:
    (handler,) = target.handlers
    assert isinstance(handler, Lines)
    return handler.seen


def test_lines_are_forwarded_with_their_level(target: logging.Logger):
    with forwarded_to(target):
        logging.getLogger("polyai_assets.raw.conversations.fetch").info("fetched %d", 3)
        logging.getLogger("polyai_assets.api").warning("again")
        logging.getLogger("polyai_assets.api").debug("too much")
        logging.getLogger("elsewhere").warning("not ours")
    assert seen(target) == [(logging.INFO, "fetched 3"), (logging.WARNING, "again")]


@pytest.mark.parametrize("error", [None, ValueError])
def test_afterwards_all_is_as_before(target: logging.Logger, error: type[Exception] | None):
    package = logging.getLogger("polyai_assets")
    before = (package.level, package.propagate, list(package.handlers))
    try:
        with forwarded_to(target):
            if error:
                raise error
    except ValueError:
        pass
    assert (package.level, package.propagate, list(package.handlers)) == before
    logging.getLogger("polyai_assets.api").warning("after the run")
    assert seen(target) == []
