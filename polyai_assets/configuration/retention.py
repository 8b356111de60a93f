"""The option `retention`: for how many days each layer of a project is kept.

What is kept must not be able to make again what is gone: raw records hold all text, and rows are made from them.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from polyai_assets.configuration import rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath
from polyai_assets.raw.retention_days import AUDIO, FACTS, RAW, TEXT, RetentionDays

_LONGEST = 36_500
_FEWEST_FOR_FACTS = 31
"""Figures of a day are final by then: nothing of it is fetched any more, and calls of the next week are there, too."""

_SHORTER: tuple[tuple[str, str, str], ...] = (
    (RAW, TEXT, "raw records hold all text"),
    (RAW, FACTS, "the rows of calls are made again from raw records"),
    (TEXT, FACTS, "text is in the rows of calls"),
    (AUDIO, FACTS, "a recording is of a call"),
)
"""Which layer must be kept no longer than which other, and why."""


class RetentionConfig(BaseModel):
    """The option `retention` of a project."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    raw: Annotated[int | None, rules.number(1, _LONGEST, "days")] = Field(
        None,
        description="Days for which records are kept as PolyAI sent them, with details and what searches and samples "
        "found: more than lookback_days and one, and no more than text and facts. Default: for ever.",
    )
    text: Annotated[int | None, rules.number(1, _LONGEST, "days")] = Field(
        None,
        description="Days for which tables have what people said or wrote, and what may hold anything; needs raw of no "
        "more days. Default: as long as facts.",
    )
    audio: Annotated[int | None, rules.number(1, _LONGEST, "days")] = Field(
        None,
        description="Days for which recordings are kept, no more than facts. Default: as long as facts.",
    )
    facts: Annotated[int | None, rules.number(_FEWEST_FOR_FACTS, _LONGEST, "days")] = Field(
        None,
        description="Days for which tables have rows of conversations at all, 31 or more; needs raw of no more days. "
        "Daily figures stay. Default: for ever.",
    )
    logs: Annotated[int | None, rules.number(1, _LONGEST, "days")] = Field(
        None,
        description="Days for which Dagster's runs and logs, resolved findings, and messages and files that are done "
        "are kept. Default: for ever.",
    )


def read_retention(document: Document, values: object, raw: object, path: FieldPath) -> RetentionDays:
    """Read the option `retention`, noting its problems."""
    such_as = ", such as {raw: 90, text: 90}"
    read = document.section(RetentionConfig, values, raw, path, such_as) or {}
    for shorter, longer, why in _SHORTER:
        if longer not in read or (shorter not in read and shorter != RAW):
            continue
        if shorter not in read:
            if not isinstance(values, Mapping) or shorter not in values:
                problem = (
                    f"needs raw, of at most {read[longer]} days: {why}. Write raw: {read[longer]} beside it."
                )
                document.problems.add((*path, longer), problem)
        elif read[shorter] > read[longer]:
            document.problems.add(
                (*path, shorter),
                f"{read[shorter]} days are more than those of {longer}, {read[longer]}: {why}. "
                f"Write {read[longer]} or less, or more for {longer}.",
            )
    return RetentionDays(**read)


def check_lookback(document: Document, read: Mapping[str, Any], path: FieldPath, usual_lookback: int) -> None:
    """Report layers that would go while the nightly refresh still fetches their days."""
    retention: RetentionDays = read["retention"]
    fewest = read.get("lookback_days", usual_lookback) + 2
    for layer in (RAW, TEXT, AUDIO, FACTS):
        days = getattr(retention, layer)
        if days is not None and days < fewest:
            document.problems.add(
                (*path, layer),
                f"{days} days are too few: the nightly refresh fetches the days of lookback_days again. "
                f"Write {fewest} or more, or a smaller lookback_days.",
            )
