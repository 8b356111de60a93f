"""The raw store, the warehouse and the targets of alerts."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import requests
from msgspec.structs import replace
from pydantic import SecretStr

from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.doctor.platform_checks import look_at_targets
from polyai_assets.doctor.stores import look_at_raw_store, look_at_spool, look_at_store, look_at_warehouse
from polyai_assets.privacy.erased_contacts import keep_contact
from polyai_assets.privacy.master_key import VARIABLE as MASTER_KEY
from polyai_assets.privacy.pseudonym import VARIABLE as PSEUDONYM_KEY
from polyai_assets.privacy.tombstones import Tombstone
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.warehouse.attach import Warehouse, WarehouseUnreachable
from polyai_assets_tests.api.scripted_server import Answer, ScriptedServer
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.deployment import HOTEL, project_of
from polyai_assets_tests.doctor.asking import GREEN, RED, YELLOW, only, verdicts
from polyai_assets_tests.postgres import NewDatabase
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate
from polyai_assets_tests.warehouse.conftest import loaded

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 19)
PROJECT = project_of(HOTEL)


_HOLD = """
import duckdb, sys
held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "r")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(file: Path, *, read_only: bool) -> Iterator[int]:
    """Hold a DuckDB file in another process; gives its id."""
    arguments = [sys.executable, "-c", _HOLD, str(file), "r" if read_only else "w"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process.pid
        finally:
            process.communicate()


def test_a_warehouse_that_is_not_there_yet_is_no_error(tmp_path: Path):
    file = tmp_path / "polyai.duckdb"
    assert only(look_at_warehouse(str(file), None)).verdict is GREEN
    assert not file.exists()


def test_a_warehouse_is_opened(tmp_path: Path):
    loaded(Warehouse(str(tmp_path / "polyai.duckdb")), payload())
    found = only(look_at_warehouse(str(tmp_path / "polyai.duckdb"), None))
    assert found.verdict is GREEN
    assert "tables" in found.says


@pytest.mark.slow
@pytest.mark.parametrize("read_only", [True, False])
def test_who_holds_the_warehouse_is_named_by_process_id(tmp_path: Path, read_only: bool):
    file = tmp_path / "polyai.duckdb"
    duckdb.connect(str(file)).close()
    with held(file, read_only=read_only) as process_id:
        found = only(look_at_warehouse(str(file), None))
    assert found.verdict is YELLOW
    assert f"process id {process_id} has it open" in found.says


def test_a_file_that_is_no_warehouse_is_an_error(tmp_path: Path):
    file = tmp_path / "polyai.duckdb"
    file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(duckdb.Error, match="not a valid DuckDB database"):
        list(look_at_warehouse(str(file), None))


def test_a_catalog_that_is_not_there_is_an_error_without_its_password(tmp_path: Path):
    target = "ducklake:postgres:host=127.0.0.1 port=1 dbname=lake password=hunter2"
    with pytest.raises(WarehouseUnreachable, match="Connection refused") as raised:
        list(look_at_warehouse(target, str(tmp_path)))
    assert "hunter2" not in str(raised.value)


def test_a_lake_is_opened_empty_and_with_tables(new_database: NewDatabase, tmp_path: Path):
    target = f"ducklake:postgres:{new_database()}"
    empty = only(look_at_warehouse(target, str(tmp_path)))
    assert empty.verdict is GREEN
    assert "empty" in empty.says
    loaded(Warehouse(target, str(tmp_path)), payload())
    full = only(look_at_warehouse(target, str(tmp_path)))
    assert full.verdict is GREEN
    assert "empty" not in full.says


def test_a_lake_whose_catalog_is_a_file_that_is_not_there_yet_is_no_error(tmp_path: Path):
    file = tmp_path / "catalog.ducklake"
    assert only(look_at_warehouse(f"ducklake:{file}", str(tmp_path))).verdict is GREEN
    assert not file.exists()


@pytest.fixture
def s3(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return s3_url


def test_a_bucket_is_reached_empty_or_not(s3: str):
    assert requests.put(f"{s3}/doctored", timeout=10).ok
    assert only(look_at_store("s3://doctored/raw")).verdict is GREEN
    RawStore("s3://doctored/raw").write("unsettled/x", b"{}")
    assert "1 entries" in only(look_at_store("s3://doctored/raw")).says


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_is_red():
    found = only(look_at_store("s3://no-such-bucket/raw"))
    assert (found.verdict, found.says) == (RED, "there is no bucket no-such-bucket")


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    store = RawStore(str(tmp_path / "raw"))
    written = certificate(Hours(0, 24), date=DAY, project=PROJECT.key)
    file = CONVERSATION_FILES.put_bytes(store, written.partition, "records.parquet", b"some records")
    CONVERSATION_FILES.put(store, replace(written, file=file))
    return store


def folder_of(store: RawStore) -> Path:
    return Path(store.url) / Partition(PROJECT, DAY).folder


def look(store: RawStore) -> list[tuple[str, str]]:
    return [(one.verdict, one.says) for one in look_at_raw_store(store.url, [PROJECT], NOW)]


def test_a_raw_store_in_order_is_green(store: RawStore):
    ((verdict, says),) = look(store)
    assert (verdict, says[:15]) == (GREEN, "1 days looked a")


def test_a_raw_store_that_is_not_there_yet_is_green(tmp_path: Path):
    assert only(look_at_raw_store(str(tmp_path / "raw"), [PROJECT], NOW)).verdict is GREEN


def test_records_that_were_cut_are_red(store: RawStore):
    (folder_of(store) / "records.parquet").write_bytes(b"some")
    ((verdict, says),) = look(store)
    assert verdict == RED
    assert "records.parquet is missing, or not as long as it was" in says


def test_a_certificate_that_cannot_be_read_is_red(store: RawStore):
    (folder_of(store) / "certificate.json").write_bytes(b"{")
    ((verdict, says),) = look(store)
    assert verdict == RED
    assert "is no certificate that we can read" in says


def test_a_day_without_a_certificate_is_told(store: RawStore):
    (folder_of(store) / "certificate.json").unlink()
    ((verdict, says),) = look(store)
    assert (verdict, says[:10]) == (YELLOW, str(DAY))


def test_half_written_files_are_told_once_they_are_old(store: RawStore):
    orphan = folder_of(store) / ".abc.tmp"
    orphan.write_bytes(b"half")
    os.utime(orphan, (NOW.timestamp(), NOW.timestamp()))
    assert len(look(store)) == 1
    old = (NOW - timedelta(hours=7)).timestamp()
    os.utime(orphan, (old, old))
    (verdict, says), _ = look(store)
    assert verdict == YELLOW
    assert "1 half-written files" in says


def test_fetches_that_are_too_old_to_be_continued_are_told(tmp_path: Path):
    assert only(look_at_spool(tmp_path, NOW)).verdict is GREEN
    walk = tmp_path / "walks" / "abc"
    walk.mkdir(parents=True)
    (walk / "records").write_bytes(b"x")
    assert only(look_at_spool(tmp_path, datetime.now(UTC))).verdict is GREEN
    found = only(look_at_spool(tmp_path, datetime.now(UTC) + timedelta(hours=25)))
    assert (found.verdict, found.says[:9]) == (YELLOW, "1 fetches")


def test_without_targets_it_is_told_that_nobody_is(tmp_path: Path):
    assert only(look_at_targets(AlertSettings(), send_test=False)).verdict is YELLOW


@pytest.mark.slow
def test_targets_are_judged_and_nothing_is_sent():
    with ScriptedServer() as server:
        urls = (server.url.replace("http", "json"), "nonsense://hunter2")
        found = list(look_at_targets(AlertSettings(tuple(map(SecretStr, urls))), send_test=False))
        assert server.asked == []
    assert verdicts(found) == [("alerts", GREEN), ("alerts", RED)]
    assert "hunter2" not in str(found)


@pytest.mark.slow
def test_a_test_message_is_sent_on_request():
    with ScriptedServer() as server:
        server.will(Answer(200), Answer(500))
        alerts = AlertSettings((SecretStr(server.url.replace("http", "json")),))
        assert only(look_at_targets(alerts, send_test=True)).verdict is GREEN
        refused = only(look_at_targets(alerts, send_test=True))
        assert len(server.asked) == 2
        assert b"This is a test" in server.asked[0].body
    assert (refused.verdict, "HTTP 500" in refused.says) == (RED, True)
    assert refused.says.startswith(f"JSON 127.0.0.1:{server.url.rpartition(':')[2]} (")


def test_a_key_that_days_need_and_this_process_has_not_is_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def reds() -> list[str]:
        return [
            found.says for found in look_at_raw_store(str(tmp_path), [PROJECT], NOW) if found.verdict is RED
        ]

    monkeypatch.setenv(MASTER_KEY, f"1:{'a' * 32}")
    monkeypatch.setenv(PSEUDONYM_KEY, f"1:{'k' * 32}")
    store = RawStore(str(tmp_path))
    store.encrypt()
    store.write(f"{HOTEL.key}/2025-03-01/x.parquet", b"records")
    keep_contact(store, "", "+442079460958", Tombstone("2025-03-10T12:00:00Z", "r1"))
    assert reds() == []
    monkeypatch.setenv(MASTER_KEY, f"1:{'b' * 32}")
    monkeypatch.delenv(PSEUDONYM_KEY)
    other, contacts = reds()
    assert "has another key under the id 1" in other
    assert f"without their key: {PSEUDONYM_KEY} is not set" in contacts
    monkeypatch.delenv(MASTER_KEY)
    assert "the raw store is encrypted, and POLYAI_MASTER_KEY is not set" in reds()[0]
