from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from polyai_assets.api.errors import Unauthorized
from polyai_assets.checks.details_complete import judge
from polyai_assets.raw.details.details_certificate import DetailsCertificate
from polyai_assets.raw.partition import Partition

PARTITION = Partition.parse("2026-03-01|us-1/acme/hotel-bot")
AT = datetime(2026, 3, 3, tzinfo=UTC)


def details(**changed: Any) -> DetailsCertificate:
    given: dict[str, Any] = {
        "project": "us-1/acme/hotel-bot",
        "date": date(2026, 3, 1),
        "id": "1",
        "started_at": AT,
        "finished_at": AT,
        "code_version": "1",
        "of_records_sha256": "abc",
        "conversations": 3,
        "in_progress": 0,
        "without_id": 0,
        "found": 3,
        "missing": 0,
        "unreadable": 0,
        "not_asked": 0,
        "calls": 3,
        "next_due_at": AT,
        "records_sha256": "def",
    }
    return DetailsCertificate(**given | changed)


def test_a_partition_whose_conversations_were_all_asked_for_is_complete():
    verdict = judge(PARTITION, details(), "abc", None)
    assert (verdict.passed, verdict.description) == (True, "3 of 3 conversations found")
    assert verdict.metadata["details_found"] == 3
    assert verdict.metadata["next_due_at"].value == AT.timestamp()


def test_what_is_missing_or_runs_or_has_no_id_is_told_and_no_failure():
    verdict = judge(PARTITION, details(found=0, missing=1, in_progress=1, without_id=1), "abc", None)
    assert verdict.passed
    assert verdict.description == (
        "0 of 3 conversations found, 1 missing at the Agents API, 1 still in progress, 1 without an id"
    )


def test_conversations_that_could_not_be_asked_for_are_named():
    certificate = details(found=1, not_asked=5, errors={f"CA{n}": "no answer" for n in range(5)})
    verdict = judge(PARTITION, certificate, "abc", OSError("red"))
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert verdict.description == (
        "5 could not be asked for (CA0: no answer; CA1: no answer; CA2: no answer); 1 of 3 conversations found"
    )


def test_what_cannot_be_read_is_a_warning():
    verdict = judge(PARTITION, details(found=2, unreadable=1), "abc", None)
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert verdict.description == "1 of the answers cannot be read; 2 of 3 conversations found, 1 unreadable"


def test_conversations_that_have_changed_since_are_a_warning():
    verdict = judge(PARTITION, details(), "other", None)
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert verdict.description.startswith("the conversations have changed since they were asked for")


def test_a_partition_that_could_not_be_fetched_tells_the_error():
    verdict = judge(PARTITION, None, None, Unauthorized("The key was refused."))
    assert (verdict.passed, verdict.description) == (False, "The key was refused.")


def test_trouble_with_the_tables_is_not_held_against_the_details():
    assert judge(PARTITION, details(), "abc", OSError("the disk is full")).passed
