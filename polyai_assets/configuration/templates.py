"""Rendering the `{{ … }}` of a value.

Dagster renders with Jinja's native types: the text 12345 in a variable arrives as a number, `None` as
nothing, `[1]` as a list. A key or an id must arrive as it was written, so text stays text here, and a
variable that is not set is an error that knows its name.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

from polyai_assets.configuration.problems import UnsetVariable

_VARIABLE = re.compile(r"\s*\{\{-?\s*env\.([A-Za-z_]\w*)\s*-?\}\}\s*")
_MARKS = ("{{", "{%", "{#")
_OTHER_FORMS = re.compile(r"\$\{|=\s*\$[A-Za-z_]|(?<!\{)\{\s*env\b[^{}]*\}(?!\})")
_OTHER_FORMS_ALONE = re.compile(
    r"\s*(?:\$[A-Za-z_]\w*|\$\(.*\)|%[A-Za-z_]\w*%|env[.(]\s*\S+|\{\s*\w+\s*\})\s*"
)
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""What is shown of a text that may be a secret: only what is written like the names of variables."""


def is_template(value: object) -> bool:
    """Whether there is something to render in this value."""
    return isinstance(value, str) and any(mark in value for mark in _MARKS)


def right_form(value: object, fallback: str = "NAME") -> str | None:
    """Give the right form for a variable written as in a shell or in Python's format; None for anything else.

    `${KEY}`, `$KEY`, `{env.KEY}` (with quotes, or without, which YAML takes for a mapping), `env.KEY`, `%KEY%` and
    `${{ env.KEY }}` are meant as `"{{ env.KEY }}"`.
    """
    if isinstance(value, Mapping) and [*value.values()] == [None]:
        (name,) = value
        value = f"{{{name}}}" if str(name).startswith("env") else None
    if not isinstance(value, str):
        return None
    if not (_OTHER_FORMS.search(value) or _OTHER_FORMS_ALONE.fullmatch(value)):
        return None
    named = _NAME.search(value)
    return f'"{{{{ env.{named[0] if named else fallback} }}}}", in quotes'


def render(template: str, scope: Mapping[str, Any], used: list[str] | None = None) -> object:
    """Render a template: to any object if it is one `{{ expression }}`, else to text.

    `scope` is what a template may name, beside `env`; names of environment variables are added to `used`.
    Raises `TemplateError`, and `UnsetVariable` for a variable that is needed and not set.
    """
    used = [] if used is None else used
    variable = _VARIABLE.fullmatch(template)
    if variable is None:
        # On demand: nearly every template is the name of a variable, and Jinja takes 10 ms to import.
        from polyai_assets.configuration.expressions import evaluate

        return evaluate(template, scope, used)
    used.append(variable[1])
    if variable[1] not in os.environ:
        raise UnsetVariable(variable[1])
    return os.environ[variable[1]]
