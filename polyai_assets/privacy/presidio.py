"""What Presidio finds in text, where a project names its configuration: names above all, by a model of the user's own.

Presidio is an extra. Its own configuration file says what it looks with: engine, models, languages, recognizers.

    I am Ann Lee, from Leeds     →     I am [PERSON], from Leeds     with presidio_entities: [PERSON]
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from polyai_assets.machine.actionable import Actionable
from polyai_assets.privacy.policy import PresidioSettings
from polyai_assets.privacy.redact import TextSpan

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

_MODULE = "presidio_analyzer"

_REMEMBERED = 20_000
"""Texts of which it is remembered what was found: agents say the same again and again."""

_OF_SPACY = ("spacy", "transformers")
"""Engines that load models of spaCy, which Presidio downloads where they are missing."""

_OFFLINE = "HF_HUB_OFFLINE"
"""Set, models of Hugging Face are taken from this machine alone, whichever engine or recognizer loads them."""


class PresidioUnusable(Actionable):
    """Presidio cannot look into text: it, its configuration or a model is missing. Says which, and what to do."""


class Presidio:
    """Presidio, as it is configured; looks for entities in every language that has recognizers of them."""

    def __init__(self, engine: "AnalyzerEngine", entities: tuple[str, ...]) -> None:
        self._engine = engine
        self._entities = {
            language: [name for name in entities if name in engine.get_supported_entities(language)]
            for language in engine.supported_languages
        }
        self._remembered = lru_cache(_REMEMBERED)(self._look)
        known = {name for names in self._entities.values() for name in names}
        unknown = [name for name in entities if name not in known]
        if unknown:
            raise PresidioUnusable(
                f"Presidio, as it is configured, has no recognizer of {', '.join(unknown)}: correct "
                "presidio_entities, or add a recognizer to its configuration"
            )

    def find(self, text: str) -> Iterator[TextSpan]:
        """Find entities in a text."""
        return iter(self._remembered(text))

    def _look(self, text: str) -> tuple[TextSpan, ...]:
        return tuple(
            TextSpan(found.start, found.end, found.entity_type)
            for language, entities in self._entities.items()
            if entities
            for found in self._engine.analyze(text=text, language=language, entities=entities)
        )


def presidio_of(settings: PresidioSettings) -> Presidio:
    """Give Presidio as a project has it; its models are loaded once in a process. Raises PresidioUnusable."""
    return _make(settings.configuration, settings.digest, settings.entities)


def check_presidio(settings: PresidioSettings) -> None:
    """See that Presidio is there, and its configuration, without importing it. Raises PresidioUnusable."""
    if find_spec(_MODULE) is None:
        raise _not_installed(_MODULE)
    _read(Path(settings.configuration))


@cache
def _make(file: str, digest: str, entities: tuple[str, ...]) -> Presidio:
    return Presidio(_load_engine(file, digest), entities)


@cache
def _load_engine(file: str, _digest: str) -> "AnalyzerEngine":
    presidio = _import()
    _refuse_downloads(Path(file))
    try:
        return presidio.AnalyzerEngineProvider(analyzer_engine_conf_file=file).create_engine()
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        raise PresidioUnusable(
            f"Presidio cannot be made of {file}: {error}. Correct it, as Presidio's documentation has it"
        ) from error


def _import() -> Any:
    os.environ.setdefault(_OFFLINE, "1")  # before the first import: it is read there
    try:
        return import_module(_MODULE)
    except ModuleNotFoundError as error:
        raise _not_installed(error.name or _MODULE) from None


def _not_installed(module: str) -> PresidioUnusable:
    return PresidioUnusable(
        f"Presidio is not installed ({module}): pip install 'polyai-assets[presidio]' where Dagster and polyai run, "
        "and the models that its configuration names"
    )


def _read(file: Path) -> Mapping[str, Any]:
    """Read Presidio's configuration: where it cannot be read, Presidio would take its own, and say so in its log."""
    try:
        read = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        raise PresidioUnusable(f"the configuration of Presidio, {file}, cannot be read: {error}") from error
    nlp = read.get("nlp_configuration") if isinstance(read, dict) else None
    if not isinstance(nlp, dict) or not isinstance(nlp.get("models"), list):
        raise PresidioUnusable(
            f"{file} is no configuration of Presidio with models of your own: it needs nlp_configuration with "
            "nlp_engine_name and models"
        )
    return nlp


def _refuse_downloads(file: Path) -> None:
    nlp = _read(file)
    if nlp.get("nlp_engine_name") == "stanza":
        raise PresidioUnusable(
            f"{file} names the engine stanza, which downloads models by itself while days are loaded: name spacy or "
            "transformers"
        )
    if nlp.get("nlp_engine_name") not in _OF_SPACY:
        return
    from spacy.util import is_package

    for model in nlp["models"]:
        name = model.get("model_name") if isinstance(model, dict) else None
        name = name.get("spacy") if isinstance(name, dict) else name
        if isinstance(name, str) and not is_package(name) and not Path(name).exists():
            raise PresidioUnusable(
                f"the model {name} of {file} is not installed. Install it with pip, or name the folder of a model of "
                "your own, with its whole path"
            )
