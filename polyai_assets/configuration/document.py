"""Reading parts of the file into pydantic models; what is wrong is collected, and nothing stops at it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from polyai_assets.configuration.problems import FieldPath, Problems, Source
from polyai_assets.configuration.rules import nearest
from polyai_assets.configuration.templates import TemplateError, UnsetVariable, is_template, render

M = TypeVar("M", bound=BaseModel)

NOT_SHOWN = frozenset({"api_key", "base_url", "raw_store", "warehouse", "warehouse_data"})
"""Fields whose value may hold a secret, or a part of one, if it is wrong."""


@dataclass(frozen=True)
class Document:
    """One `defs.yaml` on its way to a configuration."""

    source: Source
    problems: Problems
    scope: Mapping[str, Any]
    """What templates may name."""

    def rendered(self, value: object, path: FieldPath) -> object:
        """Replace the templates in `value`, except in API keys. What fails becomes an object of no type."""
        if isinstance(value, Mapping):
            items = value.items()
            return {
                str(key): item if key == "api_key" else self.rendered(item, (*path, key))
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
        model: type[M],
        values: Mapping[str, Any],
        raw: Mapping[str, Any],
        at: Callable[[str], FieldPath],
    ) -> M | None:
        """Make a model of rendered values; None, and problems, if they do not fit. Null is as good as absent.

        `raw` is what the file says, for the messages; `at` tells where a field stands.
        """
        try:
            return model.model_validate({name: value for name, value in values.items() if value is not None})
        except ValidationError as error:
            for details in error.errors(include_url=False, include_input=False):
                name = str(details["loc"][0])
                self.problems.add(at(name), _message(model, name, details, raw))
            return None

    def text_of(self, number: int, path: FieldPath) -> str | int:
        """Turn an id that YAML took for a number into its text, or report that it was written otherwise."""
        if self.source.spells(path, number):
            return str(number)
        self.problems.add(
            path, f"YAML reads this as the number {number}. Put it in quotes, so that it stays text."
        )
        return number


def _message(model: type[BaseModel], name: str, details: ErrorDetails, raw: Mapping[str, Any]) -> str:
    if details["type"] == "missing":
        return f"is missing. {model.model_fields[name].description}"
    if details["type"] == "extra_forbidden":
        known = list(model.model_fields)
        return f"unknown option.{nearest(name, known)} Known here: {', '.join(known)}."
    sentence = details["ctx"]["error"]
    return f"{_shown(name, raw.get(name))} {sentence}."


def _shown(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if name in NOT_SHOWN:
        return "the value"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
