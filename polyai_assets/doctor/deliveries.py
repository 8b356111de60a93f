"""The targets of deliveries: does each answer, and may its user do what a delivery needs? Nothing is written."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.doctor.check import Diagnosis, green, red
from polyai_assets.machine.actionable import Actionable

NAME = "delivery"
HINT = "check `connection` of the delivery in defs.yaml, its variable, and the network"


def look_at_delivery(delivery: DeliverySettings, spool: Path) -> Iterator[Diagnosis]:
    """Connect to a target with its credentials."""
    try:
        with (
            connect(duckdb_resource(spool)) as connection,
            closing(open_target(delivery, connection)) as target,
        ):
            target.probe()
    except Actionable as error:
        yield red(NAME, f"{delivery.name} ({delivery.kind}): {error}", HINT)
    else:
        yield green(
            NAME, f"{delivery.name} ({delivery.kind}) answers, and its user may do what a delivery needs"
        )
