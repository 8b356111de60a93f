"""The list of the Agents API: newest first, without filters, by offset, so that it drifts as conversations come."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from polyai_assets.simulator.agent_conversation import conversation_at
from polyai_assets.simulator.agent_detail import summary_of
from polyai_assets.simulator.agent_request import Asked
from polyai_assets.simulator.days import Entry
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.page import Page, page_number
from polyai_assets.simulator.query import Query


class ListParameters(msgspec.Struct):
    """The parameters of the list. There are no filters; what else is asked for is passed over."""

    limit: Annotated[int, msgspec.Meta(ge=1)] = 50
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0


def list_newest(asked: Asked) -> Response:
    """Answer with a page of summaries and with how many conversations there are in all."""
    exchange = asked.exchange
    _, count = exchange.store.newest(exchange.project, exchange.now, 0, 0)
    exchange.page = exchange.list_page(exchange.query)
    asked.world.faults.strike(exchange, Stage.LISTED, page_number(exchange.query, "offset"))
    bodies = b",".join(entry.body for entry in exchange.listed.entries)
    rest = b'],"count":%d,"limit":%d,"offset":%d}' % (count, exchange.query.limit, exchange.query.offset)
    return Response(b'{"conversations":[' + bodies + rest, media_type="application/json")


def page_of(asked: Asked, query: Query) -> Page:
    """Return the page from the `offset` of `query` on; each of its bodies is a summary."""
    exchange = asked.exchange
    entries, count = exchange.store.newest(exchange.project, exchange.now, query.offset, query.limit)
    following = query.offset + query.limit
    return Page(
        [entry._replace(body=_summary(asked, entry)) for entry in entries],
        page_number(query, "offset"),
        next_offset=following if following < count else None,
    )


def _summary(asked: Asked, entry: Entry) -> bytes:
    conversation = conversation_at(asked.exchange.project, entry, asked.exchange.now)
    return msgspec.json.encode(summary_of(conversation, asked.note_of(conversation)))
