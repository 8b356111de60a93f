"""Declares one more field of a detail, of its summary and of a function event, in a process of its own.

    python -m polyai_assets_tests.contract.declaring_details <folder>

The folder holds a raw store and a warehouse that were made before: the first day is replayed. All modules that know the
fields are imported after the declaration.
"""

import sys
from dataclasses import replace
from pathlib import Path

from polyai_assets.contract import detail
from polyai_assets.contract.fields import Kind, field

OF_THE_DETAIL = field("sentiment", Kind.TEXT, "How the user felt at the end")
OF_THE_SUMMARY = field("summary_mood", Kind.INTEGER, "How it sounds", wire="shortSummary.mood")
OF_THE_EVENT = field("cost", Kind.NUMBER, "What the call of the function cost", wire="callCost")


def declare() -> None:
    known = {"contract", "contract.detail", "contract.fields"}
    imported = {
        name.removeprefix("polyai_assets.")
        for name in sys.modules
        if name.startswith("polyai_assets.contract")
    }
    assert imported == known, "a module that derives something has been imported before the declaration"
    detail.DETAIL = (*detail.DETAIL, OF_THE_DETAIL, OF_THE_SUMMARY)
    detail.FUNCTION_EVENT = (*detail.FUNCTION_EVENT, OF_THE_EVENT)


def replay_the_first_day(folder: Path) -> None:
    from polyai_assets_tests.assets.detailing import details_in
    from polyai_assets_tests.deployment import DAY1, HOTEL, configured, partitions_of, project_of

    replay = replace(details_in(folder), fetches=False)
    (outcome,) = replay.run(configured(HOTEL, "http://127.0.0.1:9"), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.error is None, outcome.error


if __name__ == "__main__":
    declare()
    replay_the_first_day(Path(sys.argv[1]))
