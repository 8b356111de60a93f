"""Every kind of fault by name. A kind's parameters are the keyword parameters of its function."""

from collections.abc import Callable, Set
from enum import Enum, auto
from typing import NamedTuple

from polyai_assets.simulator.exchange import (
    CALLS,
    LIST,
    LISTS,
    OF_ONE_CONVERSATION,
    RECORDS,
    REFERENCE,
    WITH_TURNS,
    Call,
)
from polyai_assets.simulator.fault_kinds import lasting, records, replies


class Stage(Enum):
    """When a fault acts: before anything is looked up, on the chosen page, or on the finished answer."""

    ASKED = auto()
    LISTED = auto()
    ANSWERED = auto()


class FaultKind(NamedTuple):
    """A function `(exchange, fault, **parameters)`, when and for which calls; whether it needs a cursor."""

    stage: Stage
    apply: Callable[..., None]
    calls: Set[Call] = LIST
    needs_cursor: bool = False


KINDS = {
    # the request is refused
    "rate_limited": FaultKind(Stage.ASKED, replies.rate_limited, CALLS),
    "error": FaultKind(Stage.ASKED, replies.error, CALLS),
    "redirect": FaultKind(Stage.ASKED, replies.redirect, CALLS),
    "bad_cursor": FaultKind(Stage.ASKED, replies.bad_cursor, needs_cursor=True),
    "reset": FaultKind(Stage.ASKED, replies.reset, CALLS),
    "no_conversation": FaultKind(Stage.ASKED, replies.no_conversation, OF_ONE_CONVERSATION),
    "no_recording": FaultKind(Stage.ASKED, replies.no_recording, frozenset({"audio"})),
    # the data itself is different from now on
    "change": FaultKind(Stage.ASKED, lasting.change),
    "vanish": FaultKind(Stage.ASKED, lasting.vanish),
    "move": FaultKind(Stage.ASKED, lasting.move),
    # the page is wrong
    "repeat_cursor": FaultKind(Stage.LISTED, replies.repeat_cursor, needs_cursor=True),
    "drop_page": FaultKind(Stage.LISTED, replies.drop_page, LISTS),
    "empty_page": FaultKind(Stage.LISTED, replies.empty_page, LISTS),
    "drop_conversations": FaultKind(Stage.LISTED, replies.drop_conversations, LISTS),
    # records are wrong
    "drop_turns": FaultKind(Stage.LISTED, records.drop_turns, WITH_TURNS),
    "set_field": FaultKind(Stage.LISTED, records.set_field, RECORDS),
    "remove_field": FaultKind(Stage.LISTED, records.remove_field, RECORDS),
    "retype_field": FaultKind(Stage.LISTED, records.retype_field, RECORDS),
    "null_text": FaultKind(Stage.LISTED, records.null_text, RECORDS),
    "naive_timestamps": FaultKind(Stage.LISTED, records.naive_timestamps, RECORDS),
    "poison": FaultKind(Stage.LISTED, records.poison, RECORDS),
    # the answer is damaged on its way
    "pretty_page": FaultKind(Stage.ANSWERED, replies.pretty_page, RECORDS),
    "stall": FaultKind(Stage.ANSWERED, replies.stall, CALLS),
    "cut_body": FaultKind(Stage.ANSWERED, replies.cut_body, CALLS),
    "truncated_json": FaultKind(Stage.ANSWERED, replies.truncated, RECORDS | REFERENCE),
    "cut_wav": FaultKind(Stage.ANSWERED, replies.truncated, frozenset({"audio"})),
    "envelope": FaultKind(Stage.ANSWERED, replies.envelope, LISTS | REFERENCE),
    "html_page": FaultKind(Stage.ANSWERED, replies.html_page, CALLS),
    "lost_answer": FaultKind(Stage.ANSWERED, replies.reset, CALLS),
}
