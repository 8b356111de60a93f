"""Writes one conversation as a v3 record: the id, the fields, the times of the turns, the metrics.

The ids look random, and yet tell the date of the conversation: so one is found by its id without making years of them.
"""

import re
from datetime import date
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

from polyai_assets.simulator.business import Business, Language, Story
from polyai_assets.simulator.dialogue import Dialogue, SpokenExchange, Values, code
from polyai_assets.simulator.moments import DAY, SECOND, date_of, day_number, written
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.served import IncludedDetails

_DIGITS = re.compile(r"[0-9a-f]{32}")
CALL = "VOICE-SIP"
# Microseconds a character takes to say or to type.
SPEECH = 70_000
TYPING = 140_000


def new_id(random: Random, day: date, *, is_call: bool) -> str:
    """Return a new id for a conversation of `day`: CA and 32 hex digits for a call, LOCAL- and a UUID else."""
    rest = f"{random.getrandbits(128):032x}"[4:]
    digits = f"{_masked(day_number(day), rest):04x}{rest}"
    if is_call:
        return "CA" + digits
    return f"LOCAL-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def date_in(conversation_id: str) -> date | None:
    """Return the date on which a generated conversation with this id began; None if the id is no such id."""
    digits = conversation_id.removeprefix("CA").removeprefix("LOCAL-").replace("-", "")
    if not _DIGITS.fullmatch(digits):
        return None
    return date_of(_masked(int(digits[:4], 16), digits[4:]) * DAY)


def _masked(number: int, rest: str) -> int:
    # Applied twice it gives the number back.
    return (number ^ crc32(rest.encode())) & 0xFFFF


class Setting(NamedTuple):
    """Where and how a conversation takes place."""

    project: SimulatedProject
    business: Business
    language: Language
    story: Story
    channel: str
    environment: str
    variant_id: str
    variant_name: str
    details: IncludedDetails


def write(
    setting: Setting, dialogue: Dialogue, values: Values, started: int, random: Random
) -> tuple[dict[str, Any], int]:
    """Return the finished record and when it ended, in microseconds."""
    project, story, handoff = setting.project, setting.story, dialogue.handoff
    is_call = setting.channel == CALL
    turns, spoken_until = _turns(setting, dialogue, values, started, random)
    ended = spoken_until
    if handoff is not None:
        ended += int((45 + random.random() * 540) * SECOND)
    total, polyai = (ended - started) // SECOND, (spoken_until - started) // SECOND
    settings = setting.business.settings
    caller = code(settings.caller_numbers, random) if setting.channel != "WEBCHAT" else ""
    agents = settings.agent_numbers
    record = {
        "id": new_id(random, date_of(started), is_call=is_call),
        "account_id": project.account_id,
        "project_id": project.project_id,
        "environment": setting.environment,
        "started_at": written(started),
        "channel": setting.channel,
        "in_progress": False,
        "variant_id": setting.variant_id,
        "variant_name": setting.variant_name,
        "from_number": caller,
        "to_number": agents[int(random.random() * len(agents))] if caller else "",
        "num_turns": len(turns),
        "total_duration": total,
        "polyai_duration": polyai,
        "handoff": handoff is not None,
        "handoff_reason": handoff.reason if handoff else "",
        "handoff_destination": handoff.destination if handoff else "",
        "num_silences": sum([exchange.is_silence for exchange in dialogue.exchanges]),
        "num_ood": sum([exchange.is_ood for exchange in dialogue.exchanges]),
        "metrics": _metrics(story, dialogue, values, turns, total),
        "state": _state(setting, dialogue, values, caller) if setting.details.context_state else {},
        "turns": turns,
    }
    return record, ended


def _turns(
    setting: Setting, dialogue: Dialogue, values: Values, started: int, random: Random
) -> tuple[list[dict[str, Any]], int]:
    """Return the turns and when the last word was said."""
    is_call, details, share = setting.channel == CALL, setting.details, random.random
    pace, answer_pace, pause = (SPEECH, SPEECH, 3 * SECOND // 2) if is_call else (TYPING, 15_000, 6 * SECOND)
    at, turns = started, []
    for step, exchange in enumerate(dialogue.exchanges):
        if step:
            waited = 6.5 * SECOND if exchange.is_silence else pause * (0.3 + 1.8 * share())
            at += int(waited) + pace * (len(exchange.user) + 6 * len(exchange.dtmf))
        latency = round(0.35 + 0.9 * share() + (1.4 * share() if exchange.entities else 0.0), 3)
        answered = at + int(latency * SECOND)
        turn = {
            "user_input": exchange.user,
            "user_input_dtmf": exchange.dtmf,
            "user_input_datetime": written(at),
            "barge_in": exchange.barge_in,
            "agent_response": exchange.agent,
            "agent_response_datetime": written(answered),
            "translated_user_input": exchange.user_english,
            "english_agent_response": exchange.agent_english,
            "intents": exchange.intents,
            "entities": [{name: values.understood[name]} for name in exchange.entities],
            "is_ood": exchange.is_ood,
            "is_silence": exchange.is_silence,
        }
        if details.latency:
            turn["latency"] = latency
        if details.turn_metadata:
            turn["metadata"] = _turn_metadata(setting, exchange, step)
        turns.append(turn)
        interrupted = step + 1 < len(dialogue.exchanges) and dialogue.exchanges[step + 1].barge_in
        at = answered + answer_pace * len(exchange.agent) // (2 if interrupted else 1)
    return turns, at


def _turn_metadata(setting: Setting, exchange: SpokenExchange, step: int) -> dict[str, Any]:
    return {
        "flow": setting.story.name,
        "step": step,
        "language": setting.language.code,
        "topics": list(exchange.intents),
        "tokens": {
            "prompt": 620 + 90 * step + len(exchange.user) // 4,
            "completion": 4 + len(exchange.agent) // 4,
        },
    }


def _metrics(
    story: Story, dialogue: Dialogue, values: Values, turns: list[dict[str, Any]], total: int
) -> dict[str, str | list[str]]:
    answered = [turn["agent_response_datetime"] for turn in turns]
    # The API writes a metric that was logged once as a string and only a repeated one as an array.
    metrics: dict[str, str | list[str]] = {
        "CALL_DURATION": str(total),
        "CALL_TURN": answered if len(answered) > 1 else answered[0],
        "FLOW": story.name,
    }
    if dialogue.completed:
        for name, value in story.outcome.items():
            metrics[name] = value.format_map(values.english)
    if dialogue.handoff is not None:
        metrics["HANDOFF_REASON"] = dialogue.handoff.reason
    intents = [intent for exchange in dialogue.exchanges for intent in exchange.intents]
    if len(intents) > 1:
        metrics["INTENT"] = intents
    return metrics


def _state(setting: Setting, dialogue: Dialogue, values: Values, caller: str) -> dict[str, Any]:
    state: dict[str, Any] = {
        "from_": caller,
        "language": setting.language.code,
        "flow": {"name": setting.story.name, "finished": dialogue.completed},
        "attempts": len(dialogue.exchanges),
    }
    if dialogue.completed:
        state |= {name: values.understood[name] for name in setting.story.state}
    return state
