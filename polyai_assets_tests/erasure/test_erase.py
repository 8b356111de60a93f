"""A caller over 40 days and two projects is erased: no byte holds them, then or later, and all others stay."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from polyai_assets.delivery.deliver import Deliverer
from polyai_assets.delivery.publish import Publisher
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.erasure.erase import erase, make_plan, resume
from polyai_assets.erasure.erasure_plan import ErasurePlan, read_plans, write_plan
from polyai_assets.erasure.find import SoughtConversations
from polyai_assets.erasure.receipt import FOLDER
from polyai_assets.erasure.survey import survey
from polyai_assets.privacy.erased_contacts import sides_of
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.review.empty_rows import count_sheet_rows
from polyai_assets.review.write import write_sheet
from polyai_assets.simulator import SimulatedProject, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.audio import AUDIO
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import BANK, DETAILS, HOTEL, INGEST, RETRIEVAL, project_of
from polyai_assets_tests.erasure.callers import (
    NUMBER,
    call,
    days_from,
    dumped,
    holding,
    holds,
    id_of,
    needles,
    open_to_others,
    others,
    without_log,
)
from polyai_assets_tests.erasure.erasing import (
    delivery_to,
    delivery_to_file,
    erase_until,
    platform_of,
    quiet,
)
from polyai_assets_tests.postgres import NewDatabase
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.review.sheets import turns
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import long

FIRST = date(2025, 1, 22)
TABLES = ("conversations", "turns", "metrics", "conversation_details", "contract_violations", "search_hits")


def everything(steps: Steps, project: SimulatedProject, first: date, last: date) -> None:
    for assets in (DETAILS, AUDIO, RETRIEVAL):
        assert steps.run(first, last, assets=assets, projects=(project, project)).success


def fetched(steps: Steps, project: SimulatedProject, days: list[date]) -> None:
    assert steps.run(days[0], days[-1], projects=(project, project)).success


def prepared(steps: Steps, calls: dict[SimulatedProject, list[date]]) -> Steps:
    """Fetch and load the days on which the caller has called, the last of each project with all that there is of it."""
    for project, days in calls.items():
        for day in days:
            call(steps.simulator, project, day)
        fetched(steps, project, days)
        everything(steps, project, days[-1], days[-1])
        call(steps.simulator, project, days[-1], handoff=True)  # another state of it, and a change
        assert steps.run(days[-1], projects=(project, project)).success
        publish(steps, project, days)
    return steps


def publish(steps: Steps, project: SimulatedProject, days: list[date]) -> None:
    platform = steps.platform
    assert platform.publish is not None
    store, warehouse = RawStore(platform.raw_store), Warehouse(platform.warehouse)
    publisher = Publisher(store, warehouse, platform.contract, platform.publish)
    with connect() as connection:
        for day in days:
            published = publisher.publish(connection, Partition(project_of(project), day), datetime.now(UTC))
            assert published.is_new, published.reason


def deliver(steps: Steps, settings: DeliverySettings, calls: dict[SimulatedProject, list[date]]) -> None:
    """Deliver what is published."""
    platform = steps.platform
    assert platform.publish is not None
    with connect() as connection, closing(open_target(settings, connection)) as target:
        deliverer = Deliverer(
            FileStore(platform.publish.place),
            settings,
            platform.contract,
            target,
            connection,
            lambda: datetime.now(UTC),
        )
        days = [Partition(project_of(project), day) for project, listed in calls.items() for day in listed]
        assert [day.error for day in deliverer.deliver(days) if day.error] == []


def plan_for(steps: Steps, *, keep_kpis: bool = False) -> ErasurePlan:
    wanted = SoughtConversations(contact=NUMBER)
    surveyed = survey(steps.root, [steps.platform], wanted, connect)
    return make_plan(surveyed, wanted, "ada", "DSR-7", [], datetime.now(UTC), keep_kpis=keep_kpis)


def counted(steps: Steps) -> list[tuple[object, ...]]:
    """What figures are made of: every call that is counted, by what counts it."""
    return steps.ask(
        "SELECT project, date, local_hour, channel_group, outcome, num_turns, total_seconds FROM conversation_facts "
        "ORDER BY ALL"
    )


@pytest.mark.parametrize("count", [2, long(5)])
def test_no_byte_holds_them_and_nothing_has_them_again(
    tmp_path: Path, polyai: Simulator, polyai_url: str, new_database: NewDatabase, count: int
):
    """They called on the first and the last days of some 40; those of the bank are over the end of a month."""
    calls = {HOTEL: days_from(FIRST, count), BANK: days_from(FIRST + timedelta(days=37), count)}
    database = new_database()
    steps = Steps(platform_of(tmp_path, polyai_url, database), tmp_path, polyai)
    prepared(steps, calls)
    # one table that is delivered no more when somebody is erased
    deliver(steps, delivery_to(database, "turns"), calls)
    data, theirs = steps.root / "data", needles(calls)
    before = {table: others(steps, table) for table in TABLES}
    delivered = dumped(database)
    assert len(holding(data, theirs)) > 30
    assert len([row for row in delivered if holds(row, theirs)]) == 2 * 2 * count
    assert open_to_others(data) == []
    plan = plan_for(steps)
    assert sum(map(len, plan.names.values())) == 2 * count
    done = erase(steps.root, [steps.platform], plan, quiet)
    assert (done.left, read_plans(steps.root), holding(data, theirs)) == ([], [], [])
    assert done.receipt.kpis == "restated"
    assert len(counted(steps)) == len(before["conversations"])
    left = dumped(database)
    assert [row for row in left if holds(row, theirs)] == []
    assert without_log(left) == [row for row in without_log(delivered) if not holds(row, theirs)]
    assert open_to_others(data) == []
    for project, days in calls.items():
        fetched(steps, project, days)
        assert steps.run(*days[-2:], assets=INGEST[1:], projects=(project, project)).success
        everything(steps, project, days[-1], days[-1])
        for day in days:
            certificate = steps.certificate(day, project)
            assert certificate is not None
            assert (certificate.erased, certificate.is_complete) == (1, True)
        assert set(steps.verdicts("raw_conversations", "complete", days, project)) == {"SUCCEEDED"}
    assert holding(data, theirs) == []
    assert before == {table: others(steps, table) for table in TABLES}


def test_an_erasure_that_is_killed_at_any_instant_goes_on_to_its_end(
    tmp_path: Path, polyai: Simulator, polyai_url: str
):
    few = {HOTEL: days_from(FIRST, 1)}
    steps = prepared(Steps(platform_of(tmp_path, polyai_url), tmp_path, polyai), few)
    deliver(steps, delivery_to_file(steps.root / "data"), few)
    theirs, before = needles(few), {table: others(steps, table) for table in TABLES}
    assert "data/own.duckdb" in holding(steps.root, theirs)
    figures, sheet, of_them = counted(steps), reviewed(steps.root), {HOTEL.key: {id_of(HOTEL, FIRST)}}
    plan = plan_for(steps, keep_kpis=True)
    assert [row.count for row in plan.found if row.where == str(sheet)] == [1]
    write_plan(steps.root, plan)
    store, random = RawStore(steps.platform.raw_store), Random(7)
    for first in (150, 600, 1100):  # of 1,850 calls that leave a trace
        process = PROCESSES.Process(
            target=erase_until, args=[polyai_url, steps.root, random.randrange(first, first + 400)]
        )
        process.start()
        process.join()
        assert (process.exitcode, store.names(FOLDER)) == (-9, [])
    resume(steps.root, [steps.platform], quiet)
    assert (holding(steps.root, theirs), read_plans(steps.root)) == ([], [])
    assert before == {table: others(steps, table) for table in TABLES}
    assert len(store.names(FOLDER)) == 2  # the receipt, for programs and for people
    assert counted(steps) == figures
    assert count_sheet_rows(sheet, of_them) == 0


def reviewed(root: Path) -> Path:
    """Write a sheet with a turn of the caller."""
    write_sheet(turns({"conversation_id": id_of(HOTEL, FIRST)}), root / "review.xlsx")
    return root / "review.xlsx"


@pytest.mark.parametrize(
    ("record", "sides"),
    [
        (b'{"from_number": "+1", "to_number": null}', [("+1", "")]),
        (
            b'{"fromNumber": "+1", "toNumber": "+2", "turns": [{"from_number": "+3"}]}',
            [("+1", "+2"), ("+2", "+1")],
        ),
        (b'{"from_number": "+1", "from_number": "+2", "odd": NaN}', [("+2", "")]),
        (b"[]", []),
        (b"\xff", []),
    ],
)
def test_the_contacts_of_a_record_are_read_whatever_else_it_holds(
    record: bytes, sides: list[tuple[str, str]]
):
    assert list(sides_of(record)) == sides
