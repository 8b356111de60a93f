"""Declaring a field, or accepting it as it is: a replay fills the column, the check passes, the finding is resolved."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import msgspec
import pytest

from polyai_assets.alerts.raising import raise_alerts
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.assets.days import Ingest
from polyai_assets.assets.outcome import Outcome
from polyai_assets.checks.verdict import Verdict
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import Kind, field
from polyai_assets.raw.accepted_drift import AcceptedDrift, write_accepted
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets.ingesting import ingest, ingest_in
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.deployment import DAY1, HOTEL, NOW, configured, partitions_of, project_of
from polyai_assets_tests.looking import looking_into

pytestmark = pytest.mark.usefixtures("no_facts")

CHECK = dg.AssetCheckKey(dg.AssetKey(["conversations"]), "no_schema_drift")
MOOD = Contract({"conversations": (field("mood", Kind.TEXT, "How the user felt"),)})


@pytest.fixture
def fetched(polyai_served: tuple[Simulator, str], tmp_path: Path) -> Iterator[Ingest]:
    """A day that was fetched and loaded with a field that nobody has declared, and the step that replays it."""
    simulator, url = polyai_served
    simulator.faults.clear()
    simulator.clock.stop_at(NOW)
    simulator.restore(HOTEL.key)
    body = payload(id="GIVEN", started_at=f"{DAY1}T10:00:00Z", mood="calm")
    simulator.put(HOTEL.key, msgspec.json.decode(body))
    (outcome,) = ingest(url, tmp_path, [DAY1])
    assert not verdict(outcome).passed
    yield replace(ingest_in(tmp_path), fetches=False)
    simulator.restore(HOTEL.key)


def verdict(outcome: Outcome) -> Verdict:
    found = outcome.judge(CHECK)
    assert found is not None
    return found


def replayed(step: Ingest) -> Outcome:
    """Replay the day; the address is one at which nobody answers."""
    (outcome,) = step.run(configured(HOTEL, "http://127.0.0.1:9"), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.error is None, outcome.error
    return outcome


def findings(step: Ingest) -> list[tuple[str, bool]]:
    """Bring the findings up to date; gives the path of each, and whether it is open."""
    raise_alerts(step.connect, step.warehouse, step.store, [HOTEL.key], AlertSettings(), datetime.now(UTC))
    with asked(step) as connection:
        return connection.execute("SELECT path, resolved_at IS NULL FROM findings").fetchall()


@contextmanager
def asked(step: Ingest) -> Iterator[duckdb.DuckDBPyConnection]:
    with looking_into(step.warehouse.target) as connection:
        yield connection


def test_a_declared_field_is_filled_by_a_replay_and_its_finding_resolved(fetched: Ingest):
    assert findings(fetched) == [("mood", True)]
    outcome = replayed(replace(fetched, contract=MOOD))
    assert verdict(outcome).description == "every record has the declared shape"
    with asked(fetched) as connection:
        row = connection.execute(
            "SELECT mood, extra FROM conversations WHERE conversation_id = 'GIVEN'"
        ).fetchall()
    assert row == [("calm", None)]
    assert findings(fetched) == [("mood", False)]


def test_accepted_drift_is_resolved_at_once_and_passes_when_the_day_is_replayed(fetched: Ingest):
    assert findings(fetched) == [("mood", True)]
    decision = AcceptedDrift("mood", "added", "ada", NOW, "we do not need it", ("text",))
    write_accepted(fetched.store, HOTEL.key, decision)
    assert findings(fetched) == [("mood", False)]
    outcome = replayed(fetched)
    assert verdict(outcome).passed
    assert verdict(outcome).description.startswith(
        "nothing but what was accepted: mood: added, accepted by ada"
    )
    assert findings(fetched) == [("mood", False)]
