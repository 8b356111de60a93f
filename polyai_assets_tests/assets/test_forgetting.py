"""A conversation that is forgotten on request: after its day is materialized, nothing below the raw store holds it."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polyai_assets.raw.conversations.decisions import forget_vanished
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import Key
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.assets.audio import AUDIO, audio_deployment, talk, wanting
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, INGEST, RAW, RAW_DETAILS, project_of
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.steps import Steps

NAME = "CA-forget-me"
RECORDING = Key(NAME, "combined", redacted=True).file


@pytest.fixture
def steps(prepare_steps: PrepareSteps, configure: Configure) -> Steps:
    """A day on which the conversation has changed, in the raw store with its details."""
    steps = audio_deployment(prepare_steps, configure, wanting())
    for number in ("+1", "+2"):
        talk(steps.simulator, NAME, from_number=number)
        assert steps.run(DAY1, assets=RAW).success
        assert steps.run(DAY1, assets=RAW_DETAILS).success
    return steps


def files_with_it(steps: Steps) -> list[str]:
    """The files of the raw store that hold it, and those of its recordings."""
    root = Path(steps.platform.raw_store)
    found = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
        if NAME.encode() in content or path.name == RECORDING:
            found.append(path.name)
    return found


def tables_with_it(steps: Steps) -> list[str]:
    with looking_into(steps.platform.warehouse) as connection:
        there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        return [
            name
            for name in sorted(there)
            if connection.execute(
                f'SELECT count(*) FROM "{name}" t WHERE t::VARCHAR LIKE ?', [f"%{NAME}%"]
            ).fetchone()
            != (0,)
        ]


def forget(steps: Steps) -> None:
    store = RawStore(steps.platform.raw_store)
    partition = Partition(project_of(HOTEL), DAY1)
    forget_vanished(store, partition, "the data protection officer", datetime.now(UTC))


def test_it_is_in_no_file_and_no_table(steps: Steps):
    for assets in (INGEST, DETAILS, AUDIO):
        assert steps.run(DAY1, assets=assets).success
    steps.simulator.remove(HOTEL.key, NAME)
    assert steps.run(DAY1).success
    # three states, two files of changes, the certificate; two files of details; manifest and recording
    assert len(files_with_it(steps)) == 10
    assert {"audio", "conversation_changes", "vanished_conversations"} <= set(tables_with_it(steps))
    forget(steps)
    for assets in (INGEST, DETAILS, AUDIO):
        assert steps.run(DAY1, assets=assets).success
    assert files_with_it(steps) == []
    assert tables_with_it(steps) == []


def details_id(steps: Steps) -> str:
    assert steps.run(DAY1, assets=RAW_DETAILS).success
    found = DETAIL_FILES.read(RawStore(steps.platform.raw_store), Partition(project_of(HOTEL), DAY1))
    assert found is not None
    return found.id


def test_details_are_looked_at_once_for_each_decision(steps: Steps):
    steps.simulator.remove(HOTEL.key, NAME)
    assert steps.run(DAY1, assets=RAW).success
    forget(steps)
    assert steps.run(DAY1, assets=RAW).success
    first = details_id(steps)
    assert details_id(steps) == first
    forget(steps)
    second = details_id(steps)
    assert second != first
    assert details_id(steps) == second
