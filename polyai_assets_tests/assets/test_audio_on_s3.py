"""Recordings in a bucket."""

import io
from pathlib import Path

import pytest
import requests

from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import MANIFEST, RECORDING_FILES, Key
from polyai_assets.raw.recordings.wav import read_wav
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import AUDIO, asked, rows, silence, talk, wanting
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import DAY1, HOTEL, RAW, project_of
from polyai_assets_tests.steps import Steps

FOLDER = RECORDING_FILES.folder(Partition(project_of(HOTEL), DAY1))


@pytest.fixture
def bucket(s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"audio-{abs(hash(tmp_path))}"
    assert requests.put(f"{s3_url}/{name}", timeout=10).ok
    return f"s3://{name}/raw"


@pytest.fixture
def listening(bucket: str, prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator) -> Steps:
    silence(polyai, DAY1)
    talk(polyai, "one", "a/b's %00")
    steps = prepare_steps(configure(audio=wanting(), max_attempts=1), raw_store=bucket)
    assert steps.run(DAY1, assets=RAW).success
    return steps


def test_recordings_are_kept_in_a_bucket_and_fetched_once(listening: Steps):
    store = RawStore(listening.platform.raw_store)
    assert listening.run(DAY1, assets=AUDIO).success
    assert rows(listening) == [("a/b's %00", "ok"), ("one", "ok")]
    sizes = store.sizes(FOLDER)
    assert len(sizes) == 3
    for name in sizes.keys() - {MANIFEST}:
        content = store.read(f"{FOLDER}/{name}")
        assert content is not None
        assert read_wav(io.BytesIO(content)).duration == 2.0
    listening.simulator.requests.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert asked(listening.simulator) == 0


def test_the_metadata_names_the_objects_and_lets_nobody_in(listening: Steps):
    listening.run(DAY1, assets=AUDIO)
    metadata = listening.metadata("audio", DAY1)
    assert metadata["folder"] == f"{listening.platform.raw_store}/{FOLDER}"
    assert f"`{metadata['folder']}/{Key('one', 'combined', True).file}`" in metadata["listed"]
    assert "AWSAccessKeyId" not in str(metadata)
    assert "Signature" not in str(metadata)


def test_an_object_that_was_replaced_or_deleted_is_fetched_again(listening: Steps):
    store = RawStore(listening.platform.raw_store)
    listening.run(DAY1, assets=AUDIO)
    first, second = sorted(store.sizes(FOLDER).keys() - {MANIFEST})
    store.write(f"{FOLDER}/{first}", b"RIFF")
    store.delete(f"{FOLDER}/{second}")
    assert listening.run(DAY1, assets=AUDIO).success
    assert set(store.sizes(FOLDER)) == {first, second, MANIFEST}
    assert store.sizes(FOLDER)[first] > 16_000


def test_a_lost_manifest_is_made_again_from_the_objects(listening: Steps):
    store = RawStore(listening.platform.raw_store)
    listening.run(DAY1, assets=AUDIO)
    before = rows(listening, "* EXCLUDE (fetched_at)")
    store.delete(f"{FOLDER}/{MANIFEST}")
    listening.simulator.requests.clear()
    assert listening.run(DAY1, assets=AUDIO).success
    assert listening.simulator.requests == []
    assert rows(listening, "* EXCLUDE (fetched_at)") == before


def test_a_recording_that_was_cut_never_reaches_the_bucket(listening: Steps):
    listening.simulator.faults.add(Fault("cut_body", times=None, call="audio", conversation_id="one"))
    assert listening.run(DAY1, assets=AUDIO).success
    assert dict(rows(listening))["one"] == "failed"
    assert len(RawStore(listening.platform.raw_store).sizes(FOLDER)) == 2
