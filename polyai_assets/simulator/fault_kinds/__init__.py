"""Every kind of fault by name. A kind's parameters are the keyword parameters of its function."""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from polyai_assets.simulator.fault_kinds import lasting, pages, poison, records, refusals, wire


class Stage(Enum):
    """When a fault acts: before anything is looked up, on the chosen page, or on the finished answer."""

    ASKED = auto()
    LISTED = auto()
    ANSWERED = auto()


class Kind(NamedTuple):
    """A function `(exchange, fault, **parameters)`, when it is called, and whether it needs a cursor to act on."""

    stage: Stage
    apply: Callable[..., None]
    needs_cursor: bool = False


KINDS = {
    # the request is refused
    "rate_limited": Kind(Stage.ASKED, refusals.rate_limited),
    "error": Kind(Stage.ASKED, refusals.error),
    "redirect": Kind(Stage.ASKED, refusals.redirect),
    "bad_cursor": Kind(Stage.ASKED, refusals.bad_cursor, needs_cursor=True),
    "reset": Kind(Stage.ASKED, refusals.reset),
    # the data itself is different from now on
    "change": Kind(Stage.ASKED, lasting.change),
    "vanish": Kind(Stage.ASKED, lasting.vanish),
    "move": Kind(Stage.ASKED, lasting.move),
    # the page is wrong
    "repeat_cursor": Kind(Stage.LISTED, pages.repeat_cursor, needs_cursor=True),
    "drop_page": Kind(Stage.LISTED, pages.drop_page),
    "empty_page": Kind(Stage.LISTED, pages.empty_page),
    "drop_conversations": Kind(Stage.LISTED, pages.drop_conversations),
    # records are wrong
    "drop_turns": Kind(Stage.LISTED, records.drop_turns),
    "set_field": Kind(Stage.LISTED, records.set_field),
    "remove_field": Kind(Stage.LISTED, records.remove_field),
    "retype_field": Kind(Stage.LISTED, records.retype_field),
    "null_text": Kind(Stage.LISTED, records.null_text),
    "naive_timestamps": Kind(Stage.LISTED, records.naive_timestamps),
    "poison": Kind(Stage.LISTED, poison.poison),
    # the answer is damaged on its way
    "pretty_page": Kind(Stage.ANSWERED, wire.pretty_page),
    "stall": Kind(Stage.ANSWERED, wire.stall),
    "cut_body": Kind(Stage.ANSWERED, wire.cut_body),
    "truncated_json": Kind(Stage.ANSWERED, wire.truncated_json),
}
