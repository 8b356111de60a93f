"""Finding the configured platforms of the Dagster project one stands in.

Dagster takes seconds to import: it is where platforms are loaded, not where a shell asks what projects there are.
"""

import codecs
import sys
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.text_file import TextUnreadable, read_text

if TYPE_CHECKING:
    from polyai_assets.configuration import PlatformConfig, ProjectConfig

_COMPONENT_FILES = ("defs.yaml", "defs.yml", "component.yaml")
_IN_KEY = ("region", "account_id", "project_id")
_MOST_NAMED = 10
"""Keys that a message lists."""


class NoPlatform(Actionable):
    """There is no Dagster project here, or none with our component; says so and what to do."""


def find_platforms(start: Path) -> "list[PlatformConfig]":
    """Load the platforms of the Dagster project that `start` lies in, with the variables of its file `.env`.

    Raises NoPlatform, TextUnreadable, and ConfigurationError with everything that is wrong with a `defs.yaml` in its
    message.
    """
    import dagster as dg
    from dagster._core.errors import DagsterImportError
    from dagster.components.core.component_tree import ComponentTreeException

    from polyai_assets.component import PolyAIConversations
    from polyai_assets.configuration import ConfigurationError

    root = project_root(start)
    _load_variables(root / ".env")
    make_importable(root)
    try:
        tree = dg.ComponentTree.for_project(root)
        _check_files(tree.defs_module_path, root)
        components = tree.get_all_components(PolyAIConversations)
    except DagsterImportError as error:
        raise NoPlatform(str(error)) from error
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
        if _dg_project(folder) is not None:
            return folder
    raise NoPlatform(f"{start} is in no Dagster project: go to the folder with its pyproject.toml")


def make_importable(root: Path) -> None:
    """Let the package of a Dagster project be imported from its folder, or from `src` in it, without installing it."""
    package = _package(root)
    if package is not None and str(package.parent) not in sys.path:
        sys.path.insert(0, str(package.parent))


def _package(root: Path) -> Path | None:
    """Find the folder of a Dagster project's package: in its own folder, or in `src` in it."""
    name = str((_dg_project(root) or {}).get("root_module", "")).partition(".")[0]
    folders = (folder / name for folder in (root / "src", root))
    return next((folder for folder in folders if name and folder.is_dir()), None)


def spool_folder(start: Path) -> Path:
    """Name the folder in which fetches of this Dagster project wait. Raises NoPlatform."""
    return project_root(start) / "data" / "spool"


def find_project(start: Path, key: str) -> "tuple[PlatformConfig, ProjectConfig]":
    """Find a configured project by its key. Raises NoPlatform."""
    platforms = find_platforms(start)
    for platform in platforms:
        for config in platform.projects:
            if config.project.key == key:
                return platform, config
    raise NoPlatform(not_configured(key, platforms))


def only(platforms: "Sequence[PlatformConfig]", keys: Collection[str]) -> "list[PlatformConfig]":
    """Give the platforms with just the projects of these keys; with all where no key is given. Raises NoPlatform."""
    if not keys:
        return list(platforms)
    chosen = []
    for platform in platforms:
        projects = tuple(config for config in platform.projects if config.project.key in keys)
        if projects:
            chosen.append(replace(platform, projects=projects))
    found = {config.project.key for platform in chosen for config in platform.projects}
    for key in keys:
        if key not in found:
            raise NoPlatform(not_configured(key, platforms))
    return chosen


def not_configured(key: str, platforms: "Sequence[PlatformConfig]") -> str:
    """Say that no project has this key, and which keys are like it, or which there are."""
    known = [config.project.key for platform in platforms for config in platform.projects]
    near = [other for other in known if other.endswith(f"/{key}")] or get_close_matches(
        key, known, cutoff=0.8
    )
    if near:
        return f"no project {key} is configured; did you mean {' or '.join(near)}?"
    rest = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return f"no project {key} is configured; there are {', '.join(known[:_MOST_NAMED])}{rest}"


def written_keys(start: Path) -> list[str]:
    """Read the keys of the projects that stand in the files of components, without loading or judging anything.

    What cannot be read so, such as an id that is a variable, is left out.
    """
    try:
        package = _package(project_root(start))
    except (NoPlatform, TextUnreadable):
        return []
    return sorted({key for file in _component_files(package) for key in _keys_in(file)}) if package else []


def load_variables(start: Path) -> None:
    """Set the variables of the file `.env` of the Dagster project that `start` lies in, if it lies in one.

    Raises TextUnreadable.
    """
    try:
        root = project_root(start)
    except NoPlatform:
        return
    _load_variables(root / ".env")


def _keys_in(file: Path) -> Iterator[str]:
    import yaml

    try:
        documents = list(yaml.safe_load_all(read_text(file)))
    except (yaml.YAMLError, TextUnreadable):
        return
    for document in documents:
        attributes = document.get("attributes") if isinstance(document, dict) else None
        if not isinstance(attributes, dict):
            continue
        projects, defaults = attributes.get("projects"), attributes.get("defaults")
        for project in projects if isinstance(projects, list) else []:
            said = (
                {**(defaults if isinstance(defaults, dict) else {}), **project}
                if isinstance(project, dict)
                else {}
            )
            parts = [said.get(name) for name in _IN_KEY]
            if all(isinstance(part, str) and "{" not in part for part in parts):
                yield "/".join(map(str, parts))


def _load_variables(file: Path) -> None:
    """Set the variables of a file, as `dg` does; one that is set already stays as it is. Raises TextUnreadable."""
    from dotenv import load_dotenv

    is_environment_of_python = (file / "pyvenv.cfg").is_file()  # some people give it this name
    if file.exists() and not is_environment_of_python:
        load_dotenv(stream=StringIO(read_text(file)))


def _read_toml(file: Path) -> dict[str, Any]:
    text = read_text(file)
    if file.read_bytes().startswith(codecs.BOM_UTF8):
        raise NoPlatform(f"{file} begins with a mark that dg does not take: save it as UTF-8 without BOM.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NoPlatform(f"{file} is no TOML: {error}. Correct it.") from error


def _check_files(defs: Path, root: Path) -> None:
    """Say why files of components cannot be read, before Dagster does with a stack. Raises ConfigurationError."""
    from polyai_assets.configuration import ConfigurationError
    from polyai_assets.configuration.yaml_file import reading_problems

    problems = tuple(
        problem
        for file in sorted(_component_files(defs))
        for problem in reading_problems(
            file, str(file.relative_to(root) if file.is_relative_to(root) else file)
        )
    )
    if problems:
        raise ConfigurationError("\n".join(problems), problems)


def _component_files(defs: Path) -> Iterator[Path]:
    for name in _COMPONENT_FILES:
        yield from defs.rglob(name)


def _dg_project(folder: Path) -> dict[str, Any] | None:
    """Read what `dg` reads of the project in a folder; None where there is none."""
    pyproject, own = folder / "pyproject.toml", folder / "dg.toml"
    settings: dict[str, Any] = {}
    if own.is_file():
        settings = _read_toml(own)
    elif pyproject.is_file():
        settings = _read_toml(pyproject).get("tool", {}).get("dg", {})
    project: dict[str, Any] | None = settings.get("project")
    return project
