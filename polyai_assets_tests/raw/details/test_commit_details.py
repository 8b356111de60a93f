"""Committing details: what of two askings counts, who is named, and what is forgotten."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from polyai_assets.raw.conversations.decisions import forget_vanished
from polyai_assets.raw.details.asked_again import Known
from polyai_assets.raw.details.commit_details import (
    Attempt,
    commit_details,
    known_details,
)
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.files import Asked, detail_spool, read_listed
from polyai_assets.raw.header import Row
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

NOW = datetime(2026, 3, 3, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE = certificate(Hours(0, 24))
LISTED, OTHER = b"\x01" * 32, b"\x02" * 32


def row(name: str, *, vanished: bool = False, running: bool = False, state: str = "") -> Row:
    return Row(name, name, NOW, NOW, running, 1, 1, NOW if vanished else None, sha(name + state))


def sha(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()


class Committing:
    """Commits what was asked for now."""

    def __init__(self, store: RawStore, folder: Path) -> None:
        self.store, self.folder = store, folder

    def __call__(
        self,
        *rows: Row,
        came: Mapping[str, bytes | None],
        at: datetime = NOW,
        failed: tuple[str, ...] = (),
        keep: int = 10,
        records: str = "abc",
        listed: bytes | None = None,
        unchanged: Mapping[str, Known] | None = None,
    ) -> DetailsCertificate:
        conversations = msgspec.structs.replace(WHOLE, project=HOTEL.key, date=DAY1, records_sha256=records)
        errors = {name: OSError("no answer") for name in failed}
        with detail_spool(self.folder, Partition(project_of(HOTEL), DAY1), NOW) as spool:
            for name, payload in came.items():
                status = "missing" if payload is None else "found"
                spool.add(Asked(name, status, "", at, row(name).payload_sha256, listed), payload)
            attempt = Attempt(errors, len(came), at, at + timedelta(minutes=1), unchanged or {})
            committed = commit_details(self.store, conversations, rows, spool, attempt, keep)
            spool.discard()
        return committed

    @property
    def content(self) -> dict[str, tuple[str, bytes | None]]:
        """What the partition still holds."""
        current = DETAIL_FILES.read(self.store, Partition(project_of(HOTEL), DAY1))
        assert current is not None
        with DETAIL_FILES.open_file(self.store, current, current.file) as path:
            return {name: (status, payload) for name, status, _, _, payload in read_listed(path)}

    @property
    def known(self) -> dict[str, Known]:
        return known_details(self.store, DETAIL_FILES.read(self.store, Partition(project_of(HOTEL), DAY1)))

    @property
    def files(self) -> list[str]:
        return self.store.names(DETAIL_FILES.folder(Partition(project_of(HOTEL), DAY1)))


@pytest.fixture
def commit(store: RawStore, tmp_path: Path) -> Committing:
    return Committing(store, tmp_path / "spool")


def test_what_came_is_kept_and_certified(commit: Committing) -> None:
    made = commit(row("a"), row("b"), row("c", running=True), came={"a": b"\xff{}", "b": None})
    assert commit.content == {"a": ("found", b"\xff{}"), "b": ("missing", None)}
    assert (made.conversations, made.found, made.missing, made.in_progress) == (3, 1, 1, 1)
    assert (made.calls, made.is_complete) == (2, True)
    assert DETAIL_FILES.read(commit.store, Partition(project_of(HOTEL), DAY1)) == made
    assert DETAIL_FILES.is_sound(commit.store, made)
    assert commit.files == [made.file.name, "certificate.json"]


def test_what_comes_later_takes_the_place_of_what_was_there(commit: Committing) -> None:
    commit(row("a"), row("b"), came={"a": b"1", "b": b"1"})
    commit(row("a"), row("b"), came={"a": b"2"}, at=NOW + timedelta(days=1))
    assert commit.content == {"a": ("found", b"2"), "b": ("found", b"1")}


def test_what_was_found_stays_when_the_agents_api_has_it_no_longer(commit: Committing) -> None:
    commit(row("a"), row("b"), came={"a": b"1", "b": None})
    made = commit(row("a"), row("b"), came={"a": None, "b": None}, at=NOW + 8 * DAY)
    assert commit.content == {"a": ("found", b"1"), "b": ("missing", None)}
    assert (made.found, made.missing) == (1, 1)
    known = commit.known["a"]
    assert (known.asked_at, known.status) == (NOW + 8 * DAY, "found")
    assert known.reason.startswith("as of 2026-03-03 00:00 UTC; then:")
    commit(row("a"), row("b"), came={"a": None}, at=NOW + 15 * DAY)
    assert commit.known["a"].reason == known.reason
    commit(row("a"), row("b"), came={"a": b"2", "b": b"2"}, at=NOW + 16 * DAY)
    assert commit.content == {"a": ("found", b"2"), "b": ("found", b"2")}
    assert commit.known["a"].reason == ""


def test_what_another_run_has_committed_meanwhile_and_asked_for_later_stays(commit: Committing) -> None:
    commit(row("a"), came={"a": b"later"}, at=NOW + timedelta(hours=1))
    commit(row("a"), came={"a": b"earlier"})
    assert commit.content == {"a": ("found", b"later")}


def test_one_that_the_list_shows_unchanged_keeps_its_payload_and_counts_as_asked_for(
    commit: Committing,
) -> None:
    commit(row("a"), row("b"), came={"a": b"1", "b": b"1"}, listed=LISTED)
    seen = commit.known["a"]._replace(asked_at=NOW + DAY)
    made = commit(row("a"), row("b"), came={"b": b"2"}, at=NOW + DAY, listed=OTHER, unchanged={"a": seen})
    assert commit.content == {"a": ("found", b"1"), "b": ("found", b"2")}
    assert commit.known == {"a": seen, "b": seen._replace(of_payload_sha256=sha("b"), listed_sha256=OTHER)}
    assert (made.calls, made.unchanged, len(commit.files)) == (1, 1, 3)


def test_one_that_a_run_has_left_in_the_spool_is_moved_on_too(commit: Committing) -> None:
    seen = Known("found", NOW + DAY, sha("a"), LISTED)
    commit(row("a"), came={"a": b"1"}, listed=LISTED, unchanged={"a": seen})
    assert commit.known == {"a": seen}


def test_another_state_of_the_list_is_another_set_of_details(commit: Committing) -> None:
    made = [commit(row("a"), came={"a": b"1"}, listed=listed) for listed in (None, LISTED, OTHER, OTHER)]
    assert len({one.records_sha256 for one in made}) == 3
    assert commit.known["a"].listed_sha256 == OTHER


@pytest.mark.parametrize(("later", "listed"), [(1, OTHER), (3, LISTED)])
def test_what_another_run_has_asked_for_meanwhile_is_not_moved(
    commit: Committing, later: int, listed: bytes
) -> None:
    commit(row("a"), came={"a": b"1"}, listed=LISTED)
    seen = commit.known["a"]._replace(asked_at=NOW + 2 * DAY)
    commit(row("a"), came={"a": b"2"}, at=NOW + later * DAY, listed=listed)
    committed = commit.known
    commit(row("a"), came={}, at=NOW + 2 * DAY, unchanged={"a": seen})
    assert commit.known == committed


def test_who_could_not_be_asked_for_is_named(commit: Committing) -> None:
    made = commit(row("a"), row("b"), row("c"), came={"a": b"1"}, failed=("b", "c"))
    assert (made.found, made.not_asked, made.is_complete) == (1, 2, False)
    assert made.errors == {"b": "no answer", "c": "no answer"}


def test_one_that_could_not_be_asked_for_again_keeps_what_it_had_and_is_due(commit: Committing) -> None:
    commit(row("a"), came={"a": b"1"})
    made = commit(row("a"), came={}, failed=("a",), at=NOW + timedelta(days=1))
    assert (made.found, made.not_asked) == (0, 1)
    assert commit.content == {"a": ("found", b"1")}


def test_one_that_has_vanished_or_moved_is_kept_and_not_listed(commit: Committing) -> None:
    commit(row("a"), row("b"), row("c"), came={"a": b"1", "b": b"1", "c": b"1"})
    made = commit(row("a"), row("b", vanished=True), came={}, records="new")
    assert list(commit.content) == ["a"]
    assert (made.conversations, made.found) == (1, 1)
    commit(row("a"), row("b"), row("c"), came={}, records="newer")
    assert list(commit.content) == ["a", "b", "c"]


def test_where_nothing_changed_there_is_a_new_certificate_and_no_second_file(commit: Committing) -> None:
    first = commit(row("a"), came={"a": b"1"})
    second = commit(row("a"), came={}, at=NOW + timedelta(hours=1), records="new")
    assert (second.file, second.of_records_sha256) == (first.file, "new")
    assert len(commit.files) == 2


def test_as_many_states_are_kept_as_are_wanted(commit: Committing) -> None:
    for number in range(5):
        made = commit(row("a"), came={"a": b"%d" % number}, at=NOW + timedelta(days=number), keep=2)
    assert [file.name for file in made.versions] == [
        name for name in commit.files if name.endswith(".parquet")
    ]
    assert len(made.versions) == 2
    assert commit.content == {"a": ("found", b"4")}


def damage(commit: Committing, made: DetailsCertificate) -> None:
    """Flip a bit of the file, which stays as long as it was."""
    name = f"{DETAIL_FILES.folder(Partition(project_of(HOTEL), DAY1))}/{made.file.name}"
    content = bytearray(commit.store.read(name) or b"")
    content[len(content) // 2] ^= 1
    commit.store.write(name, bytes(content))


def test_a_damaged_file_knows_nobody_and_is_replaced(commit: Committing) -> None:
    made = commit(row("a"), came={"a": b"1"})
    damage(commit, made)
    assert (commit.known, DETAIL_FILES.is_sound(commit.store, made)) == ({}, False)
    again = commit(row("a"), came={"a": b"1"}, records="new")
    assert commit.content == {"a": ("found", b"1")}
    assert commit.files == [again.file.name, "certificate.json"]
    assert again.versions == [again.file]


def test_what_an_earlier_file_holds_is_not_asked_for_again(commit: Committing) -> None:
    first = commit(row("a"), row("b"), came={"a": b"1", "b": b"1"})
    known = commit.known
    damage(commit, commit(row("a"), row("b"), came={"b": b"2"}, at=NOW + DAY))
    assert commit.known == known
    again = commit(row("a"), row("b"), came={"b": b"3"}, at=NOW + 2 * DAY)
    assert commit.content == {"a": ("found", b"1"), "b": ("found", b"3")}
    assert again.versions == [first.file, again.file]


def test_a_certificate_tells_when_its_day_is_due_by_age(commit: Committing) -> None:
    over = datetime.combine(DAY1 + timedelta(days=1), datetime.min.time(), UTC)
    ended = over - timedelta(hours=1)
    a, b = (msgspec.structs.replace(row(name), started_at=ended, ended_at=ended) for name in "ab")
    made = commit(a, b, came={"a": b"1", "b": None}, at=over)
    assert made.next_due_at == over + timedelta(hours=1)  # what is missing may still come
    made = commit(a, b, came={"b": None}, at=over + timedelta(hours=23))
    assert made.next_due_at == over + timedelta(days=1)
    made = commit(a, b, came={"a": b"1"}, at=over + timedelta(days=15))
    assert made.next_due_at is None


def test_details_are_forgotten_with_their_conversations(commit: Committing) -> None:
    rows = (row("a"), row("b"), row("c"))
    commit(*rows, came={"a": b"1", "b": b"1", "c": b"1"})
    commit(*rows, came={"a": b"2"}, at=NOW + DAY)
    forget_vanished(commit.store, Partition(project_of(HOTEL), DAY1), "ada", NOW + 2 * DAY)
    # those that the conversations still hold stay: they are forgotten there first
    made = commit(row("a"), row("b", vanished=True), came={}, at=NOW + 3 * DAY, records="new")
    assert (made.versions, commit.files) == ([made.file], [made.file.name, "certificate.json"])
    assert set(commit.known) == {"a", "b"}
    made = commit(row("a"), came={}, at=NOW + 4 * DAY, records="newer")
    assert (made.versions, commit.files) == ([made.file], [made.file.name, "certificate.json"])
    assert set(commit.known) == {"a"}


def test_details_that_a_dead_run_left_of_a_forgotten_conversation_are_not_committed(
    commit: Committing,
) -> None:
    forget_vanished(commit.store, Partition(project_of(HOTEL), DAY1), "ada", NOW + DAY)
    commit(row("a"), came={"a": b"1", "b": b"1"})
    assert set(commit.known) == {"a"}


def test_without_a_decision_details_of_what_moved_away_are_kept(commit: Committing) -> None:
    commit(row("a"), row("b"), came={"a": b"1", "b": b"1"})
    commit(row("a"), came={}, at=NOW + DAY, records="new")
    assert set(commit.known) == {"a", "b"}
