"""Publishing what is pending: each request is taken up in the warehouse first, then sent, then settled.

The warehouse is attached only for the moments between the calls.
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
from polyai_assets.write_back.ledger import Claimed, Outcome, claim, count_by_state, settle
from polyai_assets.write_back.look import Unit, look
from polyai_assets.write_back.patience import Patience
from polyai_assets.write_back.report import Published, Tally
from polyai_assets.write_back.send import OpenClient, Recipient, Sender
from polyai_assets.write_back.tables import transact

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
Clock = Callable[[], datetime]
Sent = tuple[Claimed, Outcome]

T = TypeVar("T")


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
    """Publish what is pending to those who take it, and say what became of the requests of each project.

    With `only_due`, what waits is left alone until its time has come. `open_client` is there to be replaced in tests.
    Raises WarehouseBusy and WarehouseUnreachable; what was just being sent is then judged as after a crash.
    """
    writable = {one.project: one for one in recipients if one.write_back}
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
    tally: Tally = field(default_factory=Tally)

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
        """Write down what came of the last call and take up the next, in one transaction."""

        def work(connection: duckdb.DuckDBPyConnection) -> tuple[datetime | None, Claimed | None]:
            again = settle(connection, *sent, self.name, self.now()) if sent else None
            return again, claim(connection, unit, self.name, self.now()) if unit else None

        again, claimed = self.transact(work)
        if sent and again:
            self.tally.postponed(*sent, again)
        return claimed
