"""The raw store, in a folder and in a bucket."""

import hashlib
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from polyai_assets.api.project import Project
from polyai_assets.machine.folders import IGNORE
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

PROJECT = project_of(HOTEL)
WHOLE = certificate(Hours(0, 24))


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """Let no file of this process grow beyond `most` bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def files_below(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != IGNORE)
    return sorted(str(path.relative_to(folder)) for path in files)


def test_records_are_copied_and_described(any_store: RawStore, tmp_path: Path):
    content = bytes(range(256)) * 100
    (tmp_path / "local").write_bytes(content)
    file = CONVERSATION_FILES.put_file(any_store, WHOLE.partition, "one.parquet", tmp_path / "local")
    assert (file.name, file.bytes) == ("one.parquet", 25_600)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert any_store.read("us-1/acme/hotel-bot/2025-03-01/one.parquet") == content


def test_records_are_there_only_in_their_full_length(any_store: RawStore, tmp_path: Path):
    (tmp_path / "local").write_bytes(b"x" * 100)
    named = certificate(
        file=CONVERSATION_FILES.put_file(any_store, WHOLE.partition, "one.parquet", tmp_path / "local")
    )
    assert any_store.has_records(named)
    any_store.write("us-1/acme/hotel-bot/2025-03-01/one.parquet", b"x" * 99)
    assert not any_store.has_records(named)
    any_store.delete("us-1/acme/hotel-bot/2025-03-01/one.parquet")
    assert not any_store.has_records(named)


def test_small_files_are_written_read_listed_and_deleted(any_store: RawStore):
    assert any_store.read("notes/a.json") is None
    assert any_store.names("notes") == []
    any_store.write("notes/b.json", b"2")
    any_store.write("notes/a.json", b"1")
    assert any_store.names("notes") == ["a.json", "b.json"]
    assert any_store.read("notes/a.json") == b"1"
    any_store.delete("notes/a.json")
    any_store.delete("notes/a.json")
    assert any_store.names("notes") == ["b.json"]


def test_a_file_of_another_process_is_listed_at_once(any_store: RawStore):
    any_store.write("notes/a.json", b"1")
    other = RawStore(any_store.url)
    assert other.names("notes") == ["a.json"]
    any_store.write("notes/b.json", b"2")
    assert other.names("notes") == ["a.json", "b.json"]


@pytest.mark.parametrize("name", ["höt el", "a%2Fb", "a?b#c", "...", "~", "a+b&c=d", "日本"])
def test_a_name_of_any_kind_stays_below_the_root(tmp_path: Path, name: str):
    store = RawStore(str(tmp_path / "raw"))
    project = Project("us-1", name, name)
    CONVERSATION_FILES.put(store, certificate(project=project.key))
    assert store.certificate(Partition(project, DAY1)) is not None
    (file,) = files_below(tmp_path)
    assert file.count("/") == 5
    assert file.startswith("raw/us-1/")


def test_nothing_temporary_is_left(tmp_path: Path):
    store = RawStore(str(tmp_path / "raw"))
    (tmp_path / "local").write_bytes(b"x")
    for _ in range(2):
        CONVERSATION_FILES.put_file(store, WHOLE.partition, "one.parquet", tmp_path / "local")
        CONVERSATION_FILES.put(store, WHOLE)
    assert files_below(tmp_path / "raw") == [
        "us-1/acme/hotel-bot/2025-03-01/certificate.json",
        "us-1/acme/hotel-bot/2025-03-01/one.parquet",
    ]


def test_a_full_disk_leaves_what_was_there_and_nothing_temporary(tmp_path: Path):
    store = RawStore(str(tmp_path))
    store.write("notes/a.json", b"before")
    with full_disk(1000), pytest.raises(OSError, match="File too large"):
        store.write("notes/a.json", b"x" * 100_000)
    assert files_below(tmp_path) == ["notes/a.json"]
    assert store.read("notes/a.json") == b"before"


WRITER = """
import sys
from polyai_assets.raw.store import RawStore
store = RawStore(sys.argv[1])
while True:
    for letter in b"ab":
        store.write("notes/a.json", bytes([letter]) * 1_000_000)
    sys.stdout.write("written\\n")
    sys.stdout.flush()
"""


@pytest.mark.slow
def test_while_one_writes_and_when_it_is_killed_readers_find_a_whole_file(tmp_path: Path):
    store = RawStore(str(tmp_path))
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"written\n"
            found = {store.read("notes/a.json") for _ in range(50)}
            writer.send_signal(signal.SIGKILL)
        found.add(store.read("notes/a.json"))
        assert found <= {b"a" * 1_000_000, b"b" * 1_000_000}


def test_a_local_file_is_moved_into_the_store(any_store: RawStore, tmp_path: Path):
    (tmp_path / "local").write_bytes(b"x" * 100)
    any_store.take("audio/a/one.wav", tmp_path / "local")
    assert not (tmp_path / "local").exists()
    assert any_store.sizes("audio/a") == {"one.wav": 100}
    assert any_store.sizes("audio/b") == {}
    assert any_store.read("audio/a/one.wav") == b"x" * 100


def test_a_file_of_another_disk_is_copied_and_nothing_is_left_of_it(tmp_path: Path):
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk")
    with tempfile.TemporaryDirectory(dir=elsewhere) as folder:
        local = Path(folder) / "local"
        local.write_bytes(b"x" * 100)
        RawStore(str(tmp_path)).take("audio/one.wav", local)
        assert not local.exists()
    assert files_below(tmp_path) == ["audio/one.wav"]


def test_a_location_is_whole_and_signed_by_nobody(any_store: RawStore):
    location = any_store.location("audio/a b.wav")
    assert location.startswith(("/", "s3://"))
    assert location.endswith("/audio/a b.wav")
    assert "?" not in location


def test_a_new_file_never_takes_the_place_of_another(any_store: RawStore):
    assert any_store.write_new("notes/a.json", b"first")
    assert not any_store.write_new("notes/a.json", b"second")
    assert any_store.read("notes/a.json") == b"first"
    assert any_store.names("notes") == ["a.json"]


def test_of_several_that_write_a_new_file_at_once_one_succeeds(tmp_path: Path):
    store = RawStore(str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda n: store.write_new("notes/a.json", b"%d" % n), range(40)))
    assert written.count(True) == 1
    assert store.read("notes/a.json") == b"%d" % written.index(True)
    assert files_below(tmp_path) == ["notes/a.json"]
