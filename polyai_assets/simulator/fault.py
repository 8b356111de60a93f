"""What a fault is: something that goes wrong with some of the requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from polyai_assets.simulator.days import ServedConversation
from polyai_assets.simulator.exchange import Call
from polyai_assets.simulator.moments import micros
from polyai_assets.simulator.query import Query


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault. `kind` is one of `fault_kinds.KINDS`, `parameters` are that kind's own.

    It hits `times` requests (None: every one until it is cleared), after letting `after` matching ones pass.
    A request matches if it is for `project` (`us-1/acme/hotel-bot`), if its time range meets
    [`since`, `until`), if it asks for the `page`-th page of a walk, counted from 1, if it is this `call`, and
    if it is for this one conversation (`conversation_id`, in calls of the Agents API). Kinds that change records
    change only those that started within [`since`, `until`). Without `call` a fault hits every call that its
    kind has a meaning for.
    """

    kind: str
    parameters: dict[str, Any] = {}
    times: int | None = 1
    after: int = 0
    project: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int | None = None
    call: Call | None = None
    conversation_id: str | None = None

    def __post_init__(self) -> None:
        for name, at in (("since", self.since), ("until", self.until)):
            if at is not None and at.tzinfo is None:
                msg = f"fault {self.kind!r}: {name} has no zone"
                raise ValueError(msg)

    def matches(
        self,
        project_key: str,
        query: Query,
        page_number: int,
        call: Call = "list",
        conversation_id: str | None = None,
    ) -> bool:
        """Whether a request for this page of this project is one the fault can hit."""
        since, until = self.window
        return (
            self.project in (None, project_key)
            and self.page in (None, page_number)
            and self.call in (None, call)
            and self.conversation_id in (None, conversation_id)
            and (since is None or query.end is None or query.end > since)
            and (until is None or query.start is None or query.start < until)
        )

    @property
    def window(self) -> tuple[int | None, int | None]:
        """[since, until) in microseconds, None where open."""
        return (
            None if self.since is None else micros(self.since),
            None if self.until is None else micros(self.until),
        )

    def choose(
        self, entries: Sequence[ServedConversation], ids: Sequence[str] | None, every: int, count: int | None
    ) -> list[int]:
        """Return which of `entries` are meant: those in the window, by id or each `every`-th, at most `count`."""
        since, until = self.window
        places = [
            place
            for place, entry in enumerate(entries)
            if (since is None or entry.started >= since)
            and (until is None or entry.started < until)
            and (ids is None or entry.id in ids)
        ]
        return places[every - 1 :: every][:count]
