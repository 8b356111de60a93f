"""Files by name: what is no answer is no absence, and a name is no pattern."""

import errno
import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from polyai_assets.raw.file_store import FileStore, StoreUnavailable
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import DAY1
from polyai_assets_tests.raw.answering import (
    FORBIDDEN,
    HANG_UP,
    OVERLOADED,
    SLOW_DOWN,
    Answer,
    FaultyS3,
)
from polyai_assets_tests.raw.conversations.test_certificate import certificate
from polyai_assets_tests.raw.test_store import PROJECT, files_below

NAMED = certificate()
READINGS: dict[str, Callable[[RawStore], object]] = {
    "read": lambda store: store.read("notes/a.json"),
    "read some": lambda store: store.read_some(["notes/a.json", "notes/b.json"]),
    "read all": lambda store: store.read_all("notes"),
    "list": lambda store: store.names("notes"),
    "size": lambda store: store.size("notes/a.json"),
    "modified": lambda store: store.modified("notes/a.json"),
    "certificate": lambda store: store.certificate(Partition(PROJECT, DAY1)),
    "days": lambda store: store.days(PROJECT),
    "records": lambda store: store.has_records(NAMED),
    "local": lambda store: store.local("notes/a.json").__enter__(),
    "delete": lambda store: store.delete("notes/a.json"),
    "write": lambda store: store.write("notes/a.json", b"new"),
    "write new": lambda store: store.write_new("notes/c.json", b"new"),
}
NO_ANSWERS = {
    "forbidden": Answer(403, FORBIDDEN),
    "broken": Answer(500, b"oops"),
    "no such page": Answer(404, b"404 page not found"),
    "no such bucket": Answer(404, b"<Error><Code>NoSuchBucket</Code><Message>no bucket</Message></Error>"),
}
ANSWERS = {**NO_ANSWERS, "overloaded": Answer(503, OVERLOADED), "hung up": Answer(HANG_UP, b"")}


@pytest.mark.parametrize(
    ("doing", "answer"),
    [*product(READINGS, ["overloaded"]), *product(["read", "list"], NO_ANSWERS), ("list", "hung up")],
)
def test_what_an_object_store_does_not_answer_is_not_taken_for_absence(
    bucket: RawStore, faulty: FaultyS3, doing: str, answer: str
):
    bucket.write("notes/a.json", b"kept")
    faulty.answers = [ANSWERS[answer]]
    with pytest.raises(StoreUnavailable, match="Nothing is concluded from that"):
        READINGS[doing](bucket)
    faulty.answers.clear()
    assert bucket.read_all("notes") == {"a.json": b"kept"}


def test_one_file_that_cannot_be_read_fails_the_reading_of_several(bucket: RawStore, faulty: FaultyS3):
    for name in "abc":
        bucket.write(f"notes/{name}.json", name.encode())
    faulty.answers = [Answer(503, OVERLOADED, about="b.json")]
    with pytest.raises(StoreUnavailable, match=r"notes/b\.json cannot be read"):
        bucket.read_all("notes")
    with pytest.raises(StoreUnavailable):
        bucket.read_some(["notes/a.json", "notes/b.json"])
    assert bucket.read_some(["notes/a.json", "notes/z.json"]) == {"notes/a.json": b"a"}


def test_what_is_certainly_not_there_is_absent(any_store: RawStore):
    assert any_store.read("notes/a.json") is None
    assert any_store.read_some(["notes/a.json"]) == {}
    assert any_store.read_all("notes") == {}
    assert any_store.names("notes") == []
    assert any_store.size("notes/a.json") is None
    assert any_store.modified("notes/a.json") is None
    with pytest.raises(FileNotFoundError), any_store.local("notes/a.json") as path:
        path.read_bytes()


def test_who_may_not_list_the_bucket_is_told_what_to_allow(bucket: RawStore, faulty: FaultyS3):
    faulty.answers = [Answer(403, FORBIDDEN)]
    with pytest.raises(StoreUnavailable, match="s3:ListBucket"):
        bucket.read("notes/a.json")


def test_a_passing_overload_is_waited_for(bucket: RawStore, faulty: FaultyS3):
    bucket.write("notes/a.json", b"kept")
    faulty.answers = [Answer(503, SLOW_DOWN, times=2)]
    assert bucket.read("notes/a.json") == b"kept"


ODD = ["data [prod]", "data [[]a]", "a*b?", "**", "{a,b}", "a::b", "~tilde", "a%20b", "x'y"]


@pytest.mark.parametrize("folder", ODD)
def test_a_folder_is_named_as_it_is_called(tmp_path: Path, folder: str):
    for url in (str(tmp_path / folder / "raw"), f"memory://{tmp_path}/{folder}/raw"):
        store = FileStore(url)
        for name in ("a.json", "b [1].json"):
            store.write(f"notes/{name}", name.encode())
        whole = {"a.json": b"a.json", "b [1].json": b"b [1].json"}
        assert store.read_all("notes") == whole
        assert store.read_some(["notes/b [1].json", "notes/*"]) == {"notes/b [1].json": b"b [1].json"}
        assert store.sizes("notes") == {"a.json": 6, "b [1].json": 10}
        with store.local("notes/b [1].json") as path:
            assert path.read_bytes() == b"b [1].json"
        store.delete("notes/a.json")
        assert store.names("notes") == ["b [1].json"]


@pytest.mark.parametrize("prefix", ["data [prod]", "a*b?", "{a,b}"])
def test_a_prefix_of_a_bucket_is_no_pattern(bucket: RawStore, prefix: str):
    store = RawStore(f"{bucket.url}/{prefix}")
    store.write("notes/a.json", b"1")
    store.write("notes/[a].json", b"2")
    assert store.read_all("notes") == {"[a].json": b"2", "a.json": b"1"}
    assert store.names("notes") == ["[a].json", "a.json"]
    with store.local("notes/[a].json") as path:
        assert path.read_bytes() == b"2"


def test_folders_beside_the_files_of_a_folder_are_not_read(any_store: RawStore):
    any_store.write("notes/a.json", b"1")
    any_store.write("notes/older/b.json", b"2")
    assert any_store.read_all("notes") == {"a.json": b"1"}


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
def test_where_there_are_no_hard_links_a_new_file_is_made_by_other_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
):
    def link(source: str, target: str, **_: object) -> None:
        raise OSError(code, os.strerror(code), source, None, target)

    monkeypatch.setattr(os, "link", link)
    store = FileStore(str(tmp_path))
    assert store.write_new("notes/a.json", b"first")
    assert not store.write_new("notes/a.json", b"second")
    assert store.read("notes/a.json") == b"first"
    assert files_below(tmp_path) == ["notes/a.json"]


def test_an_error_of_a_disk_names_the_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def replace(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(source), None, str(target))

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(PermissionError) as caught:
        FileStore(str(tmp_path)).write("notes/a.json", b"x")
    assert str(tmp_path / "notes" / "a.json") in str(caught.value)
    assert ".tmp" not in str(caught.value)


def test_small_files_are_read_together(any_store: RawStore):
    any_store.write("some/a b.json", b"1")
    any_store.write("some/c.json", b"2")
    found = any_store.read_some(["some/a b.json", "some/none.json", "some/c.json"])
    assert found == {"some/a b.json": b"1", "some/c.json": b"2"}
    assert any_store.read_some(["some/c.json"]) == {"some/c.json": b"2"}
    assert any_store.read_some([]) == {}
