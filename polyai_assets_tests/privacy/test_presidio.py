"""Presidio beside the rules, with an analyzer of the same interface: Presidio itself weighs 300 MB."""

import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pyarrow as pa
import pytest

from polyai_assets.contract.tables import CONVERSATION_DETAILS, TURNS
from polyai_assets.privacy import presidio
from polyai_assets.privacy.leaks import leaks_in
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PresidioSettings, PrivacyPolicy
from polyai_assets.privacy.presidio import Presidio, PresidioUnusable, check_presidio, presidio_of
from polyai_assets.privacy.redact import Redactor

MODELS = (
    "nlp_configuration:\n  nlp_engine_name: {engine}\n  models: [{{lang_code: en, model_name: {model}}}]\n"
)


class Result(NamedTuple):
    """What Presidio gives of an entity."""

    entity_type: str
    start: int
    end: int
    score: float


class Analyzer:
    """Finds names that are given, and digits, as an AnalyzerEngine does; counts what it is asked."""

    supported_languages = ("en", "de", "fr")

    def __init__(self, *names: str) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self._patterns = {"PERSON": "|".join(names), "PHONE_NUMBER": r"\d+"}

    def get_supported_entities(self, language: str) -> list[str]:
        return {"en": [*self._patterns], "de": ["PERSON"], "fr": ["LOCATION"]}[language]

    def analyze(self, text: str, language: str, entities: list[str]) -> list[Result]:
        self.asked[text, language] += 1
        return [
            Result(entity, *found.span(), 0.85)
            for entity in entities
            for found in re.finditer(self._patterns[entity], text)
        ]


def looking_for(*entities: str, names: tuple[str, ...] = ("Ann Lee", "Quillfeather")) -> Presidio:
    return Presidio(Analyzer(*names), entities)


def test_what_it_finds_is_masked_by_its_kind_beside_what_the_rules_find():
    redactor = Redactor(recognizer=looking_for("PERSON"))
    masked = redactor.redact_turns(["I am Ann Lee", "", "4111 1111 1111 1111, for Quillfeather"])
    assert masked == ["I am [PERSON]", "", "[CARD], for [PERSON]"]
    assert redactor.counts == {"PERSON": 2, "CARD": 1}
    assert list(leaks_in("[PHONE_NUMBER] and [US_SSN]")) == []


def test_the_longest_of_what_overlaps_says_what_it_is_and_what_is_kept_stays():
    kept = (re.compile(r"BK\d{4}"),)
    redactor = Redactor(kept, recognizer=looking_for("PERSON", "PHONE_NUMBER"))
    assert redactor.redact("Ann Lee has BK1234", {"ann": "guest"}) == "[PERSON] has BK1234"
    assert redactor.redact("Ann Lee 5", {"ann lee 5": "guest"}) == "[ENTITY:guest]"


def test_each_language_is_asked_for_what_it_has_recognizers_of_and_once_for_the_same_text():
    analyzer = Analyzer("Ann Lee")
    found = Presidio(analyzer, ("PERSON", "PHONE_NUMBER"))
    assert (
        {*found.find("Ann Lee 5")} == {*found.find("Ann Lee 5")} == {(0, 7, "PERSON"), (8, 9, "PHONE_NUMBER")}
    )
    assert analyzer.asked == {("Ann Lee 5", "en"): 1, ("Ann Lee 5", "de"): 1}
    with pytest.raises(PresidioUnusable, match="no recognizer of NOPE: correct presidio_entities"):
        looking_for("PERSON", "NOPE")


def test_texts_that_no_rule_suspects_are_looked_into(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(presidio, "presidio_of", lambda _: looking_for("PERSON"))
    masking = Masking(PrivacyPolicy(text="redact", presidio=PresidioSettings("presidio.yaml", ("PERSON",))))
    turns = pa.table(
        {
            "conversation_id": ["CA1", "CA1"],
            "user_input": ["this is Ann Lee", "thanks"],
            "agent_response": ["hello", "bye Ann Lee"],
        }
    )
    masked = masking.apply(TURNS, turns)
    assert masked["user_input"].to_pylist() == ["this is [PERSON]", "thanks"]
    assert masked["agent_response"].to_pylist() == ["hello", "bye [PERSON]"]
    notes = pa.table({"conversation_id": ["CA1"], "note": ["Quillfeather called"]})
    assert masking.apply(CONVERSATION_DETAILS, notes)["note"].to_pylist() == ["[PERSON] called"]
    assert ("turns", "user_input", "PERSON", 1) in masking.counted()


def test_days_are_made_anew_when_its_configuration_says_something_else(tmp_path: Path):
    before = PrivacyPolicy(text="redact").identity("")
    assert before == "3c78bab06acedab2"  # as of days that were loaded before there was Presidio
    identities = [before]
    for text, entities in (("a", ("PERSON",)), ("b", ("PERSON",)), ("b", ("LOCATION",))):
        (tmp_path / "presidio.yaml").write_text(text)
        settings = PresidioSettings(str(tmp_path / "presidio.yaml"), entities)
        identities.append(PrivacyPolicy(text="redact", presidio=settings).identity(""))
    assert len({*identities}) == 4


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Analyzer:
    """What of Presidio and spaCy is called, without either; spaCy has the model en_core_web_sm."""
    made = Analyzer("Ann Lee")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")  # so that it is as before when the test has ended
    monkeypatch.delenv("HF_HUB_OFFLINE")

    def provide(analyzer_engine_conf_file: str) -> SimpleNamespace:
        if "broken" in Path(analyzer_engine_conf_file).read_text():
            raise ValueError("NLP engine 'broken' is not available")
        return SimpleNamespace(create_engine=lambda: made)

    monkeypatch.setitem(sys.modules, "presidio_analyzer", SimpleNamespace(AnalyzerEngineProvider=provide))
    monkeypatch.setitem(sys.modules, "spacy.util", SimpleNamespace(is_package="en_core_web_sm".__eq__))
    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(util=sys.modules["spacy.util"]))
    return made


def settings_with(tmp_path: Path, text: str) -> PresidioSettings:
    file = tmp_path / "presidio.yaml"
    file.write_text(text)
    return PresidioSettings(str(file), ("PERSON",))


@pytest.mark.usefixtures("installed")
def test_it_is_made_of_its_configuration_once_in_a_process(tmp_path: Path):
    settings = settings_with(tmp_path, MODELS.format(engine="spacy", model="en_core_web_sm"))
    made = presidio_of(settings)
    assert list(made.find("Ann Lee")) == [(0, 7, "PERSON"), (0, 7, "PERSON")]
    assert presidio_of(settings) is made
    assert presidio_of(settings_with(tmp_path, MODELS.format(engine="spacy", model=tmp_path))) is not made


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            MODELS.format(engine="spacy", model="en_core_web_lg"),
            "the model en_core_web_lg of .* is not installed",
        ),
        (
            MODELS.format(engine="transformers", model="{spacy: xx_none, transformers: some/model}"),
            "the model xx_none of .* is not installed",
        ),
        (MODELS.format(engine="stanza", model="en"), "the engine stanza, which downloads models by itself"),
        (
            MODELS.format(engine="broken", model="en"),
            "cannot be made of .*: NLP engine 'broken' is not available",
        ),
        ("supported_languages: [en]", "is no configuration of Presidio with models of your own"),
        ("{", "cannot be read: while parsing"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_downloaded(tmp_path: Path, text: str, says: str):
    with pytest.raises(PresidioUnusable, match=says):
        presidio_of(settings_with(tmp_path, text))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("said", [None, "0"])
def test_models_of_hugging_face_are_taken_from_this_machine_unless_its_owner_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None
):
    if said is not None:
        monkeypatch.setenv("HF_HUB_OFFLINE", said)
    presidio_of(settings_with(tmp_path, MODELS.format(engine="spacy", model="en_core_web_sm")))
    assert os.environ["HF_HUB_OFFLINE"] == (said or "1")


@pytest.mark.parametrize("use", [check_presidio, presidio_of])
def test_where_it_is_not_installed_the_extra_is_named(
    use: Callable[[PresidioSettings], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(presidio, "_MODULE", "presidio_that_is_nowhere")
    settings = settings_with(tmp_path, MODELS.format(engine="spacy", model="missing"))
    with pytest.raises(PresidioUnusable, match=r"pip install 'polyai-assets\[presidio\]'"):
        use(settings)
