"""One request on its way through the simulator, as the faults see and change it."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from polyai_assets.simulator.page import Page
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.store import Store


@dataclass
class Exchange:
    """The request, and what has been made of it so far: first nothing, then a page, then an answer."""

    project: SimulatedProject
    query: Query
    now: int
    store: Store
    list_page: Callable[[Query], Page]
    page: Page | None = None
    answer: Response | None = None

    @property
    def listed(self) -> Page:
        """The page; only faults that come before listing may not ask for it."""
        if self.page is None:
            msg = "nothing has been listed yet"
            raise RuntimeError(msg)
        return self.page

    @property
    def body(self) -> bytes:
        """The bytes of the answer as it stands."""
        if self.answer is None:
            msg = "nothing has been answered yet"
            raise RuntimeError(msg)
        return bytes(self.answer.body)
