"""Conversations that always fail, however many, keep none that comes after them from being asked for."""

from pathlib import Path

import pytest

from polyai_assets.raw.details import ask
from polyai_assets.raw.recordings import fetch_recordings
from polyai_assets.raw.trouble import HOPELESS
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import silence, talk
from polyai_assets_tests.assets.detailing import fetch_details
from polyai_assets_tests.assets.ingesting import ingest_raw
from polyai_assets_tests.assets.recording import record
from polyai_assets_tests.deployment import DAY1
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.tiers import long

pytestmark = pytest.mark.usefixtures("no_facts")

BAD = [f"bad {number:02}" for number in range(16)]
"""More than are tried in a row, and than are under way at the same time."""
GOOD = [f"good {number:02}" for number in range(6)]


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    """One with a day of calls that always fail, in detail and recording."""
    assert len(BAD) > HOPELESS + ask.AT_ONCE - 2
    assert len(BAD) > HOPELESS + fetch_recordings.AT_ONCE - 2
    silence(polyai, DAY1)
    for name in BAD:
        polyai.faults.add(Fault("error", {"status": 418}, conversation_id=name, times=None))
    return polyai


def loaded(folder: Path, table: str) -> list[str]:
    with looking_into(folder / "polyai.duckdb") as connection:
        found = connection.execute(
            f"SELECT DISTINCT conversation_id FROM {table} WHERE status IN ('found', 'ok') ORDER BY ALL"
        )
        return [name for (name,) in found.fetchall()]


@pytest.mark.parametrize("at_first", [BAD, long([*BAD, *GOOD])])
def test_details_come_after_however_many_that_always_fail(
    tmp_path: Path, polyai: Simulator, polyai_url: str, at_first: list[str]
):
    talk(polyai, *at_first)
    ingest_raw(polyai_url, tmp_path, [DAY1])
    assert fetch_details(polyai_url, tmp_path, [DAY1], loads=False)[0].error
    talk(polyai, *BAD, *GOOD)
    ingest_raw(polyai_url, tmp_path, [DAY1])
    for loads in (False, False, True):
        fetch_details(polyai_url, tmp_path, [DAY1], loads=loads)
    assert loaded(tmp_path, "conversation_details") == GOOD


@pytest.mark.parametrize("at_first", [long(BAD), [*BAD, *GOOD]])
def test_recordings_come_after_however_many_that_always_fail(
    tmp_path: Path, polyai: Simulator, polyai_url: str, at_first: list[str]
):
    talk(polyai, *at_first)
    ingest_raw(polyai_url, tmp_path, [DAY1])
    assert record(polyai_url, tmp_path, [DAY1])[0].error
    talk(polyai, *BAD, *GOOD)
    ingest_raw(polyai_url, tmp_path, [DAY1])
    # one whose thread is late may find that enough have failed: it comes first in the next run
    for _ in range(5):
        record(polyai_url, tmp_path, [DAY1])
    assert loaded(tmp_path, "audio") == GOOD
