"""What a failed run says to do next."""

import pytest

from polyai_assets.assets.outcome import DetailsOutcome, Outcome
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.recordings import AudioOutcome
from polyai_assets.assets.report import name_accepting, name_commands
from polyai_assets.assets.retrieval_days import RetrievalOutcome
from polyai_assets.raw.conversations.suspicion import Doubt, FetchRefused, Refusal
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, HOTEL, NOW, project_of


@pytest.mark.parametrize(
    ("outcome", "option"), [(Outcome, ""), (DetailsOutcome, " --details"), (AudioOutcome, " --audio")]
)
def test_red_days_are_made_again_by_a_command_for_each_row_of_days_of_a_project(
    outcome: type[PartitionOutcome], option: str
):
    red = [
        outcome(Partition(project_of(config), day))
        for config, day in ((HOTEL, DAY1), (HOTEL, DAY2), (BANK, DAY1), (BANK, DAY3))
    ]

    assert name_commands(red) == [
        f"polyai backfill {HOTEL.key} --since {DAY1} --until {DAY2}{option}",
        f"polyai backfill {BANK.key} --since {DAY1} --until {DAY1}{option}",
        f"polyai backfill {BANK.key} --since {DAY3} --until {DAY3}{option}",
    ]


def test_what_no_command_makes_again_has_none():
    assert name_commands([RetrievalOutcome(Partition(project_of(HOTEL), DAY1))]) == []


def test_a_fetch_that_was_not_believed_is_accepted_by_a_whole_command():
    doubted = FetchRefused(Refusal(Doubt.FEWER, 24, "it returned 0", "a fetch", NOW))
    red = [
        Outcome(Partition(project_of(HOTEL), DAY1), error=doubted),
        Outcome(Partition(project_of(HOTEL), DAY2), error=OSError("the disk is full")),
    ]
    assert name_accepting(red) == [
        "If what was not believed is right as it is, accept it first:",
        f'polyai accept {HOTEL.key} {DAY1} --why "…"',
    ]
    assert name_accepting(red[1:]) == []
