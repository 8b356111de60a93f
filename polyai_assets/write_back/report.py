"""The result for the requests of each project: counted, and logged without what a person wrote."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from polyai_assets.write_back.ledger import CallOutcome, Claimed
from polyai_assets.write_back.look import PendingWork
from polyai_assets.write_back.send import Recipient
from polyai_assets.write_back.tables import RequestState

log = logging.getLogger(__name__)

SWITCHED_OFF = "write_back is not switched on for this project: set write_back: true in defs.yaml"
NOT_CONFIGURED = "no such project is configured"


@dataclass(slots=True)
class Published:
    """The result for a project's requests: how many this time, and how many are pending now, and why."""

    project: str
    done: int = 0
    refused: int = 0
    unknown: int = 0
    pending: int = 0
    why_pending: str | None = None
    key_trouble: bool = False
    """Whether nothing can be published until a person does something."""


class PublishTally:
    """Counts and logs what is found and sent."""

    def __init__(self) -> None:
        self._projects: dict[str, Published] = {}

    def looked(self, look: PendingWork) -> None:
        """Count what was decided before any call."""
        for project, request_id in look.refused:
            log.warning("%s: request %s is refused; its row says why", project, request_id)
            self._of(project).refused += 1
        for project, request_id in look.unknown:
            log.error("%s: request %s is unknown: its publisher ended while it was sent", project, request_id)
            self._of(project).unknown += 1

    def sent(self, claimed: Claimed, outcome: CallOutcome) -> None:
        """Count an outcome. It is in the log even if it cannot be written down."""
        published = self._of(claimed.unit.project)
        what = f"{claimed.unit.project} {claimed.unit.conversation_id}, request {', '.join(claimed.ids)}"
        match outcome.state:
            case RequestState.DONE:
                published.done += len(claimed.rows)
                log.info("%s: published (%s)", what, outcome.result)
            case RequestState.REFUSED:
                published.refused += len(claimed.rows)
                log.warning("%s: refused: %s", what, outcome.explanation)
            case RequestState.UNKNOWN:
                published.unknown += len(claimed.rows)
                log.error("%s: unknown: %s", what, outcome.explanation)
            case _:
                published.why_pending, published.key_trouble = outcome.explanation, outcome.key_trouble
                log.warning("%s: still pending: %s", what, outcome.explanation)

    def postponed(self, claimed: Claimed, outcome: CallOutcome, until: datetime) -> None:
        """Tell when a request, or all that its project has pending, is tried again."""
        what = "what is pending" if outcome.rest_waits else f"request {', '.join(claimed.ids)}"
        log.warning("%s: %s is tried again at %s", claimed.unit.project, what, until)

    def published(
        self, counts: Mapping[str, Mapping[str, int]], recipients: Sequence[Recipient]
    ) -> list[Published]:
        """Add what is pending now by `counts` (project -> state -> requests), and why; gives all projects concerned."""
        known = {recipient.project: recipient for recipient in recipients}
        for project, states in counts.items():
            waiting = states.get(RequestState.PENDING, 0) + states.get(RequestState.SENDING, 0)
            if not waiting:
                continue
            published = self._of(project)
            published.pending = waiting
            if published.why_pending is None:
                published.why_pending = _why(known.get(project), states)
                log.warning("%s: requests that stay pending: %d: %s", project, waiting, published.why_pending)
        return sorted(self._projects.values(), key=lambda published: published.project)

    def _of(self, project: str) -> Published:
        return self._projects.setdefault(project, Published(project))


def _why(recipient: Recipient | None, states: Mapping[str, int]) -> str:
    if recipient is None:
        return NOT_CONFIGURED
    if not recipient.write_back:
        return SWITCHED_OFF
    if not states.get(RequestState.PENDING):
        return "another publisher is sending them"
    return "they wait for their next attempt, or came while others were published"
