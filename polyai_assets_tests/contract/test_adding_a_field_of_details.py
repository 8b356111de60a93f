"""A field of the details is added in one line, too: the Agents API has sent it for two days before it is declared."""

import subprocess
import sys
from pathlib import Path

import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.detailing import fetch_details
from polyai_assets_tests.assets.ingesting import ingest
from polyai_assets_tests.contract.test_adding_a_field import ask, columns_of
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW

SENT = {
    "sentiment": "calm",
    "shortSummary": {"heading": "A room", "content": "They asked.", "mood": 3},
    "functionEvents": {"1": [{"id": "e1", "name": "save_phone", "callCost": 0.5}]},
}
PATHS = ["details.functionEvents[].callCost", "details.sentiment", "details.shortSummary.mood"]


@pytest.fixture(scope="module")
def declared(polyai_served: tuple[Simulator, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with two days of fields that were not declared, of which the first is replayed once they are."""
    simulator, url = polyai_served
    simulator.faults.clear()
    simulator.clock.stop_at(NOW)
    simulator.restore(HOTEL.key)
    folder = tmp_path_factory.mktemp("details-made-before")
    assert [outcome.error for outcome in ingest(url, folder, [DAY1, DAY2])] == [None, None]
    for name, value in SENT.items():
        parameters = {"field": name, "value": value}
        simulator.faults.add(Fault("set_field", parameters, call="detail", times=None))
    outcomes = fetch_details(url, folder, [DAY1, DAY2])
    simulator.faults.clear()
    assert [sorted(one.path for one in outcome.drift or ()) for outcome in outcomes] == [PATHS, PATHS]
    assert not columns_of(folder, "conversation_details") & {"sentiment", "summary_mood"}
    simulator.requests.clear()
    done = subprocess.run(
        [sys.executable, "-m", "polyai_assets_tests.contract.declaring_details", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(simulator.requests) == []
    return folder


def test_the_finding_resolves_on_the_day_that_was_replayed(declared: Path) -> None:
    found = ask(declared, "SELECT date, path FROM detail_drift ORDER BY ALL")
    assert found == [(DAY2, path) for path in PATHS]


def test_a_replay_fills_the_columns_and_empties_extra(declared: Path) -> None:
    details = "SELECT DISTINCT sentiment, summary_mood, extra FROM conversation_details WHERE date = ?"
    assert ask(declared, details, DAY1) == [("calm", 3, None)]
    assert ask(declared, "SELECT DISTINCT cost, extra FROM function_events WHERE date = ?", DAY1) == [
        (0.5, None)
    ]


def test_until_its_replay_a_day_keeps_the_values_in_extra(declared: Path) -> None:
    kept = (
        "SELECT DISTINCT sentiment, extra ->> 'sentiment', extra -> 'shortSummary' ->> 'mood' "
        "FROM conversation_details WHERE date = ?"
    )
    assert ask(declared, kept, DAY2) == [(None, "calm", "3")]
    assert ask(
        declared, "SELECT DISTINCT extra ->> 'callCost' FROM function_events WHERE date = ?", DAY2
    ) == [("0.5",)]
