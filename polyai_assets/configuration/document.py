"""Reading parts of the file; what is wrong is collected, and nothing stops at it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from polyai_assets.configuration.problems import (
    FieldPath,
    Problems,
    SourceFile,
    TemplateError,
    UnsetVariable,
)
from polyai_assets.configuration.rules import Rule, nearest
from polyai_assets.configuration.templates import is_template, render, right_form
from polyai_assets.machine.secrets import masked

SECRET_FIELDS = frozenset({"api_key", "agents_api_key", "connection"})
NOT_SHOWN = SECRET_FIELDS | {
    "base_url",
    "agents_base_url",
    "dagster_url",
    "place",
    "raw_store",
    "read_only_copy",
    "warehouse",
    "warehouse_data",
}
"""Fields whose value may hold a secret, or a part of one, if it is wrong."""


@dataclass(frozen=True)
class Document:
    """One `defs.yaml` on its way to a configuration."""

    source: SourceFile
    problems: Problems
    scope: Mapping[str, Any]
    """What templates may name."""
    levels: Mapping[type[BaseModel], str]
    """Where the options of each model stand in the file, in words."""
    root: Path = Path()
    """Where relative paths start."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """By option, the rules that depend on what else stands in the file; they are asked instead of the models' own."""

    def rendered(self, value: object, path: FieldPath) -> object:
        """Replace the templates in `value`, except in secrets. What fails becomes an object of no type."""
        meant = right_form(value)
        if meant:
            self.problems.add(path, f"names a variable in a form that is not read here. Write {meant}.")
            return object()
        if isinstance(value, Mapping):
            items = value.items()
            return {
                str(key): item if key in SECRET_FIELDS else self.rendered(item, (*path, key))
                for key, item in items
            }
        if isinstance(value, list | tuple):
            return [self.rendered(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and is_template(value):
            try:
                return render(value, self.scope)
            except UnsetVariable as problem:
                self.problems.add(path, f"{problem}. Set it where Dagster runs, or correct the name.")
            except TemplateError as problem:
                self.problems.add(path, f'{problem}. A variable is written as "{{{{ env.NAME }}}}".')
            return object()
        return value

    def read(
        self,
        model: type[BaseModel],
        values: Mapping[str, Any],
        raw: Mapping[str, Any],
        at: Callable[[str], FieldPath],
    ) -> dict[str, Any]:
        """Read rendered values by the rules of a model's fields; those that fit. Null is as good as absent.

        `raw` is what the file says, for the messages; `at` tells where a field stands.
        """
        read: dict[str, Any] = {}
        declared_in = options_of(model)
        for name, value in values.items():
            declared = declared_in.get(name)
            if declared is None:
                self.problems.add(at(name), f"unknown option. {self._hint(name, model)}")
            elif value is not None:
                try:
                    read[name] = self.rules.get(name, rule_of(declared)).read(value)
                except ValueError as problem:
                    self.problems.add(at(name), f"{_shown(name, raw.get(name))} {problem}.")
        for name, declared in declared_in.items():
            if declared.is_required() and values.get(name) is None:
                self.problems.add(at(name), f"is missing: {declared.description}")
        return read

    def section(
        self, model: type[BaseModel], values: object, raw: object, path: FieldPath, such_as: str
    ) -> dict[str, Any] | None:
        """Read the mapping at a path by the rules of a model's fields; for anything else note a problem, and None.

        `raw` is what the file says of it, if that is a mapping too; `such_as` completes "must be a mapping".
        """
        if not isinstance(values, Mapping):
            self.problems.add(path, f"must be a mapping{such_as}.")
            return None
        return self.read(
            model, values, raw if isinstance(raw, Mapping) else values, lambda name: (*path, name)
        )

    def _hint(self, name: str, model: type[BaseModel]) -> str:
        """Say which option of this level was meant, or at which level it belongs."""
        others = {other: place for other, place in self.levels.items() if other is not model}
        for other, place in others.items():
            if name in options_of(other):
                return f"{name} belongs under {place}. Move it there."
        hint = nearest(name, options_of(model))
        if hint:
            return hint
        for other, place in others.items():
            hint = nearest(name, options_of(other))
            if hint:
                return f"{hint.rstrip('?')}, which belongs under {place}?"
        return f"Known here: {', '.join(options_of(model))}."

    def with_ids_as_text(
        self, values: Mapping[str, Any], names: Iterable[str], at: Callable[[str], FieldPath]
    ) -> dict[str, Any]:
        """Turn ids that YAML took for numbers into their text, noting those that were written otherwise."""
        given = dict(values)
        for name in names:
            number = given.get(name)
            if type(number) is not int:
                continue
            if self.source.spells(at(name), number):
                given[name] = str(number)
            else:
                problem = f"YAML reads this as the number {number}. Put it in quotes, so that it stays text."
                self.problems.add(at(name), problem)
        return given


def options_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Give the options that a model declares, by the names that they have in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def rule_of(declared: FieldInfo) -> Rule:
    """Give the rule of a declared option."""
    return next(part for part in declared.metadata if isinstance(part, Rule))


def _shown(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return "a nested list"
    if name in NOT_SHOWN:
        return "the value"
    shown = masked(repr(value))  # before it is cut: the rest of a secret would be known no more
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
