from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from polyai_assets.api.record import Record, read_record
from polyai_assets.raw.fetch import Fetch, FetchRequest, fetch
from polyai_assets.raw.spool import Entry, WalkSpool, read_payloads, spool
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.conftest import Configure

FetchDays = Callable[..., Fetch]
SpoolRecords = Callable[..., WalkSpool]


@pytest.fixture
def fetch_days(tmp_path: Path, configure: Configure) -> Iterator[FetchDays]:
    """Fetch days of the hotel into a spool that lasts as long as the test."""
    with ExitStack() as stack:

        def fetch_days(*days: date, now: datetime | None = None, **options: Any) -> Fetch:
            config = configure(**{"max_attempts": 1, **options})
            request = FetchRequest(
                connection=config.connection(),
                days=days,
                client_envs=config.client_env,
                page_size=config.page_size,
                parallel_windows=config.parallel_windows,
            )
            records = stack.enter_context(spool(tmp_path / "spool"))
            return fetch(request, records, now=(lambda: now) if now else lambda: datetime.now(UTC))

        yield fetch_days


@pytest.fixture
def spool_records(tmp_path: Path) -> SpoolRecords:
    """Spool payloads as one walk, in pages of two."""

    def spool_records(payloads: Iterable[bytes], days: Iterable[date], fallback: date) -> WalkSpool:
        walk = WalkSpool(tmp_path / "0.spool", frozenset(days), fallback)
        records: list[Record] = [read_record(payload) for payload in payloads]
        for start in range(0, len(records), 2):
            walk.add(records[start : start + 2])
        walk.close()
        return walk

    return spool_records


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3 on this machine."""
    pytest.importorskip("s3fs", reason="needs s3fs: pip install polyai-assets[s3]")
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RawStore:
    """A raw store in a folder, and one in a bucket; what is true of the one is true of the other."""
    if request.param == "folder":
        return RawStore(str(tmp_path / "raw"))
    url = request.getfixturevalue("s3_url")
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"raw-{abs(hash(tmp_path))}"
    assert requests.put(f"{url}/{bucket}", timeout=10).ok
    return RawStore(f"s3://{bucket}/polyai/raw")


def entries_of(walk: WalkSpool) -> list[Entry]:
    return [entry for _, entry in walk.entries.values()]


def payloads_of(walk: WalkSpool) -> list[bytes]:
    return list(read_payloads(entries_of(walk)))


def ids_of(fetched: Fetch, day: date) -> list[str | None]:
    return [entry.conversation_id for entry in fetched.entries[day]]
