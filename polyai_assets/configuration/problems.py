"""What is wrong with a file: the errors, and where in the file each belongs."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dagster_shared.yaml_utils.source_position import SourcePositionTree

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.text_file import read_text

FieldPath = tuple[str | int, ...]
"""Keys and list positions from the top of the YAML document: `("attributes", "projects", 0, "region")`."""


class ConfigurationError(Actionable):
    """A `defs.yaml` that cannot be used. `problems` has a line for each thing wrong, as has its cause."""

    def __init__(self, heading: str, problems: tuple[str, ...]) -> None:
        super().__init__(heading)
        self.problems = problems


class ProblemList(ConfigurationError):
    """All problems as one text, the cause of a `ConfigurationError`.

    Dagster prints an exception, its stack, then its cause. This one is never raised and so has no stack: what
    is wrong is the last that a person sees.
    """


class TemplateError(Actionable):
    """A template that cannot be rendered. The message says why, and holds no value of a variable."""


class UnsetVariable(TemplateError):
    """A template needs an environment variable that is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set")
        self.name = name


@dataclass(frozen=True)
class SourceFile:
    """The file that is being read. Without positions (attributes given in Python) only fields are named."""

    positions: SourcePositionTree | None = None
    root: Path | None = None
    """Files are named relative to this folder."""

    @property
    def file(self) -> str:
        """The name to show for the file."""
        if self.positions is None:
            return "the configuration"
        path = Path(self.positions.position.filename)
        return str(path.relative_to(self.root) if self.root and path.is_relative_to(self.root) else path)

    def line(self, path: FieldPath) -> int | None:
        """Find the line of a field, or of what encloses it if the field is not there."""
        if self.positions is None:
            return None
        return self.positions.lookup_closest_and_path(path, None)[0].start.line

    def where(self, path: FieldPath) -> str:
        """Name a place: `defs.yaml:8 attributes.projects.0.api_key`."""
        field_name = ".".join(map(str, path))
        return field_name if self.positions is None else f"{self.file}:{self.line(path)} {field_name}"

    def spells(self, path: FieldPath, number: int) -> bool:
        """Tell whether the number stands in its line just so: YAML reads 0123 as 83 and 1_000 as 1000."""
        line = self.line(path)
        if line is None or line > len(self._lines):
            return True
        return bool(re.search(rf"(?<![\w.+]){number}(?![\w.:])", self._lines[line - 1]))

    @property
    def first_line(self) -> int:
        """The line in which this document of the file begins."""
        return self.positions.position.start.line if self.positions else 1

    @cached_property
    def text(self) -> str:
        """The whole file; empty where there is none."""
        path = Path(self.positions.position.filename) if self.positions else None
        return read_text(path) if path and path.is_file() else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()


@dataclass
class Problems:
    """Collects what is wrong, one problem a field: what follows from the first one only confuses."""

    source: SourceFile
    found: dict[FieldPath, str] = field(default_factory=dict)
    warned: list[str] = field(default_factory=list)
    """What a person should know, with its place, although the file can be used."""

    def add(self, path: FieldPath, message: str) -> None:
        """Note a problem, unless this field or a part of it has one already."""
        if not any(known[: len(path)] == path for known in self.found):
            self.found[path] = message

    def warn(self, path: FieldPath, message: str) -> None:
        """Note what is no problem, but should not stay so."""
        self.warned.append(f"{self.source.where(path)}: {message}")

    def raise_if_any(self) -> None:
        """Raise `ConfigurationError` with everything that was found, in the order of the file."""
        if not self.found:
            return
        ordered = sorted(self.found.items(), key=lambda item: self.source.line(item[0]) or 0)
        lines = tuple(f"{self.source.where(path)}: {message}" for path, message in ordered)
        count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
        listed = ProblemList("\n" + "\n".join(lines), lines)
        raise ConfigurationError(f"{self.source.file} has {count}; see below.", lines) from listed
