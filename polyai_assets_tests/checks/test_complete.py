from datetime import UTC, datetime

import dagster as dg
import pytest

from polyai_assets.api.errors import Unauthorized
from polyai_assets.checks.complete import judge
from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.raw.conversations.proof import SWITCHED_OFF, TOPPED_UP, Proof, ProofState, Road, too_early
from polyai_assets.raw.conversations.suspicion import Decision, Doubt
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

PARTITION = Partition.parse("2025-03-01|us-1/acme/hotel-bot")
WHOLE = Hours(0, 24)


def test_a_partition_with_a_certificate_without_problems_is_complete():
    verdict = judge(PARTITION, certificate(WHOLE, in_progress={}), None)
    assert verdict.passed
    assert verdict.description == "3 conversations in 1 pages, every walk closed"
    assert verdict.metadata["conversations"] == 3
    assert verdict.metadata["duplicates"] == 1
    assert verdict.metadata["in_progress"] == 0


def test_it_says_how_many_conversations_are_still_running():
    verdict = judge(PARTITION, certificate(WHOLE), None)
    assert verdict.passed
    assert verdict.description.endswith("; 1 still running")


def test_it_says_how_many_were_given_up():
    verdict = judge(PARTITION, certificate(WHOLE, given_up=["CA3é"]), None)
    assert verdict.description.endswith("; 1 given up: in progress for too long")


def test_it_tells_the_proof_and_that_the_day_is_settled():
    counted = Proof(state=ProofState.PROVEN, road=Road.OFFSET, explanation="it was counted")
    verdict = judge(PARTITION, certificate(WHOLE, in_progress={}, proof=counted, settled=True), None)
    assert verdict.description.endswith("; it was counted; settled")


def test_transcripts_that_are_switched_off_are_explained():
    turns = TurnCount(12, 0, "off", 0, {})
    verdict = judge(PARTITION, certificate(WHOLE, turns=turns), None)
    assert verdict.passed
    assert "transcripts are switched off for the project" in verdict.description


def test_decisions_are_listed_with_who_and_why():
    decision = Decision(Doubt.FEWER, 15, "ada", datetime(2025, 3, 9, tzinfo=UTC), "the bot was down")
    verdict = judge(PARTITION, certificate(WHOLE, accepted=[decision]), None)
    assert verdict.metadata["accepted"] == "fewer conversations: ada on 2025-03-09: the bot was down"


def test_a_day_that_is_not_over_is_provisional_and_passes():
    early = certificate(WHOLE, fetch_started_at=datetime(2025, 3, 1, 23, 59, tzinfo=UTC))
    verdict = judge(PARTITION, early, None)
    assert verdict.passed
    assert verdict.metadata["provisional"] is True
    assert verdict.description.startswith("provisional, the day is not over: 3 conversations")


@pytest.mark.parametrize("proof", [TOPPED_UP, too_early(datetime(2025, 3, 2, 2, tzinfo=UTC))])
def test_a_day_whose_proof_comes_by_itself_is_provisional_and_passes(proof: Proof):
    verdict = judge(PARTITION, certificate(WHOLE, proof=proof), None)
    assert verdict.passed
    assert verdict.metadata["provisional"] is True
    assert proof.explanation in verdict.description


def test_what_is_proven_is_not_provisional():
    assert "provisional" not in judge(PARTITION, certificate(WHOLE), None).metadata


def test_a_day_that_could_not_be_proven_is_a_warning_with_cause_and_remedy():
    proof = Proof(state=ProofState.UNPROVEN, explanation="two walks differ", remedy="Set verify: off")
    verdict = judge(PARTITION, certificate(WHOLE, proof=proof), None)
    assert (verdict.passed, verdict.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert verdict.description.startswith("unproven: two walks differ. Set verify: off; 3 conversations")
    assert verdict.metadata["proof"] == "unproven"


def test_without_verification_a_day_passes_and_says_so():
    verdict = judge(PARTITION, certificate(WHOLE, in_progress={}, proof=SWITCHED_OFF), None)
    assert verdict.passed
    assert verdict.description.endswith("; unproven (verification is switched off)")
    assert verdict.metadata["proof"] == "unproven (verification is switched off)"


def test_a_proof_says_by_which_road_and_which_roads_agree():
    proof = Proof(state=ProofState.PROVEN, road=Road.REWALK, agreed=["walk 1", "walk 2"])
    verdict = judge(PARTITION, certificate(WHOLE, proof=proof), None)
    assert verdict.metadata["proof"] == "proven by rewalk"
    assert verdict.metadata["roads_that_agree"] == "walk 1, walk 2"


def test_a_partition_that_is_not_covered_is_not_complete():
    verdict = judge(PARTITION, certificate(Hours(0, 23)), None)
    assert (verdict.passed, verdict.description) == (False, "its windows do not cover the whole day")


def test_every_problem_is_told():
    verdict = judge(PARTITION, certificate(Hours(0, 12, closed_by=None)), None)
    assert "did not reach its end; its windows do not cover the whole day" in verdict.description
    assert verdict.metadata["conversations"] == 3


def test_a_partition_that_could_not_be_fetched_tells_the_error():
    verdict = judge(PARTITION, None, Unauthorized("The key was refused."))
    assert (verdict.passed, verdict.description) == (False, "The key was refused.")


def test_trouble_with_the_tables_is_not_held_against_the_raw_records():
    verdict = judge(PARTITION, certificate(WHOLE), OSError("the disk is full"))
    assert verdict.passed
