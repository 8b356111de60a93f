"""Whether configuration and definitions of the Dagster project load, with everything that is wrong with them."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from polyai_assets.configuration import ConfigurationError, PlatformConfig
from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.machine.text_file import TextUnreadable
from polyai_assets.workspace import NoPlatform, find_platforms, make_importable, only, project_root

NAME = "configuration"
_STEP = "correct it; `dg check defs` checks it as Dagster does"
DEFINITIONS = "definitions"
DEFINITIONS_HINT = "`dg check defs` shows where"
_PREFIX = (
    "set `key_prefix` in defs.yaml (of one instance, if there are several): it stands before the keys of all assets "
    "and the names of all jobs, sensors and schedules of the instance"
)


@dataclass
class Loaded:
    """The platforms that could be loaded, and what is to be said of the configuration."""

    platforms: list[PlatformConfig] = field(default_factory=list)
    findings: list[Diagnosis] = field(default_factory=list)


def load(start: Path, project: str | None = None) -> Loaded:
    """Load the configuration of the Dagster project that `start` lies in, all of it or what concerns a project."""
    loaded = Loaded()
    with _unlogged():
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
    loaded.findings += [
        yellow(NAME, text, "set its variable, or change it in defs.yaml")
        for platform in platforms
        for text in platform.warnings
    ]
    try:
        loaded.platforms = only(platforms, [] if project is None else [project])
    except NoPlatform as error:
        loaded.findings.append(red(NAME, str(error), "name one that is, or none for all"))
        return loaded
    listed = ", ".join(config.project.key for platform in platforms for config in platform.projects)
    loaded.findings.append(green(NAME, f"loads, with {listed}"))
    return loaded


@contextmanager
def _unlogged() -> Iterator[None]:
    """Leave out of the log what the configuration warns of: the findings say it."""
    logger, handler = logging.getLogger("polyai_assets.configuration"), logging.NullHandler()
    propagated = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated


def look_at_definitions(start: Path) -> Iterator[Diagnosis]:
    """Build all definitions of the Dagster project that `start` lies in, as Dagster does."""
    root = project_root(start)
    make_importable(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Dagster about itself
        yield judge(dg.ComponentTree.for_project(root).build_defs())


def judge(definitions: dg.Definitions) -> Diagnosis:
    """Say whether definitions can be loaded, and what to do where two have the same name."""
    try:
        dg.Definitions.validate_loadable(definitions)
    except dg.DagsterInvalidDefinitionError as error:
        said = " ".join(str(error).split())
        is_twice = said.startswith("Duplicate") or "multiple" in said
        return red(DEFINITIONS, said, _PREFIX if is_twice else DEFINITIONS_HINT)
    return green(
        DEFINITIONS, f"load, with {len(definitions.resolve_asset_graph().get_all_asset_keys())} assets"
    )
