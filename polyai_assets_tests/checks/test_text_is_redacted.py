"""`text_is_redacted` judges a day by what a sample of its redacted texts still holds."""

import dagster as dg

from polyai_assets.assets.outcome import DetailsOutcome
from polyai_assets.checks.text_is_redacted import NAME, judge
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.load import Staged
from polyai_assets_tests.deployment import DAY1, partition

PARTITION = Partition.parse(partition(DAY1))


def test_a_day_without_redaction_and_one_without_leaks_pass():
    assert judge(PARTITION, Staged()).description == "no text was redacted"
    assert judge(PARTITION, Staged(sampled_texts=40)).passed


def test_what_is_left_is_named_by_kind_and_count():
    verdict = judge(PARTITION, Staged(sampled_texts=40, leaks={"NUMBER": 2, "EMAIL": 1}))
    assert verdict.failure is not None
    assert verdict.failure.cause == "redaction has left EMAIL (1), NUMBER (2)"
    assert "--replay" in verdict.failure.next_step


def test_of_details_the_command_makes_these_anew():
    outcome = DetailsOutcome(PARTITION, rows={}, sampled_texts=9, leaks={"CARD": 1})
    verdict = outcome.judge(dg.AssetCheckKey(dg.AssetKey("conversation_details"), NAME))
    assert verdict is not None
    assert verdict.failure is not None
    assert "--replay --details" in verdict.failure.next_step
    assert (
        DetailsOutcome(PARTITION).judge(dg.AssetCheckKey(dg.AssetKey("conversation_details"), NAME)) is None
    )
