"""Turns a story into what was said in one conversation: wordings, hesitations, interruptions, an end."""

from random import Random

import msgspec

from polyai_assets.simulator.business import Business, Handoff, Language, Line, Phrase, Story
from polyai_assets.simulator.slots import Values

# How often, in calls that last beyond the greeting. In line with what a well-tuned voice agent shows.
HANGS_UP = 0.07
FALLS_SILENT = 0.11
IS_UNCLEAR = 0.08
ASKS_SOMETHING_ELSE = 0.08
ASKS_FOR_A_PERSON = 0.07
INTERRUPTS = 0.06
HAS_ANOTHER_QUESTION = 0.55


class Exchange(msgspec.Struct):
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

    exchanges: list[Exchange]
    handoff: Handoff | None
    completed: bool


def hold(
    business: Business, language: Language, story: Story, values: Values, *, is_call: bool, dice: Random
) -> Dialogue:
    """Play `story` once. Silences, interruptions and hang-ups happen in calls only."""
    say = _Speaker(values, dice)
    nothing = ("",)
    exchanges = [say(nothing, language.greeting if is_call else language.chat_greeting)]
    lines = list(story.lines)
    if story.follow_ups and story.handoff is None:
        lines[-1:-1] = _other_questions(language, dice)
    exchanges += [say(line.user, line.agent, line) for line in lines]
    handoff, completed = story.handoff, True

    if dice.random() < ASKS_FOR_A_PERSON:
        kept = 2 + int(dice.random() * (len(exchanges) - 2))
        exchanges[kept:] = [say(language.escalation_user, language.escalation_agent)]
        exchanges[-1].intents = ("speak_to_person",)
        handoff, completed = business.settings.escalation, False
    elif is_call and dice.random() < HANGS_UP:
        del exchanges[1 + int(dice.random() * (len(exchanges) - 1)) :]
        handoff, completed = None, False

    if dice.random() < ASKS_SOMETHING_ELSE:
        aside = say(language.out_of_domain_user, language.out_of_domain_agent)
        aside.is_ood = True
        _insert(exchanges, aside, dice, earliest=2)
    if is_call:
        _disturb(exchanges, language, say, dice)
    return Dialogue(exchanges, handoff, completed)


def _disturb(exchanges: list[Exchange], language: Language, say: "_Speaker", dice: Random) -> None:
    if dice.random() < IS_UNCLEAR:
        _insert(exchanges, say(language.unclear_user, language.unclear_agent), dice, earliest=2)
    while dice.random() < FALLS_SILENT:
        silence = say(("",), language.silence)
        silence.is_silence = True
        _insert(exchanges, silence, dice, earliest=1)
    for exchange in exchanges:
        exchange.barge_in = bool(exchange.user) and dice.random() < INTERRUPTS


def _other_questions(language: Language, dice: Random) -> list[Line]:
    questions = language.follow_ups
    if dice.random() >= HAS_ANOTHER_QUESTION:
        return []
    first = int(dice.random() * len(questions))
    if len(questions) > 1 and dice.random() < HAS_ANOTHER_QUESTION:
        return [questions[first], questions[(first + 1) % len(questions)]]
    return [questions[first]]


def _insert(exchanges: list[Exchange], extra: Exchange, dice: Random, earliest: int) -> None:
    # Before the last words: nobody falls silent once goodbye is said.
    if len(exchanges) > earliest:
        exchanges.insert(earliest + int(dice.random() * (len(exchanges) - earliest)), extra)


class _Speaker:
    """Chooses a wording and fills its slots, in the spoken language and in English."""

    def __init__(self, values: Values, dice: Random) -> None:
        self._values = values
        self._dice = dice

    def __call__(
        self, user: tuple[Phrase, ...], agent: tuple[Phrase, ...], line: Line | None = None
    ) -> Exchange:
        spoken, english = self._word(user)
        answer, answer_english = self._word(agent)
        if line is None:
            return Exchange(spoken, english, answer, answer_english)
        dtmf = line.dtmf.format_map(self._values.spoken) if line.dtmf else ""
        return Exchange(spoken, english, answer, answer_english, dtmf, line.intents, line.entities)

    def _word(self, wordings: tuple[Phrase, ...]) -> tuple[str, str]:
        wording = wordings[int(self._dice.random() * len(wordings))]
        if isinstance(wording, str):
            return self._fill(wording, self._values.spoken), ""
        return self._fill(wording[0], self._values.spoken), self._fill(wording[1], self._values.english)

    @staticmethod
    def _fill(text: str, values: dict[str, str]) -> str:
        return text.format_map(values) if "{" in text else text
