"""Templates that are more than the name of a variable, by Jinja."""

import os
import re
from collections.abc import Mapping
from typing import Any

import jinja2

from polyai_assets.configuration.problems import TemplateError, UnsetVariable

_WHOLE = re.compile(r"\s*\{\{-?((?:(?!\{\{|\}\}).)*?)-?\}\}\s*", re.DOTALL)


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


def evaluate(template: str, scope: Mapping[str, Any], used: list[str]) -> object:
    """Render with all that Jinja can do. See `templates.render`."""
    names = {**scope, "env": _Environment(used)}
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
    except Exception as error:  # noqa: BLE001 - a template runs any code, whose message may hold a secret
        raise TemplateError(f"the template cannot be rendered ({type(error).__name__})") from None


def _defined(value: object) -> object:
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises what this kind of undefined stands for
    return value
