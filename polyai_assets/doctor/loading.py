"""Loading the configuration, with everything that is wrong with it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from polyai_assets.configuration import ConfigurationError, PlatformConfig
from polyai_assets.doctor.finding import Finding, green, red, yellow
from polyai_assets.machine.text_file import TextUnreadable
from polyai_assets.workspace import NoPlatform, find_platforms, only

NAME = "configuration"
_STEP = "correct it; `dg check defs` checks it as Dagster does"


@dataclass
class Loaded:
    """The platforms that could be loaded, and what is to be said of the configuration."""

    platforms: list[PlatformConfig] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def load(start: Path, project: str | None = None) -> Loaded:
    """Load the configuration of the Dagster project that `start` lies in, all of it or what concerns a project."""
    loaded = Loaded()
    with _warnings() as warned:
        try:
            platforms = find_platforms(start)
        except NoPlatform as error:
            loaded.findings.append(red(NAME, str(error), "go there, or write a defs.yaml"))
            return loaded
        except ConfigurationError as error:
            loaded.findings += [red(NAME, problem, _STEP) for problem in error.problems]
            return loaded
        except TextUnreadable as error:
            loaded.findings.append(red(NAME, str(error), _STEP))
            return loaded
    loaded.findings += [yellow(NAME, text, "set its variable, or change it in defs.yaml") for text in warned]
    try:
        loaded.platforms = only(platforms, [] if project is None else [project])
    except NoPlatform as error:
        loaded.findings.append(red(NAME, str(error), "name one that is, or none for all"))
        return loaded
    listed = ", ".join(config.project.key for platform in platforms for config in platform.projects)
    loaded.findings.append(green(NAME, f"loads, with {listed}"))
    return loaded


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Keep what the configuration only warns of, such as an alert URL whose variable is not set."""
    logger = logging.getLogger("polyai_assets.configuration")
    kept, propagated = _Kept(), logger.propagate
    logger.addHandler(kept)
    logger.propagate = False
    try:
        yield kept.texts
    finally:
        logger.removeHandler(kept)
        logger.propagate = propagated
