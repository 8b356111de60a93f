"""What is said: the values of a story, drawn at random, and the dialogue that is held with them."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

import msgspec

from polyai_assets.simulator.business import Business, Handoff, Language, Phrase, ScriptLine, Slot, Story

FRIDAY = 4
# How often, in calls that last beyond the greeting. In line with what a well-tuned voice agent shows.
HANGS_UP = 0.07
FALLS_SILENT = 0.11
IS_UNCLEAR = 0.08
ASKS_SOMETHING_ELSE = 0.08
ASKS_FOR_A_PERSON = 0.07
INTERRUPTS = 0.06
HAS_ANOTHER_QUESTION = 0.55


class Values(msgspec.Struct):
    """The drawn slots by name: as spoken, in English, and as the agent understood them (ISO dates)."""

    spoken: dict[str, str]
    english: dict[str, str]
    understood: dict[str, str]


def draw(slots: Mapping[str, Slot], language: Language, on: date, random: Random) -> Values:
    """Draw a value for each slot of a conversation in `language` that takes place `on` this date."""
    values = Values({}, {}, {})
    for name, slot in slots.items():
        spoken, english, understood = _DRAW[slot.kind](slot, language, on, random)
        values.spoken[name] = spoken
        values.english[name] = english
        values.understood[name] = understood
    if "name" in slots:
        for texts in (values.spoken, values.english):
            texts["first_name"] = texts["name"].split()[0]
    return values


def code(pattern: str, random: Random) -> str:
    """Return `pattern` with a digit for every `#`."""
    wanted = pattern.count("#")
    digits = iter(f"{int(random.random() * 10**wanted):0{wanted}d}")
    return "".join([next(digits) if sign == "#" else sign for sign in pattern])


def _pick(slot: Slot, _language: Language, _on: date, random: Random) -> tuple[str, str, str]:
    value = slot.of[int(random.random() * len(slot.of))]
    if isinstance(value, str):
        return value, value, value
    return value[0], value[1], value[1]


def _number(slot: Slot, _language: Language, _on: date, random: Random) -> tuple[str, str, str]:
    low, high = slot.between
    value = str(low + int(random.random() * (high - low + 1)))
    return value, value, value


def _money(slot: Slot, _language: Language, _on: date, random: Random) -> tuple[str, str, str]:
    low, high = slot.between
    value = f"{low + random.random() * (high - low):,.2f}"
    return value, value, value.replace(",", "")


def _code(slot: Slot, _language: Language, _on: date, random: Random) -> tuple[str, str, str]:
    value = code(slot.pattern, random)
    return value, value, value


def _date(slot: Slot, language: Language, on: date, random: Random) -> tuple[str, str, str]:
    low, high = slot.between
    day = on + timedelta(days=low + int(random.random() * (high - low + 1)))
    if slot.weekdays_only and day.weekday() > FRIDAY:
        day += timedelta(days=7 - day.weekday())
    month = language.months[day.month - 1]
    spoken = language.date.format(month=month, day=day.day, number=day.month)
    return spoken, f"{day:%B} {day.day}", day.isoformat()


_DRAW = {"pick": _pick, "number": _number, "money": _money, "code": _code, "date": _date}


class SpokenExchange(msgspec.Struct):
    """What the caller says and the agent answers; the English texts are "" where English is spoken."""

    user: str
    user_english: str
    agent: str
    agent_english: str
    dtmf: str = ""
    intents: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    is_ood: bool = False
    is_silence: bool = False
    barge_in: bool = False


class Dialogue(msgspec.Struct):
    """The exchanges of one conversation. `completed` is false if the caller gave up or asked for a person."""

    exchanges: list[SpokenExchange]
    handoff: Handoff | None
    completed: bool


def hold(
    business: Business, language: Language, story: Story, values: Values, *, is_call: bool, random: Random
) -> Dialogue:
    """Play `story` once. Silences, interruptions and hang-ups happen in calls only."""
    say = _Speaker(values, random)
    nothing = ("",)
    exchanges = [say(nothing, language.greeting if is_call else language.chat_greeting)]
    lines = list(story.lines)
    if story.follow_ups and story.handoff is None:
        lines[-1:-1] = _other_questions(language, random)
    exchanges += [say(line.user, line.agent, line) for line in lines]
    handoff, completed = story.handoff, True

    if random.random() < ASKS_FOR_A_PERSON:
        kept = 2 + int(random.random() * (len(exchanges) - 2))
        exchanges[kept:] = [say(language.escalation_user, language.escalation_agent)]
        exchanges[-1].intents = ("speak_to_person",)
        handoff, completed = business.settings.escalation, False
    elif is_call and random.random() < HANGS_UP:
        del exchanges[1 + int(random.random() * (len(exchanges) - 1)) :]
        handoff, completed = None, False

    if random.random() < ASKS_SOMETHING_ELSE:
        aside = say(language.out_of_domain_user, language.out_of_domain_agent)
        aside.is_ood = True
        _insert(exchanges, aside, random, earliest=2)
    if is_call:
        _disturb(exchanges, language, say, random)
    return Dialogue(exchanges, handoff, completed)


def _disturb(exchanges: list[SpokenExchange], language: Language, say: "_Speaker", random: Random) -> None:
    if random.random() < IS_UNCLEAR:
        _insert(exchanges, say(language.unclear_user, language.unclear_agent), random, earliest=2)
    while random.random() < FALLS_SILENT:
        silence = say(("",), language.silence)
        silence.is_silence = True
        _insert(exchanges, silence, random, earliest=1)
    for exchange in exchanges:
        exchange.barge_in = bool(exchange.user) and random.random() < INTERRUPTS


def _other_questions(language: Language, random: Random) -> list[ScriptLine]:
    questions = language.follow_ups
    if random.random() >= HAS_ANOTHER_QUESTION:
        return []
    first = int(random.random() * len(questions))
    if len(questions) > 1 and random.random() < HAS_ANOTHER_QUESTION:
        return [questions[first], questions[(first + 1) % len(questions)]]
    return [questions[first]]


def _insert(exchanges: list[SpokenExchange], extra: SpokenExchange, random: Random, earliest: int) -> None:
    # Before the last words: no caller falls silent once goodbye is said.
    if len(exchanges) > earliest:
        exchanges.insert(earliest + int(random.random() * (len(exchanges) - earliest)), extra)


class _Speaker:
    """Chooses a wording and fills its slots, in the spoken language and in English."""

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values
        self._random = random

    def __call__(
        self, user: tuple[Phrase, ...], agent: tuple[Phrase, ...], line: ScriptLine | None = None
    ) -> SpokenExchange:
        spoken, english = self._word(user)
        answer, answer_english = self._word(agent)
        if line is None:
            return SpokenExchange(spoken, english, answer, answer_english)
        dtmf = line.dtmf.format_map(self._values.spoken) if line.dtmf else ""
        return SpokenExchange(spoken, english, answer, answer_english, dtmf, line.intents, line.entities)

    def _word(self, wordings: tuple[Phrase, ...]) -> tuple[str, str]:
        wording = wordings[int(self._random.random() * len(wordings))]
        if isinstance(wording, str):
            return self._fill(wording, self._values.spoken), ""
        return self._fill(wording[0], self._values.spoken), self._fill(wording[1], self._values.english)

    @staticmethod
    def _fill(text: str, values: dict[str, str]) -> str:
        return text.format_map(values) if "{" in text else text
