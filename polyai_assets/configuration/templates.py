"""Rendering the `{{ … }}` of a value.

Dagster renders with Jinja's native types: the text 12345 in a variable arrives as a number, `None` as
nothing, `[1]` as a list. A key or an id must arrive as it was written, so text stays text here, and a
variable that is not set is an error that knows its name.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

import jinja2

_WHOLE = re.compile(r"\s*\{\{-?((?:(?!\{\{|\}\}).)*?)-?\}\}\s*", re.DOTALL)
_MARKS = ("{{", "{%", "{#")


class TemplateError(Exception):
    """A template that cannot be rendered. The message says why, and holds no value of a variable."""


class UnsetVariable(TemplateError):  # noqa: N818 - a name says what happened
    """A template needs an environment variable that is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set")
        self.name = name


class _Environment:
    """`env` in a template: `{{ env.NAME }}`, `{{ env('NAME', 'default') }}`. Notes which names were used."""

    def __init__(self, used: list[str]) -> None:
        self._used = used

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("jinja", "__")):  # Jinja asks every object whether it is one of its own
            raise AttributeError(name)
        return self(name)

    def __call__(self, name: str, default: object = None) -> Any:
        if name not in self._used:
            self._used.append(name)
        value = os.environ.get(name, default)
        return _Unset(name=name) if value is None else value


class _Unset(jinja2.Undefined):
    """False in a template, so that `{{ env.A or env.B }}` and `default()` work; an error where needed."""

    __slots__ = ()

    def __str__(self) -> str:
        raise UnsetVariable(self._undefined_name or "")


def is_template(value: object) -> bool:
    """Whether Jinja has something to do in this value."""
    return isinstance(value, str) and any(mark in value for mark in _MARKS)


def render(template: str, scope: Mapping[str, Any], used: list[str] | None = None) -> object:
    """Render a template: to any object if it is one `{{ expression }}`, else to text.

    `scope` is what a template may name, beside `env`; names of environment variables are added to `used`.
    Raises `TemplateError`, and `UnsetVariable` for a variable that is needed and not set.
    """
    names = {**scope, "env": _Environment([] if used is None else used)}
    whole = _WHOLE.fullmatch(template)
    engine = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - no HTML
    try:
        if whole:
            return _defined(engine.compile_expression(whole[1], undefined_to_none=False)(**names))
        return engine.from_string(template).render(**names)
    except TemplateError:
        raise
    except jinja2.TemplateError as error:
        raise TemplateError(f"the template cannot be rendered ({error.message})") from None
    except Exception as error:  # noqa: BLE001 - a template runs any code, and the text of its error may hold a secret
        raise TemplateError(f"the template cannot be rendered ({type(error).__name__})") from None


def _defined(value: object) -> object:
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises what the kind of undefined calls for
    return value
