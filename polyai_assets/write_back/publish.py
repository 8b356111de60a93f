"""Publishing what is pending: each request is taken up in the warehouse first, then sent, then settled.

The warehouse is attached only for the moments between the calls. A request may fail for reasons of its own, so that the
others are still sent. A project that is down is left alone after a few: not every request is to use up its attempts,
and not every annotation to become one whose fate is unknown.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import TypeVar

import duckdb

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.transaction import Work
from polyai_assets.write_back.lease import Leases
from polyai_assets.write_back.ledger import CallOutcome, Claimed, claim, count_by_state, settle
from polyai_assets.write_back.look import Unit, look
from polyai_assets.write_back.report import Published, PublishTally
from polyai_assets.write_back.send import OpenClient, Recipient, Sender
from polyai_assets.write_back.tables import RequestState, transact

MOST_IN_A_ROW = 3
"""Calls without an outcome, none between them that had one."""
MOST_IN_A_PASS = 10
"""Calls without an outcome in all: each of them may have taken minutes."""
Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
Clock = Callable[[], datetime]
Sent = tuple[Claimed, CallOutcome]
T = TypeVar("T")


class Patience:
    """What a project has been up to in this pass."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._in_all = 0

    def is_over_after(self, outcome: CallOutcome) -> bool:
        """Count an outcome, and say whether the project's other requests are to wait."""
        if outcome.state in (RequestState.PENDING, RequestState.UNKNOWN) and not outcome.is_its_own:
            self._in_a_row += 1
            self._in_all += 1
        elif outcome.result is not None:  # without one the project was not asked
            self._in_a_row = 0
        return outcome.for_all or self._in_a_row >= MOST_IN_A_ROW or self._in_all >= MOST_IN_A_PASS


def publish(
    connect: Connect,
    warehouse: Warehouse,
    recipients: Sequence[Recipient],
    leases: Leases,
    now: Clock,
    *,
    only_due: bool = False,
    open_client: OpenClient = AgentsClient,
) -> list[Published]:
    """Publish what is pending to those who take it, and give the result for each project.

    With `only_due`, what waits is left alone until its time has come. `open_client` is there to be replaced in tests.
    Raises WarehouseBusy and WarehouseUnreachable; what was just being sent is then judged as after a crash.
    """
    writable = {recipient.project: recipient for recipient in recipients if recipient.write_back}
    leases.tidy(now())
    with leases.held() as me, connect() as connection:
        publisher = _Publisher(me, connection, warehouse, now)
        found = publisher.transact(
            lambda connection: look(connection, list(writable), leases, now(), only_due=only_due)
        )
        for gone in found.gone:
            leases.forget(gone)
        publisher.tally.looked(found)
        for project, units in groupby(found.units, key=lambda unit: unit.project):
            with closing(Sender(writable[project], open_client)) as sender:
                publisher.publish_project(sender, list(units))
        return publisher.tally.published(publisher.transact(count_by_state), recipients)


@dataclass(frozen=True, slots=True)
class _Publisher:
    """One pass over what is pending, under a name that the requests bear while they are sent."""

    name: str
    connection: duckdb.DuckDBPyConnection
    warehouse: Warehouse
    now: Clock
    tally: PublishTally = field(default_factory=PublishTally)

    def publish_project(self, sender: Sender, units: Sequence[Unit]) -> None:
        """Send to one project until all is sent, or the rest would hardly fare better."""
        patience = Patience()
        sent: Sent | None = None
        for unit in units:
            claimed = self._settle_and_claim(sent, unit)
            sent = None
            if claimed is None:
                continue
            outcome = sender.send(claimed, self.now())
            outcome = replace(outcome, rest_waits=patience.is_over_after(outcome))
            sent = claimed, outcome
            self.tally.sent(claimed, outcome)
            if outcome.rest_waits:
                break
        if sent:
            self._settle_and_claim(sent, None)

    def transact(self, work: Work[T]) -> T:
        """Do `work` on the requests."""
        return transact(self.connection, self.warehouse, work)

    def _settle_and_claim(self, sent: Sent | None, unit: Unit | None) -> Claimed | None:
        """Write down the last outcome and take up the next request, in one transaction."""

        def work(connection: duckdb.DuckDBPyConnection) -> tuple[datetime | None, Claimed | None]:
            again = settle(connection, *sent, self.name, self.now()) if sent else None
            return again, claim(connection, unit, self.name, self.now()) if unit else None

        again, claimed = self.transact(work)
        if sent and again:
            self.tally.postponed(*sent, again)
        return claimed
