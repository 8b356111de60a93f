from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record, read_record
from polyai_assets.raw.conversations.commit import CommitRules
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import Fetch, FetchRequest, Verify
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import Window
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import NOW
from polyai_assets_tests.raw.answering import FaultyS3, faulty_s3
from polyai_assets_tests.tiers import LONG

FetchDays = Callable[..., Fetch]
SpoolRecords = Callable[..., WalkSpool]
RULES = CommitRules()
EVERYTHING = ConversationQuery()


@pytest.fixture
def fetch_days(tmp_path: Path, configure: Configure) -> Iterator[FetchDays]:
    """Fetch days of the hotel, each time into a spool of its own that lasts as long as the test."""
    with ExitStack() as stack:

        def fetch_days(
            *days: date,
            now: datetime = NOW,
            windows: tuple[Window, ...] = (),
            verify: Verify = "off",
            query: ConversationQuery = EVERYTHING,
            **options: Any,
        ) -> Fetch:
            config = configure(**{"max_attempts": 1, **options})
            request = FetchRequest(
                connection=config.connection(),
                days=days,
                client_envs=config.client_env,
                page_size=config.page_size,
                parallel_windows=config.parallel_windows,
                windows=windows,
                verify=verify,
                query=query,
            )
            folder = tmp_path / f"spool {len(list(tmp_path.iterdir()))}"
            return fetch(request, stack.enter_context(spool(folder, now)), now=lambda: now)

        yield fetch_days


@pytest.fixture
def spool_records(tmp_path: Path) -> SpoolRecords:
    """Spool payloads as one walk, in pages of two."""

    def spool_records(payloads: Iterable[bytes], days: Iterable[date], fallback: date) -> WalkSpool:
        folder = tmp_path / f"walk {len(list(tmp_path.iterdir()))}"
        walk = WalkSpool(folder, {}, frozenset(days), fallback, NOW)
        records = [read_record(payload) for payload in payloads]
        for start in range(0, len(records), 2):
            walk.add(page_of(records[start : start + 2]))
        walk.close()
        return walk

    return spool_records


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    """A raw store in a folder."""
    return RawStore(str(tmp_path / "raw"))


@pytest.fixture(params=["folder", pytest.param("S3", marks=[pytest.mark.slow, LONG])])
def any_store(request: pytest.FixtureRequest) -> RawStore:
    """A raw store in a folder, and one in a bucket; what is true of the one is true of the other."""
    store: RawStore = request.getfixturevalue({"folder": "store", "S3": "store_in_s3"}[request.param])
    return store


@pytest.fixture
def store_in_s3(s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RawStore:
    """A raw store in a bucket of its own."""
    url = s3_url
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


@pytest.fixture(scope="module")
def served_s3(s3_url: str) -> Iterator[FaultyS3]:
    """An S3, and a client that asks it once. fsspec keeps one client for all stores: afterwards it is another again."""
    from s3fs import S3FileSystem

    with faulty_s3(s3_url) as served, pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": served.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }.items():
            environment.setenv(name, value)
        S3FileSystem.clear_instance_cache()
        assert requests.put(f"{served.url}/faulty", timeout=10).ok
        yield served
        S3FileSystem.clear_instance_cache()


@pytest.fixture
def faulty(served_s3: FaultyS3) -> FaultyS3:
    """An S3 that answers as it should until it is told otherwise."""
    served_s3.answers.clear()
    return served_s3


@pytest.fixture
def bucket(faulty: FaultyS3, request: pytest.FixtureRequest) -> RawStore:
    return RawStore(f"s3://faulty/{abs(hash(request.node.name))}")


def page_of(records: Sequence[Record], cursor: str | None = None) -> Page:
    """Make a page as the client hands it over, the last one unless it has a cursor."""
    return Page(
        records=list(records),
        position=Position(),
        next=None if cursor is None else Position(cursor=cursor),
        closed_by="null cursor" if cursor is None else None,
        limit=100,
        bytes=sum(len(record.payload) for record in records),
        sha256="",
        correlation_id=None,
        seconds=0.0,
    )


def payloads_of(walk: WalkSpool) -> list[bytes]:
    return list(walk.records.payloads())


def days_of(walk: WalkSpool) -> list[date]:
    days: list[date] = walk.records.entries["day"].to_pylist()
    return days


def ids_of(fetched: Fetch, day: date) -> list[str | None]:
    return [record.entry.conversation_id for record in fetched.entries[day].each()]
