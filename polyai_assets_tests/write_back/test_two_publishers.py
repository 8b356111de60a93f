"""Publishers at once: every request is sent by one of them."""

from itertools import product

import pytest

from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.tiers import long
from polyai_assets_tests.warehouse.test_ducklake import on_postgres
from polyai_assets_tests.write_back import publishing
from polyai_assets_tests.write_back.conftest import Desk, annotated, load, noted

PUBLISHERS = 3

__all__ = ["on_postgres"]  # the Postgres that the tests of the warehouse have


@pytest.fixture(params=["file", long("ducklake")])
def shared(request: pytest.FixtureRequest, desk: Desk, polyai: Simulator) -> Desk:
    """A warehouse that several processes use: a DuckDB file, and a DuckLake on Postgres."""
    if request.param == "file":
        return desk
    lake: Warehouse = request.getfixturevalue("on_postgres")
    load(lake, polyai, HOTEL)
    return Desk(lake, desk.folder, desk.url)


def publish_at_once(desk: Desk) -> None:
    barrier = PROCESSES.Barrier(PUBLISHERS)
    processes = [
        PROCESSES.Process(
            target=publishing.publish_at_once,
            # each on a machine of its own, as far as it can see
            args=(desk.warehouse.target, desk.warehouse.data, desk.folder / str(number), desk.url, barrier),
        )
        for number in range(PUBLISHERS)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * PUBLISHERS


def test_publishers_at_once_send_everything_once(desk: Desk, polyai: Simulator, names: list[str]):
    wanted = list(product(names, range(2), ROLES[:1], ANNOTATION_TYPES[:2]))
    for name, turn, role, kind in wanted:
        desk.annotate(name, turn, role=role, annotation_type=kind)
    for name in names:
        desk.note(name, f"of {name}")
    publish_at_once(desk)
    assert sorted(annotated(polyai)) == sorted(wanted)
    assert sorted(noted(polyai)) == sorted((name, f"of {name}") for name in names)
    assert set(desk.states()) == {"done"}


def test_publishers_at_once_repeat_no_annotation_whatever_the_network_does(
    shared: Desk, polyai: Simulator, names: list[str]
):
    polyai.faults.add(Fault("lost_answer", call="annotation", after=1))
    polyai.faults.add(Fault("reset", call="annotation"))
    polyai.faults.add(Fault("lost_answer", call="note"))
    polyai.faults.add(Fault("error", {"status": 500}, call="note", times=2))
    for name in names:
        shared.annotate(name)
        shared.note(name, f"of {name}")
    publish_at_once(shared)
    arrived = annotated(polyai)
    assert len(set(arrived)) == len(arrived)
    assert sorted(row["state"] for row in shared.annotations()) == ["done", "unknown", "unknown"]
    assert dict(noted(polyai)) == {name: f"of {name}" for name in names}
    assert {row["state"] for row in shared.notes()} == {"done"}
