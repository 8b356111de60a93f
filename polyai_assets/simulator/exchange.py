"""One request on its way through the simulator, as the faults see and change it; and the calls, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.responses import Response

from polyai_assets.simulator.page import ServedPage
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.store import Store

Reference = Literal[
    "agents", "deployments", "active_deployments", "variants", "attributes", "phone_numbers", "connectors"
]
Call = Literal["list", "agent_list", "detail", "audio", "annotation", "note", Reference]
"""`list` is the conversations list in each of its versions, the others are the Agents API."""

CALLS: frozenset[Call] = frozenset(get_args(Call))
RECORDS: frozenset[Call] = frozenset({"list", "agent_list", "detail"})
WITH_TURNS: frozenset[Call] = frozenset({"list", "detail"})
LIST: frozenset[Call] = frozenset({"list"})
LISTS: frozenset[Call] = frozenset({"list", "agent_list"})
REFERENCE: frozenset[Call] = frozenset(get_args(Reference))
OF_ONE_CONVERSATION: frozenset[Call] = frozenset({"detail", "audio", "annotation", "note"})


@dataclass
class Exchange:
    """The request, and what has been made of it so far: first nothing, then a page, then an answer.

    A request for one conversation has a query that spans just that one, and for a page its detail alone.
    """

    project: SimulatedProject
    query: Query
    now: int
    store: Store
    list_page: Callable[[Query], ServedPage]
    page: ServedPage | None = None
    answer: Response | None = None
    call: Call = "list"
    conversation_id: str | None = None

    @property
    def listed(self) -> ServedPage:
        """The page; only faults that come before listing may not ask for it."""
        if self.page is None:
            msg = "nothing has been listed yet"
            raise RuntimeError(msg)
        return self.page

    @property
    def answered(self) -> Response:
        """The answer as it stands; only faults that come after answering may ask for it."""
        if self.answer is None:
            msg = "nothing has been answered yet"
            raise RuntimeError(msg)
        return self.answer

    @property
    def body(self) -> bytes:
        """The bytes of the answer as it stands."""
        return bytes(self.answered.body)
