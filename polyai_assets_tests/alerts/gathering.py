"""Gathering what is found in a warehouse."""

from collections.abc import Sequence

from polyai_assets.alerts.finding import Finding
from polyai_assets.alerts.gather import gather
from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import (
    PROJECT,
)
from polyai_assets_tests.alerts.raising_process import connect


def gathered(warehouse: Warehouse, *projects: str, accepted: Sequence[AcceptedDrift] = ()) -> list[Finding]:
    decisions = {PROJECT: accepted}
    with connect() as connection, warehouse.attached(connection):
        return gather(connection, projects or (PROJECT,), lambda project: decisions.get(project, ()))
