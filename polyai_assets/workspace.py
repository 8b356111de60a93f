"""Finding the configured platforms of the Dagster project one stands in."""

import tomllib
from pathlib import Path

import dagster as dg

from polyai_assets.component import PolyAIConversations
from polyai_assets.configuration import PlatformConfig, ProjectConfig


class NoPlatform(Exception):
    """There is no Dagster project here, or none with our component; says so and what to do."""


def find_platforms(start: Path) -> list[PlatformConfig]:
    """Load the platforms of the Dagster project that `start` lies in. Raises NoPlatform."""
    root = find_root(start)
    components = dg.ComponentTree.for_project(root).get_all_components(PolyAIConversations)
    if not components:
        raise NoPlatform(f"the Dagster project in {root} has no component polyai_assets.PolyAIConversations")
    return [component.config for component in components]


def find_root(start: Path) -> Path:
    """Find the folder of the Dagster project that `start` lies in. Raises NoPlatform."""
    root = next((folder for folder in (start, *start.parents) if _is_project(folder)), None)
    if root is None:
        raise NoPlatform(f"{start} is in no Dagster project: go to the folder with its pyproject.toml")
    return root


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
