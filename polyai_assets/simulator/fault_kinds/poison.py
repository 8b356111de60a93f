"""Records that are hard to read: what naive JSON readers stumble over, byte by byte."""

import re
from collections.abc import Callable, Sequence

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.fault_kinds.editing import edit_records

_AGENT_TEXT = re.compile(rb'"agent_response":"')
_ID = re.compile(rb'"(?:id|conversationId)":"[^"]*",?')
_DURATION = re.compile(rb'("total(?:_d|D)uration":)\d+')
_METRICS = re.compile(rb'"metrics":\{')

POISONS: dict[str, Callable[[bytes], bytes]] = {
    "lone_surrogate": lambda body: _AGENT_TEXT.sub(rb"\g<0>\\ud83d ", body, count=1),
    "invalid_utf8": lambda body: _AGENT_TEXT.sub(b"\\g<0>\xff\xfe ", body, count=1),
    "duplicate_metric": lambda body: _METRICS.sub(rb'\g<0>"CALL_DURATION":"0",', body, count=1),
    "duplicate_key": lambda body: b'{"channel":"CHAT",' + body[1:],
    "nan": lambda body: _DURATION.sub(rb"\1NaN", body, count=1),
    "no_id": lambda body: _ID.sub(b"", body, count=1),
    "not_an_object": lambda _body: b'"this is not a conversation"',
}


def poison(
    exchange: Exchange,
    fault: Fault,
    *,
    how: str,
    ids: Sequence[str] | None = None,
    every: int = 1,
    count: int | None = 1,
) -> None:
    """Poison the chosen records of the page, one unless `count` says otherwise. `how`: a key of POISONS."""
    edit_records(exchange, fault, POISONS[how], ids, every, count)
