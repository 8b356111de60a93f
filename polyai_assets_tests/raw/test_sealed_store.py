"""An encrypted raw store: the same to whoever reads and writes, and closed to whoever lacks the master key."""

from io import BytesIO
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.privacy import sealing
from polyai_assets.privacy.master_key import VARIABLE, MasterKeyUnusable
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.encrypt import remove_journals
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_forget import Days

FIRST, SECOND = f"1:{'a' * 32}", f"2:{'b' * 32}"
FOLDER = f"{HOTEL.key}/{DAY1}"
FILE = f"{FOLDER}/20250301T120000000000Z-0a1b2c3d.parquet"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, FIRST)


@pytest.fixture
def sealed(any_store: RawStore, key: None) -> RawStore:
    any_store.encrypt()
    return any_store


def as_new(store: RawStore) -> RawStore:
    """The store as another process opens it."""
    return RawStore(store.url)


@pytest.mark.parametrize("content", [b"", b"x", b"records " * 300_000])
def test_a_file_is_read_as_it_was_written_and_its_bytes_say_nothing(
    sealed: RawStore, tmp_path: Path, content: bytes
):
    (tmp_path / "file").write_bytes(content)
    file = sealed.put_local(FOLDER, FILE.rpartition("/")[2], tmp_path / "file")
    store = as_new(sealed)
    assert (file.bytes, store.size(FILE), store.sizes(FOLDER)) == (
        len(content),
        len(content),
        {file.name: len(content)},
    )
    assert store.read(FILE) == store.read_some([FILE])[FILE] == content
    with store.local(FILE) as path:
        assert path.read_bytes() == content
    assert store.modified(FILE) is not None
    store.delete(FILE)
    assert (store.read(FILE), store.names(FOLDER)) == (None, [])


def test_days_are_committed_again_and_again_as_without_encryption(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator, key: None
):
    store.encrypt()
    days = Days(store, fetch_days, polyai)
    assert commit_day(store, days.fetch(DAY1), DAY1, RULES).file == days.current.file
    root = Path(store.url)
    secret = [path for path in root.rglob("*") if path.suffix == ".sealed"]
    assert len(secret) > 3
    assert not any(path.suffix in (".parquet", ".changes") for path in root.rglob("*"))
    assert not any(days.name.encode() in path.read_bytes() or b"PAR1" in path.read_bytes() for path in secret)
    assert [change for change in days.changes() if change[0] == days.name]


def test_what_was_there_before_stays_readable_and_can_be_encrypted(store: RawStore, key: None):
    store.write(FILE, b"plain")
    store.encrypt()
    assert as_new(store).read(FILE) == b"plain"
    assert (store.seal_existing(FOLDER), store.seal_existing(FOLDER)) == (1, 0)
    assert as_new(store).read(FILE) == b"plain"
    assert b"plain" not in (Path(store.url) / f"{FILE}.sealed").read_bytes()
    assert not (Path(store.url) / FILE).exists()


def test_what_killed_runs_have_left_unencrypted_is_removed_unless_a_run_is_on_it(tmp_path: Path):
    spool = tmp_path / "spool"
    left = [spool / name for name in ("walks/a1/journal", "details/b2.spool", "recordings/c3/hash.wav")]
    left.append(spool / "comparison" / "walks" / "d4" / "journal")
    busy = spool / "details" / "e5.spool"
    for file in (*left, busy):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"plain")
    with FileLock(spool / "details" / "e5.lock"):
        remove_journals(spool, NOW)
    assert [file for file in (*left, busy) if file.exists()] == [busy]


def test_the_master_key_is_rotated_without_touching_a_record(
    sealed: RawStore, monkeypatch: pytest.MonkeyPatch
):
    sealed.write(FILE, b"records")
    before = sealed.modified(FILE)
    monkeypatch.setenv(VARIABLE, SECOND)
    with pytest.raises(
        MasterKeyUnusable, match="a master key of the id 1, which POLYAI_MASTER_KEY does not hold"
    ):
        as_new(sealed).read(FILE)
    monkeypatch.setenv(VARIABLE, f"{SECOND},{FIRST}")
    assert (sealed.rotate_keys(), sealed.rotate_keys()) == (1, 0)
    monkeypatch.setenv(VARIABLE, SECOND)
    assert as_new(sealed).read(FILE) == b"records"
    assert as_new(sealed).modified(FILE) == before


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "POLYAI_MASTER_KEY is not set.*cannot be read by anyone"),
        (f"1:{'z' * 32}", "another key under the id 1.*cannot be read by anyone"),
        ("1:short", "a secret of fewer than 32 characters"),
        ("no id", "must be ID:SECRET"),
        (f"{FIRST},{FIRST}", "two keys of the same id"),
    ],
)
def test_without_the_right_key_it_says_so(
    store: RawStore, key: None, monkeypatch: pytest.MonkeyPatch, value: str | None, said: str
):
    store.encrypt()
    store.write(FILE, b"records")
    if value is None:
        monkeypatch.delenv(VARIABLE)
    else:
        monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(MasterKeyUnusable, match=f"(?s){said}"):
        as_new(store).read(FILE)
    assert store.certificate(Partition(project_of(HOTEL), DAY1)) is None  # certificates need no key


@given(st.binary(max_size=60), st.integers(0, 200), st.booleans())
def test_a_file_that_was_cut_or_changed_is_not_opened(content: bytes, place: int, cut: bool):
    key, sealed, opened = sealing.new_data_key(), BytesIO(), BytesIO()
    sealing.seal(key, "a", BytesIO(content), sealed)
    whole = sealed.getvalue()
    assert sealing.opened_size(len(whole)) == len(content)
    place %= len(whole)
    wrong = whole[:place] if cut else whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    with pytest.raises(sealing.NotSealed):
        sealing.unseal(key, "a", BytesIO(wrong), opened)
    with pytest.raises(sealing.NotSealed):
        sealing.unseal(key, "b", BytesIO(whole), opened)
