"""One request on its way through the simulator, as the faults see and change it."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from polyai_assets.simulator.call import Call
from polyai_assets.simulator.page import Page
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.store import Store


@dataclass
class Exchange:
    """The request, and what has been made of it so far: first nothing, then a page, then an answer.

    A request for one conversation has a query that spans just that one, and for a page its detail alone.
    """

    project: SimulatedProject
    query: Query
    now: int
    store: Store
    list_page: Callable[[Query], Page]
    page: Page | None = None
    answer: Response | None = None
    call: Call = "list"
    conversation_id: str | None = None

    @property
    def listed(self) -> Page:
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
