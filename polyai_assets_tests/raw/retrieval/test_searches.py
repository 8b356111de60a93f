"""What searches found is kept until they are asked later."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retrieval.searches import SEARCH_FILES, Answer, Answers, keep_answers
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of

NOW = datetime(2025, 3, 2, tzinfo=UTC)


def found(*ids: str, at: datetime = NOW) -> Answers:
    answer = Answer(name="parking", asks={}, asked_at=at, ids=list(ids), is_cut=False)
    return Answers(project=HOTEL.key, date=DAY1, searches=[answer])


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_of_two_runs_what_was_asked_later_stays(tmp_path: Path, minutes: int):
    store = RawStore(str(tmp_path))
    first, second = found("CA1"), found("CA2", at=NOW + timedelta(minutes=minutes))
    keep_answers(store, first)
    kept = keep_answers(store, second)
    assert kept == (first if minutes < 0 else second)
    assert SEARCH_FILES.read(store, Partition(project_of(HOTEL), DAY1)) == kept


def test_a_damaged_file_is_replaced_by_what_was_asked_now(tmp_path: Path):
    store = RawStore(str(tmp_path))
    keep_answers(store, found("CA1"))
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(b'{"project": "\xff')
    assert keep_answers(store, found("CA2")) == found("CA2")
    assert SEARCH_FILES.read(store, Partition(project_of(HOTEL), DAY1)) == found("CA2")
