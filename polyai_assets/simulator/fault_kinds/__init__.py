"""Every kind of fault by name. A kind's parameters are the keyword parameters of its function."""

from collections.abc import Callable, Set
from enum import Enum, auto
from typing import NamedTuple

from polyai_assets.simulator.call import (
    CALLS,
    LIST,
    LISTS,
    OF_ONE_CONVERSATION,
    RECORDS,
    REFERENCE,
    WITH_TURNS,
    Call,
)
from polyai_assets.simulator.fault_kinds import lasting, pages, poison, records, refusals, wire


class Stage(Enum):
    """When a fault acts: before anything is looked up, on the chosen page, or on the finished answer."""

    ASKED = auto()
    LISTED = auto()
    ANSWERED = auto()


class Kind(NamedTuple):
    """A function `(exchange, fault, **parameters)`, when and for which calls; whether it needs a cursor."""

    stage: Stage
    apply: Callable[..., None]
    calls: Set[Call] = LIST
    needs_cursor: bool = False


KINDS = {
    # the request is refused
    "rate_limited": Kind(Stage.ASKED, refusals.rate_limited, CALLS),
    "error": Kind(Stage.ASKED, refusals.error, CALLS),
    "redirect": Kind(Stage.ASKED, refusals.redirect, CALLS),
    "bad_cursor": Kind(Stage.ASKED, refusals.bad_cursor, needs_cursor=True),
    "reset": Kind(Stage.ASKED, refusals.reset, CALLS),
    "no_conversation": Kind(Stage.ASKED, refusals.no_conversation, OF_ONE_CONVERSATION),
    "no_recording": Kind(Stage.ASKED, refusals.no_recording, frozenset({"audio"})),
    # the data itself is different from now on
    "change": Kind(Stage.ASKED, lasting.change),
    "vanish": Kind(Stage.ASKED, lasting.vanish),
    "move": Kind(Stage.ASKED, lasting.move),
    # the page is wrong
    "repeat_cursor": Kind(Stage.LISTED, pages.repeat_cursor, needs_cursor=True),
    "drop_page": Kind(Stage.LISTED, pages.drop_page, LISTS),
    "empty_page": Kind(Stage.LISTED, pages.empty_page, LISTS),
    "drop_conversations": Kind(Stage.LISTED, pages.drop_conversations, LISTS),
    # records are wrong
    "drop_turns": Kind(Stage.LISTED, records.drop_turns, WITH_TURNS),
    "set_field": Kind(Stage.LISTED, records.set_field, RECORDS),
    "remove_field": Kind(Stage.LISTED, records.remove_field, RECORDS),
    "retype_field": Kind(Stage.LISTED, records.retype_field, RECORDS),
    "null_text": Kind(Stage.LISTED, records.null_text, RECORDS),
    "naive_timestamps": Kind(Stage.LISTED, records.naive_timestamps, RECORDS),
    "poison": Kind(Stage.LISTED, poison.poison, RECORDS),
    # the answer is damaged on its way
    "pretty_page": Kind(Stage.ANSWERED, wire.pretty_page, RECORDS),
    "stall": Kind(Stage.ANSWERED, wire.stall, CALLS),
    "cut_body": Kind(Stage.ANSWERED, wire.cut_body, CALLS),
    "truncated_json": Kind(Stage.ANSWERED, wire.truncated, RECORDS | REFERENCE),
    "cut_wav": Kind(Stage.ANSWERED, wire.truncated, frozenset({"audio"})),
    "envelope": Kind(Stage.ANSWERED, wire.envelope, LISTS | REFERENCE),
    "html_page": Kind(Stage.ANSWERED, wire.html_page, CALLS),
    "lost_answer": Kind(Stage.ANSWERED, refusals.reset, CALLS),
}
