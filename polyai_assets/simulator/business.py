"""Reads the scripts of a business: what its callers want, when they call, and in which languages.

The words are in `scripts/<business>/`, one TOML file a language beside `business.toml`; there is none here.
A phrase is a string, or `[as spoken, in English]` in a language that is not English.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from string import Formatter
from typing import Generic, TypeVar

import msgspec

SCRIPTS = Path(__file__).parent / "scripts"

# Placeholders that come from the variant and from the name, not from a slot of their own.
DERIVED = {"site", "first_name"}

T = TypeVar("T")

Phrase = str | tuple[str, str]


class Handoff(msgspec.Struct, frozen=True):
    """Why a caller is passed on to a person, and to which queue."""

    reason: str
    destination: str


class Slot(msgspec.Struct, frozen=True):
    """How the value of a placeholder such as `{check_in}` is drawn.

    pick: one of `of`; date: days ahead; number and money: `between`, both ends included; code: every # of
    `pattern` becomes a digit. `weekdays_only` moves a date on a weekend to the Monday.
    """

    kind: str
    of: tuple[Phrase, ...] = ()
    between: tuple[int, int] = (0, 0)
    pattern: str = ""
    weekdays_only: bool = False


class ScriptLine(msgspec.Struct, frozen=True):
    """One turn: what the caller says and what the agent answers, each in several wordings."""

    user: tuple[Phrase, ...]
    agent: tuple[Phrase, ...]
    intents: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    dtmf: str = ""


class Story(msgspec.Struct, frozen=True):
    """A reason to call, from the first request to the goodbye or the handoff.

    Unless `follow_ups` is false, there is room for another question before the last line.
    """

    name: str
    weight: int
    lines: tuple[ScriptLine, ...]
    outcome: dict[str, str]
    state: tuple[str, ...]
    channels: tuple[str, ...] = ()
    handoff: Handoff | None = None
    follow_ups: bool = True


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language's stories, and what can happen in any of them."""

    code: str
    weight: int
    date: str
    months: tuple[str, ...]
    greeting: tuple[Phrase, ...]
    chat_greeting: tuple[Phrase, ...]
    silence: tuple[Phrase, ...]
    unclear_user: tuple[Phrase, ...]
    unclear_agent: tuple[Phrase, ...]
    out_of_domain_user: tuple[Phrase, ...]
    out_of_domain_agent: tuple[Phrase, ...]
    escalation_user: tuple[Phrase, ...]
    escalation_agent: tuple[Phrase, ...]
    follow_ups: tuple[ScriptLine, ...]
    stories: tuple[Story, ...]
    slots: dict[str, Slot] = {}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `business.toml` says: opening, rhythm, channels, numbers and slots.

    `variants` are the sites, with their ids, in the order of `time_zones`; `opening_hours` those of summer and winter.
    """

    utc_offset_hours: int
    hours: tuple[int, ...]
    weekdays: tuple[float, ...]
    closed_weekdays: tuple[int, ...]
    closed_dates: tuple[str, ...]
    channels: dict[str, int]
    variants: tuple[tuple[str, str], ...]
    caller_numbers: str
    time_zones: tuple[str, ...]
    opening_hours: tuple[str, str]
    agent_numbers: tuple[str, ...]
    escalation: Handoff
    slots: dict[str, Slot]


class Choices(msgspec.Struct, Generic[T], frozen=True):
    """Things with weights, ready for `random.choices(..., cum_weights=...)`."""

    items: tuple[T, ...]
    cumulative: tuple[float, ...]


class Business(msgspec.Struct, frozen=True):
    """A business with its stories by channel; `slots_of` gives what a story needs, by (language, story)."""

    name: str
    settings: Settings
    channels: Choices[str]
    stories: dict[str, Choices[tuple[Language, Story]]]
    slots_of: dict[tuple[str, str], dict[str, Slot]]


@cache
def load_business(name: str) -> Business:
    """Read `scripts/<name>/`. Raises ValueError if there is no such business or its scripts do not fit."""
    folder = SCRIPTS / name
    if not (folder / "business.toml").is_file():
        known = ", ".join(sorted(path.parent.name for path in SCRIPTS.glob("*/business.toml")))
        msg = f"business {name!r} is unknown; the simulator has scripts for {known}"
        raise ValueError(msg)
    settings = _read(folder / "business.toml", Settings)
    languages = [_read(p, Language) for p in sorted(folder.glob("*.toml")) if p.name != "business.toml"]
    return Business(
        name=name,
        settings=settings,
        channels=_choices(list(settings.channels.items())),
        stories={channel: _choices(_stories_on(channel, languages)) for channel in settings.channels},
        slots_of={
            (language.code, story.name): _slots_used(settings, language, story)
            for language in languages
            for story in language.stories
        },
    )


def _read(path: Path, kind: type[T]) -> T:
    with path.open("rb") as file:
        return msgspec.convert(tomllib.load(file), kind)


def _choices(weighted: Sequence[tuple[T, float]]) -> Choices[T]:
    return Choices(tuple(item for item, _ in weighted), tuple(accumulate(weight for _, weight in weighted)))


def _stories_on(channel: str, languages: Sequence[Language]) -> list[tuple[tuple[Language, Story], float]]:
    return [
        ((language, story), language.weight * story.weight / sum(s.weight for s in language.stories))
        for language in languages
        for story in language.stories
        if not story.channels or channel in story.channels
    ]


def _slots_used(settings: Settings, language: Language, story: Story) -> dict[str, Slot]:
    known = settings.slots | language.slots
    names = {*story.state}
    for line in (*story.lines, *language.follow_ups):
        names.update(line.entities)
        for phrase in (*line.user, *line.agent, line.dtmf):
            names.update(_placeholders(phrase))
    for value in story.outcome.values():
        names.update(_placeholders(value))
    names.update({"name"} if "first_name" in names else ())
    missing = sorted(names - known.keys() - DERIVED)
    if missing:
        msg = f"story {story.name!r} ({language.code}) uses {', '.join(missing)}, which no [slots] table has"
        raise ValueError(msg)
    return {name: known[name] for name in sorted(names - DERIVED)}


def _placeholders(phrase: Phrase) -> set[str]:
    texts = (phrase,) if isinstance(phrase, str) else phrase
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
