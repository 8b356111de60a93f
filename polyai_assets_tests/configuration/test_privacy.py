"""The option `privacy`: policies, what they keep, and what is wrong with one."""

from dataclasses import replace
from pathlib import Path

import pytest

from polyai_assets.privacy import presidio
from polyai_assets.privacy.policy import PresidioSettings, PrivacyPolicy
from polyai_assets.privacy.pseudonym import VARIABLE
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

POLICY = """\
  defaults:
    kpi: {state_columns: {tier: text}, metric_columns: {PLAN: text}, success_metrics: [BOOKED]}
    privacy:
      text: redact
      keep_state: nights
      keep_metrics: [NPS]
      keep_numbers: 'BK[0-9]{8}'
"""


def test_without_the_option_all_is_kept(load: Load):
    assert load(VALID).projects[0].privacy == PrivacyPolicy()


def test_what_facts_have_columns_of_is_kept_beside_what_is_named(load: Load):
    assert load(VALID + POLICY).projects[0].privacy == PrivacyPolicy(
        text="redact",
        keep_state=("nights", "tier"),
        keep_metrics=("NPS", "PLAN", "BOOKED"),
        keep_numbers=("BK[0-9]{8}",),
    )


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (
            "{pii: hash}",
            ".privacy.pii: 'hash' is no rule for contacts. Write one of keep, pseudonymize, drop.",
        ),
        ("{text: mask}", ".privacy.text: 'mask' is no rule for text. Write one of keep, redact, drop."),
        ("{keep_numbers: ['(']}", ".privacy.keep_numbers: ['('] is no regular expression"),
        ("{presidio: presidio.yaml}", ".privacy.presidio: masks text only with text: redact."),
        ("{presidio_entities: PERSON}", ".privacy.presidio_entities: goes only with presidio."),
        ("{pii: pseudonymize}", f".privacy.pii: needs a key. {VARIABLE} is not set"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_remedy(
    problems: Problems, option: str, says: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(VARIABLE, raising=False)
    (found,) = problems(f"{VALID}  defaults:\n    privacy: {option}\n")
    assert says in found


def test_presidio_is_configured_in_a_file_of_the_project(
    load: Load, problems: Problems, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    text = f"{VALID}  defaults:\n    privacy: {{text: redact, presidio: presidio.yaml}}\n"
    read = load(text, keys_needed=False).projects[0].privacy.presidio
    assert read == PresidioSettings(str(tmp_path / "presidio.yaml"), ("PERSON",))
    monkeypatch.setattr(presidio, "find_spec", lambda _: "installed")
    (found,) = problems(text)
    assert ".privacy.presidio: the configuration of Presidio, " in found
    (tmp_path / "presidio.yaml").write_text("nlp_configuration: {nlp_engine_name: spacy, models: []}")
    assert load(text).projects[0].privacy.presidio == read
    more = text.replace("presidio.yaml", "presidio.yaml, presidio_entities: [PERSON, LOCATION]")
    assert load(more).projects[0].privacy.presidio == replace(read, entities=("PERSON", "LOCATION"))
    monkeypatch.setattr(presidio, "find_spec", lambda _: None)
    (missing,) = problems(text)
    assert "pip install 'polyai-assets[presidio]'" in missing
