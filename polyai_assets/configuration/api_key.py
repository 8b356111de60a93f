"""The API key of a project: read, judged, never shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from polyai_assets.api.errors import PermanentError
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath, TemplateError, UnsetVariable
from polyai_assets.configuration.templates import is_template, render, right_form
from polyai_assets.machine.secrets import SECRETS


class MissingKey(PermanentError):
    """A project has no usable API key. Says which project, where the key should be, and what to do."""


@dataclass(frozen=True)
class ConfiguredKey:
    """A key, or why there is none. Blanks and line breaks at its ends, as files have them, are cut off."""

    value: SecretStr | None
    source: str
    """Names the key in messages: `environment variable POLYAI_KEY_X`."""
    problem: str | None = None
    """What is wrong and what to do, if `value` is None."""
    in_file: bool = False
    """Whether the file has to be changed, not the environment."""
    is_literal: bool = False
    """Whether the key itself stands in the file."""

    def __post_init__(self) -> None:
        if self.value is not None:
            SECRETS.keep(self.value.get_secret_value())


def read_api_key(raw: object, scope: Mapping[str, Any]) -> ConfiguredKey:
    """Read the key from what stands in the file: a template such as `{{ env.NAME }}`, or the key itself."""
    used: list[str] = []
    meant = right_form(raw, "POLYAI_KEY")
    if meant:
        return ConfiguredKey(None, "defs.yaml", f"{_OTHER_FORM}. Write {meant}", in_file=True)
    literal = not is_template(raw)
    try:
        value = render(raw, scope, used) if isinstance(raw, str) and not literal else raw
    except UnsetVariable as unset:
        source = _variable([unset.name])
        return ConfiguredKey(None, source, f"{source} is not set. {_SET_IT}")
    except TemplateError:
        # Jinja's message is not shown: it quotes the template, and the key may stand in it.
        return ConfiguredKey(None, "defs.yaml", f"the template cannot be rendered. {_WRITE_IT}", in_file=True)
    source = (
        _variable(used) if used else "the literal in defs.yaml" if literal else "the template in defs.yaml"
    )
    fault = _fault(value)
    if literal and fault is None and set(str(raw)) & set("${"):
        return ConfiguredKey(None, source, f"{_OTHER_FORM}. {_WRITE_IT}", in_file=True)
    if fault:
        advice = "Set it again as PolyAI issued it" if used else _WRITE_IT
        return ConfiguredKey(None, source, f"{source} {fault}. {advice}", in_file=not used)
    return ConfiguredKey(SecretStr(str(value).strip()), source, is_literal=literal)


def check_key(document: Document, key: ConfiguredKey, path: FieldPath, needed: bool) -> None:
    """Note what is wrong with a key: always what is wrong in the file, and with `needed` that there is none."""
    if key.problem and (needed or key.in_file):
        document.problems.add(path, f"{key.problem}.")
    elif key.is_literal:
        document.problems.warn(path, _LITERAL)


_LITERAL = (
    "the key itself stands in the file, where everybody who can read the repository reads it. "
    'Put it into a variable and write its name: "{{ env.POLYAI_KEY }}", in quotes. If the file was ever committed, '
    "ask PolyAI for another key."
)
_SET_IT = "Set it where Dagster runs (shell, .env beside pyproject.toml, deployment), or correct the name"
_OTHER_FORM = "the key names its variable in a form that is not read here"
_WRITE_IT = 'Write the name of its variable: "{{ env.POLYAI_KEY }}", in quotes'


def _variable(names: list[str]) -> str:
    return f"environment variable{'s' if len(names) > 1 else ''} {' and '.join(names)}"


def _fault(value: object) -> str | None:
    if not isinstance(value, str):
        return "is no text"
    if not value.strip():
        return "is empty"
    if not re.fullmatch(r"[!-~]+", value.strip()):
        return "holds a blank, a line break or another character that no key and no HTTP header has"
    return None
