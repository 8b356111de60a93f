"""The option `privacy`: what is done about the personal data of a project."""

import re
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.places import place_of
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.privacy.policy import (
    ACCOUNT,
    KEEP,
    PII_RULES,
    PSEUDONYMIZE,
    REDACT,
    SCOPES,
    TEXT_RULES,
    PresidioSettings,
    PrivacyPolicy,
)
from polyai_assets.privacy.pseudonym import PseudonymKeys, PseudonymKeyUnusable
from polyai_assets.warehouse.facts.settings import KpiSettings

PERSON = "PERSON"
"""Presidio's word for names."""


def _pattern(value: object) -> str:
    text = str(rules.text().read(value))
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}. Write one such as 'BK[0-9]{{8}}'") from None
    return text


def _patterns() -> rules.Rule:
    several = rules.some_of((), "regular expression")
    return rules.Rule(
        lambda value: tuple(map(_pattern, several.read(value))),
        several.schema,
        "regular expression; one or a list",
    )


class PrivacyConfig(BaseModel):
    """The option `privacy` of a project."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    pii: Annotated[str, rules.one_of(PII_RULES, "rule for contacts")] = Field(
        KEEP,
        description="What is made of contacts of customers and of members of staff: keep, pseudonymize (needs a key in "
        "POLYAI_PSEUDONYM_KEY) or drop. Default: keep.",
    )
    text: Annotated[str, rules.one_of(TEXT_RULES, "rule for text")] = Field(
        KEEP,
        description="What is made of what people said or wrote: keep, redact (numbers, addresses and what the agent "
        "extracted are masked) or drop. Default: keep.",
    )
    pseudonym_scope: Annotated[str, rules.one_of(SCOPES, "scope")] = Field(
        ACCOUNT,
        description="Where the same contact has the same pseudonym: account, or global for all accounts. "
        "Default: account.",
    )
    keep_state: Annotated[tuple[str, ...], rules.some_of((), "member")] = Field(
        (),
        description="Members of the agent's state that are kept, one or a list, beside those in state_columns of kpi; "
        "all others go unless pii and text are keep. Default: none.",
    )
    keep_entities: Annotated[tuple[str, ...], rules.some_of((), "entity")] = Field(
        (), description="Names of entities that are kept, as keep_state. Default: none."
    )
    keep_arguments: Annotated[tuple[str, ...], rules.some_of((), "argument")] = Field(
        (), description="Arguments of functions that are kept, as keep_state. Default: none."
    )
    keep_metrics: Annotated[tuple[str, ...], rules.some_of((), "metric")] = Field(
        (),
        description="Metrics that are kept whatever their values are, one or a list, beside those that kpi names; of "
        "others only true, false and short numbers are. Default: none.",
    )
    keep_fields: Annotated[tuple[str, ...], rules.some_of((), "member")] = Field(
        (),
        description="Members of other objects that are kept, such as extra and metadata, and further fields of your "
        "own that may hold anything; one or a list. Default: none.",
    )
    keep_numbers: Annotated[tuple[str, ...], _patterns()] = Field(
        (),
        description="Regular expressions of numbers in text that are not masked, such as booking references; one or a "
        "list. Default: none.",
        examples=["BK[0-9]{8}"],
    )
    presidio: Annotated[str | None, rules.text()] = Field(
        None,
        description="A configuration file of Presidio, relative to the project, with models of your own: what it finds "
        "in text is masked, too. Needs text: redact, and polyai-assets[presidio]. Default: none.",
        examples=["presidio.yaml"],
    )
    presidio_entities: Annotated[tuple[str, ...], rules.some_of((), "entity of Presidio")] = Field(
        (PERSON,),
        description="Which of Presidio's entities are masked, such as PERSON and LOCATION; one or a list. "
        "Default: PERSON.",
        examples=["PERSON"],
    )


def read_privacy(
    document: Document, values: object, raw: object, path: FieldPath, *, keys_needed: bool
) -> PrivacyPolicy:
    """Read the option `privacy`, noting its problems; with `keys_needed` a missing key is one."""
    read = (
        document.section(PrivacyConfig, values, raw, path, ", such as {pii: pseudonymize, text: redact}")
        or {}
    )
    if keys_needed and read.get("pii") == PSEUDONYMIZE:
        try:
            PseudonymKeys.read()
        except PseudonymKeyUnusable as error:
            document.problems.add((*path, "pii"), f"needs a key. {error}.")
    presidio = _presidio(document, read, path, keys_needed=keys_needed)
    return PrivacyPolicy(**read, presidio=presidio)


def _presidio(
    document: Document, read: dict[str, Any], path: FieldPath, *, keys_needed: bool
) -> PresidioSettings | None:
    """Take the options of Presidio out of what was read, noting their problems."""
    file, entities = read.pop("presidio", None), read.pop("presidio_entities", None)
    if file is None:
        if entities:
            document.problems.add(
                (*path, "presidio_entities"), "goes only with presidio. Add it, or remove this."
            )
        return None
    if read.get("text") != REDACT:
        document.problems.add(
            (*path, "presidio"), "masks text only with text: redact. Add it, or remove this."
        )
    settings = PresidioSettings(place_of(file, document.root), entities or (PERSON,))
    if keys_needed:
        from polyai_assets.privacy.presidio import PresidioUnusable, check_presidio

        try:
            check_presidio(settings)
        except PresidioUnusable as error:
            document.problems.add((*path, "presidio"), f"{error}.")
    return settings


def with_columns_kept(policy: PrivacyPolicy, kpi: KpiSettings) -> PrivacyPolicy:
    """Keep what the facts have columns of, or are made of."""
    return replace(
        policy,
        keep_state=(*policy.keep_state, *kpi.state_columns),
        keep_metrics=(*policy.keep_metrics, *kpi.metric_columns, *kpi.success_metrics),
    )
