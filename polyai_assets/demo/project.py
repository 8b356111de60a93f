"""The Dagster project of the demo: a checkout of this repository, or one that the demo makes where a person stands.

Whoever has installed the package has no checkout, and perhaps a project of their own: that is left alone.
"""

from importlib import resources
from pathlib import Path

from polyai_assets.doctor.places import why_not_writable
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import own_folder

CHECKOUT = Path(__file__).parents[2]
FOLDER = "polyai-demo"
_MODULE = "polyai_demo"
_PYPROJECT = f"""\
[project]
name = "{FOLDER}"
version = "0"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{_MODULE}"
"""


class DemoError(Actionable):
    """The demo cannot run; the message says why and what to do."""


def demo_project(start: Path) -> Path:
    """Find the project that a demo started in a folder runs in; make it, below that folder, the first time."""
    if is_checkout():
        return CHECKOUT
    root = start if start.name == FOLDER else start / FOLDER
    own_folder(root)
    package = resources.files("polyai_assets")
    for name, text in {
        "pyproject.toml": _PYPROJECT,
        "data/dagster.yaml": package.joinpath("demo", "dagster.yaml").read_text(encoding="utf-8"),
        f"{_MODULE}/__init__.py": "",
        f"{_MODULE}/definitions.py": package.joinpath("definitions.py").read_text(encoding="utf-8"),
        f"{_MODULE}/defs/__init__.py": "",
        f"{_MODULE}/defs/polyai/defs.yaml": package.joinpath("defs/polyai/defs.yaml").read_text(
            encoding="utf-8"
        ),
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(text, encoding="utf-8")
    return root


def writable_project(start: Path) -> Path:
    """Find or make the project. Raises DemoError where the demo cannot write there."""
    root = demo_project(start)
    home = root / "data"
    problem = why_not_writable(home)
    if problem:
        raise DemoError(
            f"{home} cannot be written to: {problem}. Let this user write to it: the demo works there."
        )
    return root


def is_checkout() -> bool:
    """Tell whether the package runs from a checkout of its repository, which is a Dagster project itself."""
    return (CHECKOUT / "pyproject.toml").is_file()


def from_here(path: Path) -> Path:
    """Name a path as it is typed where one stands."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
