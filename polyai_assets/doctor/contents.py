"""What a project's switches let through: of recent conversations, how many have what.

PolyAI leaves out what is switched off in Agent Studio without a word; the column is empty, without a reason.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import (
    ConnectionFailed,
    Forbidden,
    InvalidKey,
    NotFound,
    PolyAIError,
    Unauthorized,
)
from polyai_assets.api.project import Connection
from polyai_assets.assets.requests import fetch_request
from polyai_assets.configuration import MissingKey, ProjectConfig
from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.convert import convert
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.guarantees import GUARANTEES
from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.raw.windows import midnight

NAME = "contents"
HINT = "run it again; if it stays, look at the line of its key"
_SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
_MOST = 50
_OF_THE_KEY = (MissingKey, InvalidKey, Unauthorized, Forbidden, NotFound)
"""What the line of the key says already, as it does where no host can be reached."""

Conversation = Mapping[str, Any]


def look_at_contents(config: ProjectConfig, start_date: date, now: datetime) -> Iterator[Diagnosis]:
    """Ask for up to 50 recent conversations and say what they have."""
    try:
        connection = config.connection()
        found, refused, since = _recent(config, connection, start_date, now)
    except PolyAIError as error:
        if not (isinstance(error, _OF_THE_KEY) or type(error) is ConnectionFailed):
            yield red(NAME, str(error), HINT)
        return
    finished = [conversation for conversation in found if not conversation.get("in_progress")]
    if not finished:
        yield yellow(NAME, f"no finished conversation since {since:%Y-%m-%d}: nothing can be said", "")
        return
    for name in refused:
        yield yellow(NAME, f"PolyAI refuses {name}: what it asks for stays empty", f"set {name}: false")
    yield from contents(finished, config, since, frozenset(refused))


def _recent(
    config: ProjectConfig, connection: Connection, start_date: date, now: datetime
) -> tuple[list[Conversation], tuple[str, ...], datetime]:
    """Fetch conversations of the last day, or of as long a time as it takes to find some, and what PolyAI refused."""
    request = replace(fetch_request(config, []), connection=connection)
    beginning = midnight(start_date)
    starts = [now - span for span in _SPANS if now - span > beginning]
    with ConversationsClient(request.connection.hasty(attempts=1, seconds=9.0)) as client:
        for start in (*starts, beginning):
            query = replace(request.query, client_env=config.client_env[0], start_time=start, end_time=now)
            page = client.page(query, limit=_MOST)
            read = [_read(record.payload) for record in page.records]
            if read:
                return (
                    [conversation for conversation in read if conversation is not None],
                    page.left_out,
                    start,
                )
    return [], (), beginning


def _read(payload: bytes) -> Conversation | None:
    try:
        read = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def contents(
    found: Sequence[Conversation], config: ProjectConfig, since: datetime, refused: Set[str] = frozenset()
) -> Iterator[Diagnosis]:
    """Say of finished conversations (at least one) what they have, and why they may lack the rest.

    Of what the details `refused` would bring nothing is said.
    """
    calls = [
        conversation
        for conversation in found
        if str(conversation.get("channel", "")).upper().startswith("VOICE")
    ]
    talked = [conversation for conversation in found if _turns(conversation)]
    there: list[str] = []
    looks: list[tuple[str, Sequence[Conversation], Callable[[Conversation], bool], str]] = [
        ("metrics", found, lambda conversation: bool(conversation.get("metrics")), _METRICS_OFF),
        ("numbers", calls, lambda conversation: _is_number(_customer(conversation)), _NUMBERS_OFF),
        (
            "variant",
            found,
            lambda conversation: bool(conversation.get("variant_id") or conversation.get("variant_name")),
            _NO_VARIANT,
        ),
    ]
    if (
        config.include_context_state or config.api_version == "v1"
    ) and "include_context_state" not in refused:
        looks.append(("state", found, lambda conversation: bool(conversation.get("state")), _STATE_OFF))
    if config.include_latency and config.api_version != "v1" and "include_latency" not in refused:
        looks.append(("latency", talked, _has_latency, _LATENCY_OFF))
    yield from _about_required(found, config)
    yield from _about_turns(found, config, there)
    redacted = sum(_customer(conversation) == _REDACTED for conversation in found)
    if redacted:
        yield yellow(
            NAME, f"numbers: this key sees none: {redacted} of {len(found)} are {_REDACTED}", _PII_OFF
        )
        looks = [look for look in looks if look[0] != "numbers"]
    for name, among, has, why in looks:
        have = sum(map(has, among))
        if have or not among:
            there.append(f"{name} {have} of {len(among)}")
        else:
            yield yellow(NAME, f"{name}: 0 of {len(among)} have any: {why}", _STUDIO)
    yield green(
        NAME, f"{len(found)} conversations since {since:%Y-%m-%d %H:%M} UTC: {', '.join(there) or 'none'}"
    )


_ASK_FOR_FIELDS = "ask PolyAI to send them, or move to v3 where the project is on v1"
_STUDIO = "switch it on in Agent Studio if you want it; the columns stay empty until then"
_METRICS_OFF = "metrics are switched off, or no function writes any"
_NUMBERS_OFF = "callers' numbers are withheld or redacted for this key"
_REDACTED = "REDACTED"
"""What a key without access to personal data gets in place of the customer's number."""
_PII_OFF = (
    "use a key whose role may see personal data, if you want them; until then no call is known to be of the same "
    "caller, and recordings come redacted"
)
_NO_VARIANT = "the project has no variants, or they are not sent"
_STATE_OFF = "the state is switched off, or this deployment does not know include_context_state"
_LATENCY_OFF = "latency is not sent, or this deployment does not know include_latency"


def _about_required(found: Sequence[Conversation], config: ProjectConfig) -> Iterator[Diagnosis]:
    """Name the fields that are always sent, and were not: their columns are empty, and every day reports drift."""
    required = (str(field.wire) for field in CONVERSATION if field.wire and field.required)
    lacking = {name: sum(name not in conversation for conversation in found) for name in required}
    missing = [f"{name} ({count} of {len(found)})" for name, count in lacking.items() if count]
    if missing:
        why = GUARANTEES[config.api_version].why_missing
        says = f"fields that PolyAI always sends are missing: {', '.join(missing)}"
        yield yellow(NAME, f"{says}: {why}" if why else says, _ASK_FOR_FIELDS)


def _about_turns(
    found: Sequence[Conversation], config: ProjectConfig, there: list[str]
) -> Iterator[Diagnosis]:
    """Compare the turns with those announced: what did not come keeps every day from being complete."""
    announced = [conversation for conversation in found if _number(conversation.get("num_turns")) > 0]
    short = [
        conversation
        for conversation in announced
        if len(_turns(conversation)) < _number(conversation["num_turns"])
    ]
    have = sum(1 for conversation in found if _turns(conversation))
    if not short:
        there.append(f"turns {have} of {len(found)}")
        return
    total = sum(_number(conversation["num_turns"]) for conversation in announced)
    if have == 0:
        says = (
            f"turns: 0 of {len(found)} have any although num_turns says {total:,}: "
            "transcripts are switched off in Agent Studio"
        )
        yield yellow(NAME, says, "switch transcripts on in Agent Studio if you want them")
        return
    says = f"turns: {len(short)} of {len(found)} have fewer than their num_turns says"
    if config.check_turns:
        yield red(NAME, says, "ask PolyAI why; or set check_turns: false; until then `complete` is red")
    else:
        yield yellow(NAME, says, "ask PolyAI why, if you want them")


def _turns(conversation: Conversation) -> list[Any]:
    turns = conversation.get("turns")
    return turns if isinstance(turns, list) else []


def _customer(conversation: Conversation) -> object:
    """Give the number of the customer: of a call that the agent made, the one that was called."""
    is_outbound = str(conversation.get("id", "")).startswith("OUT-")
    return conversation.get("to_number" if is_outbound else "from_number")


def _has_latency(conversation: Conversation) -> bool:
    return any(isinstance(turn, dict) and turn.get("latency") is not None for turn in _turns(conversation))


def _is_number(value: object) -> bool:
    """Tell a telephone number from none and from one that was made unreadable."""
    text = value if isinstance(value, str) else ""
    return sum(character.isdigit() for character in text) >= 5 and "*" not in text


def _number(value: object) -> int:
    number = convert(Kind.INTEGER, value)
    return number if isinstance(number, int) else 0
