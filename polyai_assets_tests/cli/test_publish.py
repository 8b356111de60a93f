"""`polyai publish`: days as files, by hand."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.cli.test_main import DEFS, MODULE, polyai, root
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.delivery.conftest import DAY, Desk, LoadedOnce, certificate_of, loaded_once

__all__ = ["loaded_once", "root"]

pytestmark = pytest.mark.slow

HOTEL = "us-1/acme/hotel-bot"
ONE, TWO = payload(FULL), payload(FULL, id="CA2")


@pytest.fixture
def desk(root: Path, loaded_once: LoadedOnce) -> Desk:
    """A Dagster project that publishes what the desk has loaded."""
    defs = DEFS.replace("data/raw", "raw").replace("data/polyai.duckdb", "polyai.duckdb")
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(
        f"{defs}  publish: {{tables: [conversations, turns]}}\n"
    )
    return Desk(root, Warehouse(str(root / "polyai.duckdb"), wait=30), loaded_once)


def test_what_would_be_published_is_said_and_nothing_is_written(desk: Desk):
    desk.load(ONE, TWO)
    said = polyai("publish", "--dry-run")
    assert (said.exit_code, said.stdout) == (
        0,
        f"{HOTEL}: 1 days would be published, 6 rows\n  {DAY} version 1 in place of none\n",
    )
    assert not desk.place.exists()


def test_days_are_published_once_and_again_when_they_change(desk: Desk):
    later = DAY + timedelta(days=1)
    for day in (DAY, later):
        desk.load(ONE, day=day)
    assert polyai("publish", HOTEL).stdout == f"{HOTEL}: 2 days published, 6 rows\n"
    assert polyai("publish").stdout == f"{HOTEL}: 0 days published, 0 rows; 2 not: it is published as it is\n"
    desk.load(ONE, TWO, day=later)
    said = polyai("publish", "--dry-run")
    assert said.stdout == (
        f"{HOTEL}: 1 days would be published, 6 rows; 1 not: it is published as it is\n"
        f"  {later} version 2 in place of 1\n"
    )
    assert polyai("publish", "--until", str(DAY)).stdout.startswith(f"{HOTEL}: 0 days published")
    (day,) = json.loads(polyai("publish", "--since", str(later), "--json").stdout)
    assert day == {
        "project": HOTEL,
        "date": str(later),
        "version": 2,
        "rows": 6,
        "is_new": True,
        "reason": "",
        "error": None,
    }
    assert [name for _, name in desk.read()] == ["CA1", "CA1", "CA2"]


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_day_that_is_red_is_named_with_its_command_and_a_day_that_is_left_out_with_its_reason(
    desk: Desk, arguments: tuple[str, ...]
):
    desk.load(ONE)
    incomplete, unloaded = (DAY + timedelta(days=number) for number in (1, 2))
    desk.load(TWO, day=incomplete, turns=TurnCount(5, 2, "on", 1, {}))
    desk.certify(certificate_of(unloaded, (TWO,)))
    said = polyai("publish", *arguments)
    assert said.exit_code == 1
    assert said.stdout.partition("\n")[0].endswith("3 rows; 1 not: it is incomplete; 1 not: red")
    assert f"  {unloaded}: the tables hold nothing of this day" in said.stderr
    assert f"polyai backfill {HOTEL} --since {unloaded} --until {unloaded} --replay" in said.stderr


def test_where_nothing_was_fetched_and_where_nothing_is_published_it_is_said_what_to_do(
    desk: Desk, root: Path
):
    said = polyai("publish")
    assert (said.exit_code, said.stdout) == (0, "")
    assert "nothing was fetched yet: polyai backfill" in said.stderr
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(DEFS)
    said = polyai("publish")
    assert said.exit_code == 1
    assert "declare `publish` in defs.yaml" in said.output
    assert "polyai write-back" in said.output
