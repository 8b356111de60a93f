from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.raw.conversations.certificate import Certificate, PageLog, TurnCount, WalkLog, decode
from polyai_assets.raw.conversations.proof import SWITCHED_OFF, TOPPED_UP, Proof, ProofState, Road
from polyai_assets.raw.dataset import encode
from polyai_assets.raw.partition import RawFile
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.deployment import DAY1

START = midnight(DAY1)
HOUR = timedelta(hours=1)
moments = st.datetimes(timezones=st.just(UTC))
PAGE = PageLog(rows=3, bytes=4096, sha256="ab" * 32, limit=100)


@dataclass
class Hours:
    """A walk over some hours of the day."""

    first: float
    last: float
    client_env: str = "live"
    closed_by: str | None = "null cursor"

    def walk(self) -> WalkLog:
        start, end = START + self.first * HOUR, START + self.last * HOUR
        return WalkLog(self.client_env, start, end, [PAGE], self.closed_by, outside=0, duplicates=["CA1"])


def certificate(*hours: Hours, envs: tuple[str, ...] = ("live",), **changed: Any) -> Certificate:
    given: dict[str, Any] = {
        "project": "us-1/acme/hotel-bot",
        "date": DAY1,
        "fetch_id": "20250310T120000000000Z-0a1b2c3d",
        "fetch_started_at": datetime(2025, 3, 10, 12, tzinfo=UTC),
        "fetch_finished_at": datetime(2025, 3, 10, 12, 0, 1, 500_000, tzinfo=UTC),
        "code_version": "0.1.0",
        "query": {"include_latency": True, "client_env": list(envs)},
        "walks": [one.walk() for one in hours],
        "rows": 3,
        "unreadable": 1,
        "in_progress": {"CA3é": datetime(2025, 3, 1, 23, tzinfo=UTC)},
        "turns": TurnCount(12, 12, "on", 0, {}),
        "records_sha256": "cd" * 32,
        "file": RawFile("x.parquet", 4096, "ef" * 32),
    }
    return Certificate(**given | changed)


def test_a_certificate_reads_back_as_it_was_written():
    written = certificate(Hours(0, 12), Hours(12, 24, closed_by=None))
    assert decode(encode(written)) == written


@given(st.builds(RawFile), st.lists(st.builds(PageLog)), st.dictionaries(st.text(), moments))
def test_whatever_it_holds_reads_back(file: RawFile, pages: list[PageLog], in_progress: dict[str, datetime]):
    walk = msgspec.structs.replace(Hours(0, 24).walk(), pages=pages)
    written = certificate(walks=[walk], file=file, in_progress=in_progress)
    assert decode(encode(written)) == written


@pytest.mark.parametrize(
    ("sentence", "state", "road"),
    [
        ("the API counts 3 conversations by offset too", ProofState.PROVEN, Road.OFFSET),
        ("not proven by count: the API ignores the offset", ProofState.UNPROVEN, Road.NONE),
        ("2 conversations were fetched, but the API counts another number", ProofState.REFUTED, Road.NONE),
    ],
)
def test_a_proof_that_is_a_sentence_means_what_it_said(sentence: str, state: ProofState, road: Road):
    written = msgspec.json.decode(encode(certificate(Hours(0, 24), settled=True)))
    read = decode(msgspec.json.encode({**written, "proof": sentence}))
    assert read.proof is not None
    assert (read.proof.state, read.proof.road, read.proof.explanation) == (state, road, sentence)
    assert msgspec.structs.replace(read, proof=None) == certificate(Hours(0, 24), settled=True)


@pytest.mark.parametrize(
    ("proof", "complete"),
    [
        (None, True),
        (Proof(state=ProofState.PROVEN, road=Road.OFFSET), True),
        (SWITCHED_OFF, True),
        (TOPPED_UP, False),
        (Proof(state=ProofState.UNPROVEN), False),
    ],
)
def test_a_day_is_complete_once_it_is_proven_or_nobody_wants_that(proof: Proof | None, complete: bool):
    assert certificate(Hours(0, 24), proof=proof).is_complete is complete


def test_a_person_can_read_it():
    text = encode(certificate(Hours(0, 24))).decode()
    assert '\n  "date": "2025-03-01",\n' in text


def test_it_counts_the_pages_with_members_that_nobody_declared():
    first, second = certificate(Hours(0, 12), Hours(12, 24)).walks
    walks = [
        msgspec.structs.replace(first, unknown={"total": 2}),
        msgspec.structs.replace(second, unknown={"total": 1, "partial": 1}),
    ]
    assert certificate(walks=walks).unknown == {"total": 3, "partial": 1}


def test_it_counts_pages_and_duplicates_of_all_walks():
    both = certificate(Hours(0, 12), Hours(12, 24))
    assert (both.pages, both.duplicates) == (2, 2)


@pytest.mark.parametrize(
    "hours",
    [
        [Hours(0, 24)],
        [Hours(0, 6), Hours(6, 12), Hours(12, 18), Hours(18, 24)],
        [Hours(12, 24), Hours(0, 12)],  # in whatever order the walks ended
        [Hours(-72, 48)],
        [Hours(-24, 10), Hours(8, 24)],
        [Hours(0, 24), Hours(3, 5)],
    ],
)
def test_a_day_that_is_covered_and_closed_has_no_problems(hours: list[Hours]):
    assert certificate(*hours).problems() == []


@pytest.mark.parametrize(
    "hours",
    [
        [],
        [Hours(1, 24)],
        [Hours(0, 23)],
        [Hours(0, 11), Hours(12, 24)],
        [Hours(12, 24), Hours(0, 11), Hours(2, 9)],
        [Hours(0, 11), Hours(-24, 0), Hours(12, 24)],
        [Hours(0, 23.999)],
    ],
)
def test_an_hour_that_no_window_covers_is_a_problem(hours: list[Hours]):
    assert certificate(*hours).problems() == ["its windows do not cover the whole day"]


def test_a_walk_that_is_still_open_is_a_problem_that_names_it():
    problems = certificate(Hours(0, 12), Hours(12, 24, closed_by=None)).problems()
    assert problems == [
        "the walk over 2025-03-01 12:00:00 to 2025-03-02 00:00:00 UTC in live did not reach its end"
    ]


@pytest.mark.parametrize(
    "hours",
    [
        [Hours(0, 24)],  # never asked
        [Hours(0, 24), Hours(0, 12, "sandbox")],
        # what one environment lacks, another cannot give
        [Hours(0, 24), Hours(0, 12, "sandbox"), Hours(12, 24)],
    ],
)
def test_every_environment_has_to_be_covered(hours: list[Hours]):
    problems = certificate(*hours, envs=("live", "sandbox")).problems()
    assert problems == ["its windows do not cover the whole day"]


def test_several_environments_may_all_be_covered():
    whole = certificate(Hours(0, 24), Hours(0, 24, "sandbox"), envs=("live", "sandbox"))
    assert whole.problems() == []


@given(st.lists(st.integers(1, 23), unique=True), st.data())
def test_a_day_in_any_pieces_is_covered_until_one_of_them_is_missing(marks: list[int], data: st.DataObject):
    ends = [0, *sorted(marks), 24]
    pieces = [Hours(first, last) for first, last in pairwise(ends)]
    assert certificate(*pieces).problems() == []
    pieces.pop(data.draw(st.integers(0, len(pieces) - 1)))
    assert certificate(*pieces).problems() != []
