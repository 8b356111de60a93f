"""Days that are published to a bucket, and delivered from there."""

from pathlib import Path

import duckdb
import pytest
import requests

from polyai_assets.delivery.manifest import newest_manifests
from polyai_assets.raw.file_store import FileStore
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.delivery.conftest import DAY, Desk
from polyai_assets_tests.delivery.published import HOTEL, Published, errors


@pytest.fixture
def bucket(s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"published-{abs(hash(tmp_path))}"
    assert requests.put(f"{s3_url}/{name}", timeout=10).ok
    return f"s3://{name}/days"


def test_versions_are_published_cleaned_and_delivered(desk: Desk, bucket: str, tmp_path: Path) -> None:
    for payloads in ([payload(FULL)], [payload(FULL), payload(FULL, id="CA2")]):
        desk.load(*payloads)
        assert desk.publish(place=bucket, keep_versions=1).is_new
    store = FileStore(bucket)
    manifest = newest_manifests(store, HOTEL, {DAY})[DAY]
    assert store.names("manifests/us-1/acme/hotel-bot") == [f"{DAY}.v2.json"]
    assert not isinstance(manifest, Exception)
    target = str(tmp_path / "mine.duckdb")
    published = Published(tmp_path, {table: {} for table in manifest.tables}, url=bucket)
    assert errors(published.deliver("duckdb", target)) == []
    with duckdb.connect(target, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM polyai.conversations").fetchall() == [(2,)]
        assert connection.execute("SELECT differing FROM polyai.polyai_delivery_log").fetchall() == [("",)]
