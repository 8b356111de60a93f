"""A local disk that takes no more: whoever writes to it says which file, and what to do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from polyai_assets.api.record import read_record
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.details.files import Asked, detail_spool
from polyai_assets.raw.disk import DiskFull, naming_what_is_full, put_local, temporary_folder
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import DAY1, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays, page_of
from polyai_assets_tests.raw.test_store import full_disk

MUCH = b"x" * 50_000


def spool_records(folder: Path) -> None:
    payload = json.dumps({"id": "CA1", "started_at": f"{DAY1}T12:00:00Z", "pad": MUCH.decode()}).encode()
    walk = WalkSpool(folder / "walk", {}, frozenset([DAY1]), DAY1, NOW)
    try:
        walk.add(page_of([read_record(payload)]))
    finally:
        walk.close()


def begin_a_walk(folder: Path) -> None:
    WalkSpool(folder / "walk", {}, frozenset([DAY1]), DAY1, NOW).close()


def spool_details(folder: Path) -> None:
    with detail_spool(folder, Partition(project_of(HOTEL), DAY1), NOW) as spool:
        spool.add(Asked("CA1", "found", "", NOW, b"\x01" * 32), MUCH)


def store_a_file(folder: Path) -> None:
    RawStore(str(folder)).write("notes/a.json", MUCH)


@pytest.mark.parametrize(
    ("write", "most", "file"),
    [
        (spool_records, 20_000, "walk/journal"),
        (begin_a_walk, 0, "walk/journal"),
        (spool_details, 20_000, "details/"),
        (store_a_file, 20_000, "notes/a.json"),
    ],
)
def test_who_meets_a_full_disk_says_which_file_and_what_to_do(
    tmp_path: Path, write: Callable[[Path], None], most: int, file: str
):
    with full_disk(most), pytest.raises(DiskFull) as caught:
        write(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/{file}")
    assert "cannot be written: File too large. Free space on the disk" in str(caught.value)
    assert "fetch the day again" in str(caught.value)


def test_a_commit_that_finds_no_room_for_its_work_says_where(
    tmp_path: Path, fetch_days: FetchDays, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    fetched = fetch_days(DAY1)
    store = RawStore(str(tmp_path / "raw"))
    with full_disk(1000), pytest.raises(DiskFull, match=f"{tmp_path}/temporary/.*/records.parquet cannot be"):
        commit_day(store, fetched, DAY1, RULES)
    assert store.certificate(Partition(project_of(HOTEL), DAY1)) is None
    assert commit_day(store, fetch_days(DAY1), DAY1, RULES).rows == 3


def fill(device: Path) -> None:
    with naming_what_is_full(device), device.open("wb") as file:
        file.write(b"x")


def test_a_device_without_space_is_told_as_such():
    with pytest.raises(DiskFull, match=r"/dev/full cannot be written: No space left on device\. Free space"):
        fill(Path("/dev/full"))


def test_what_is_no_full_disk_stays_what_it_is(tmp_path: Path):
    (tmp_path / "a").touch()
    with pytest.raises(FileExistsError), (tmp_path / "b").open("w+b") as file:
        put_local(tmp_path / "a" / "b", file)


HOLD = """
import sys, time
from pathlib import Path
from polyai_assets.raw.disk import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "records.parquet").write_bytes(b"x")
    print(folder.name, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_a_temporary_folder_of_a_killed_process_is_removed_and_one_that_is_held_is_not(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        name = one.stdout.readline().strip()
        os.utime(tmp_path / name, (1, 1))
        with temporary_folder(tmp_path):
            assert (tmp_path / name / "records.parquet").exists()
        one.send_signal(signal.SIGKILL)
    (tmp_path / "of somebody else").mkdir()
    os.utime(tmp_path / name, (1, 1))
    with temporary_folder(tmp_path / ".." / tmp_path.name) as folder:
        assert {path.name for path in tmp_path.iterdir()} == {folder.name, "of somebody else"}
    assert [path.name for path in tmp_path.iterdir()] == ["of somebody else"]
