from polyai_assets.api.errors import Unauthorized
from polyai_assets.checks.complete import judge
from polyai_assets_tests.raw.test_certificate import Hours, certificate

PARTITION = "2025-03-01|us-1/acme/hotel-bot"


def test_a_partition_with_a_certificate_without_problems_is_complete():
    verdict = judge(PARTITION, certificate(Hours(0, 24), in_progress={}), None)
    assert verdict.passed
    assert verdict.description == "3 conversations in 1 pages, every walk closed"
    assert verdict.metadata == {
        "conversations": 3,
        "pages": 1,
        "walks": 1,
        "duplicates": 1,
        "in_progress": 0,
    }


def test_it_says_how_many_conversations_are_still_running():
    verdict = judge(PARTITION, certificate(Hours(0, 24)), None)
    assert verdict.passed
    assert verdict.description.endswith("; 1 still running")


def test_a_partition_that_is_not_covered_is_not_complete():
    verdict = judge(PARTITION, certificate(Hours(0, 23)), None)
    assert (verdict.passed, verdict.description) == (False, "its windows do not cover the whole day")


def test_every_problem_is_told():
    verdict = judge(PARTITION, certificate(Hours(0, 12, closed_by=None)), None)
    assert "was not brought to its end; its windows do not cover the whole day" in verdict.description
    assert verdict.metadata["conversations"] == 3


def test_a_partition_that_could_not_be_fetched_tells_the_error():
    verdict = judge(PARTITION, None, Unauthorized("The key was refused."))
    assert (verdict.passed, verdict.description) == (False, "The key was refused.")


def test_trouble_with_the_tables_is_not_held_against_the_raw_records():
    verdict = judge(PARTITION, certificate(Hours(0, 24)), OSError("the disk is full"))
    assert verdict.passed
