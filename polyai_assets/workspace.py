"""Finding the configured platforms of the Dagster project one stands in."""

import tomllib
from pathlib import Path

import dagster as dg
from dagster.components.core.component_tree import ComponentTreeException
from dotenv import load_dotenv

from polyai_assets.component import PolyAIConversations
from polyai_assets.configuration import ConfigurationError, PlatformConfig, ProjectConfig


class NoPlatform(Exception):
    """There is no Dagster project here, or none with our component; says so and what to do."""


def find_platforms(start: Path) -> list[PlatformConfig]:
    """Load the platforms of the Dagster project that `start` lies in, with the variables of its file `.env`.

    Raises NoPlatform, and ConfigurationError with everything that is wrong with a `defs.yaml` in its message.
    """
    root = project_root(start)
    load_dotenv(root / ".env")  # as dg does; a variable that is set already stays as it is
    try:
        components = dg.ComponentTree.for_project(root).get_all_components(PolyAIConversations)
    except ComponentTreeException as error:
        cause = error.__cause__
        if not isinstance(cause, ConfigurationError):
            raise
        raise ConfigurationError("\n".join([str(cause), *cause.problems]), cause.problems) from None
    if not components:
        raise NoPlatform(f"the Dagster project in {root} has no component polyai_assets.PolyAIConversations")
    return [component.config for component in components]


def project_root(start: Path) -> Path:
    """Find the folder of the Dagster project that `start` lies in. Raises NoPlatform."""
    for folder in (start, *start.parents):
        if _is_project(folder):
            return folder
    raise NoPlatform(f"{start} is in no Dagster project: go to the folder with its pyproject.toml")


def spool_folder(start: Path) -> Path:
    """Name the folder in which fetches of this Dagster project wait. Raises NoPlatform."""
    return project_root(start) / "data" / "spool"


def find_project(start: Path, key: str) -> tuple[PlatformConfig, ProjectConfig]:
    """Find a configured project by its key. Raises NoPlatform."""
    platforms = find_platforms(start)
    for platform in platforms:
        for config in platform.projects:
            if config.project.key == key:
                return platform, config
    known = ", ".join(config.project.key for platform in platforms for config in platform.projects)
    raise NoPlatform(f"no project {key} is configured; there are {known}")


def _is_project(folder: Path) -> bool:
    file = folder / "pyproject.toml"
    return file.is_file() and "dg" in tomllib.loads(file.read_text()).get("tool", {})
