"""A conversation that is forgotten on request: after its day is materialized, nothing below the raw store holds it."""

import io
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from polyai_assets.raw.decisions import forget_vanished
from polyai_assets.raw.details.store import read_certificate
from polyai_assets.raw.recordings.manifest import Key
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.assets.audio import AUDIO, audio_deployment, talk, wanting
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, Deployment, project_of

NAME = "CA-forget-me"
RECORDING = Key(NAME, "combined", redacted=True).file


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure) -> Deployment:
    """A day on which the conversation has changed and vanished, with its details and its recording."""
    deployment = audio_deployment(deploy, configure, wanting())
    for number in ("+1", "+2"):
        talk(deployment.simulator, NAME, from_number=number)
        assert deployment.run(DAY1).success
        assert deployment.run(DAY1, assets=DETAILS).success
        assert deployment.run(DAY1, assets=AUDIO).success
    deployment.simulator.remove(HOTEL.key, NAME)
    assert deployment.run(DAY1).success
    return deployment


def files_with_it(deployment: Deployment) -> list[str]:
    """The files of the raw store that hold it, and those of its recordings."""
    root = Path(deployment.platform.raw_store)
    found = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
        if NAME.encode() in content or path.name == RECORDING:
            found.append(path.name)
    return found


def tables_with_it(deployment: Deployment) -> list[str]:
    with duckdb.connect(deployment.platform.warehouse, read_only=True) as connection:
        there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        return [
            name
            for name in sorted(there)
            if connection.execute(
                f'SELECT count(*) FROM "{name}" t WHERE t::VARCHAR LIKE ?', [f"%{NAME}%"]
            ).fetchone()
            != (0,)
        ]


def forget(deployment: Deployment) -> None:
    store = RawStore(deployment.platform.raw_store)
    forget_vanished(store, project_of(HOTEL), DAY1, "the data protection officer", datetime.now(UTC))


def test_it_is_in_no_file_and_no_table(deployment: Deployment):
    # three states, two files of changes, the certificate; two files of details; manifest and recording
    assert len(files_with_it(deployment)) == 10
    assert {"audio", "conversation_changes", "vanished_conversations"} <= set(tables_with_it(deployment))
    forget(deployment)
    for assets in (None, DETAILS, AUDIO):
        assert (deployment.run(DAY1, assets=assets) if assets else deployment.run(DAY1)).success
    assert files_with_it(deployment) == []
    assert tables_with_it(deployment) == []


def details_id(deployment: Deployment) -> str:
    assert deployment.run(DAY1, assets=DETAILS).success
    found = read_certificate(RawStore(deployment.platform.raw_store), HOTEL.key, DAY1)
    assert found is not None
    return found.id


def test_details_are_looked_at_once_for_each_decision(deployment: Deployment):
    forget(deployment)
    assert deployment.run(DAY1).success
    first = details_id(deployment)
    assert details_id(deployment) == first
    forget(deployment)
    second = details_id(deployment)
    assert second != first
    assert details_id(deployment) == second
