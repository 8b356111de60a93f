"""The list of the Agents API: one page, and pages as long as the server can deliver them."""

from polyai_assets.api.agents.calls import Calls
from polyai_assets.api.agents.meanings import READING
from polyai_assets.api.agents.page import AgentsPage, read_page
from polyai_assets.api.errors import PolyAIError, TransientError, TruncatedBody
from polyai_assets.api.page_size import PageSize
from polyai_assets.api.request import Request
from polyai_assets.api.retries import Deadline, logger


def page_request(calls: Calls, limit: int, offset: int) -> Request:
    """Make the request for one page."""
    return Request(path=calls.connection.path, query=f"limit={limit}&offset={offset}", meanings=READING)


def fetch_page(calls: Calls, limit: int, offset: int, deadline: Deadline) -> AgentsPage:
    """Bring one page, once."""
    return calls.read(
        page_request(calls, limit, offset),
        deadline,
        lambda answer: read_page(answer, limit=limit, offset=offset),
    )


def adapted_page(calls: Calls, size: PageSize, offset: int) -> AgentsPage:
    """Bring a page with retries, each of them as long as `size` says by then."""
    broken_before = False

    def attempt(deadline: Deadline) -> AgentsPage:
        nonlocal broken_before
        while True:  # a page that is too heavy is asked for again at once, smaller: at most nine times
            limit = size.limit
            try:
                return fetch_page(calls, limit, offset, deadline)
            except PolyAIError as error:
                broken = isinstance(error, TruncatedBody)
                smaller = size.refused(limit, error, again=broken and broken_before)
                broken_before = broken_before or broken
                if isinstance(error, TransientError) or not smaller:
                    raise
                logger.warning("%s Asking again for %d instead of %d.", error, size.limit, limit)

    return calls.retried(attempt)
