"""Declares more fields of conversations and of details, in a process of its own, and tells what follows.

    python -m polyai_assets_tests.contract.declaring <folder> <folder of details>

The folders hold raw stores and warehouses that were made before. The first day is replayed from the raw store, and
new records are loaded on days of their own. All modules that know the fields are imported after the declaration.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from polyai_assets.contract import conversation, detail
from polyai_assets.contract.fields import Kind, field

SENTIMENT = field("sentiment", Kind.TEXT, "How the user felt at the end")
MOOD = field("mood", Kind.INTEGER, "How the user sounded", wire="moodScore", minimum=0, unit="points")
OF_THE_DETAIL = field("sentiment", Kind.TEXT, "What the user felt at the end")
OF_THE_SUMMARY = field("summary_mood", Kind.INTEGER, "How it sounds", wire="shortSummary.mood")
OF_THE_EVENT = field("cost", Kind.NUMBER, "What the call of the function cost", wire="callCost")

UNREACHABLE = "http://127.0.0.1:9"


def declare() -> None:
    known = {"contract", "contract.conversation", "contract.detail", "contract.fields"}
    imported = {
        name.removeprefix("polyai_assets.")
        for name in sys.modules
        if name.startswith("polyai_assets.contract")
    }
    assert imported == known, "a module that derives something has been imported before the declaration"
    conversation.CONVERSATION = (*conversation.CONVERSATION, SENTIMENT)
    conversation.TURN = (*conversation.TURN, MOOD)
    detail.DETAIL = (*detail.DETAIL, OF_THE_DETAIL, OF_THE_SUMMARY)
    detail.FUNCTION_EVENT = (*detail.FUNCTION_EVENT, OF_THE_EVENT)


def replay_the_first_day(folder: Path, details: Path) -> None:
    from polyai_assets_tests.assets.detailing import details_in
    from polyai_assets_tests.assets.ingesting import ingest_in
    from polyai_assets_tests.deployment import DAY1, HOTEL, configured, partitions_of, project_of

    for step in (ingest_in(folder), details_in(details)):
        replay = replace(step, fetches=False)
        (outcome,) = replay.run(configured(HOTEL, UNREACHABLE), partitions_of(project_of(HOTEL), [DAY1]))
        assert outcome.error is None, outcome.error


def load_new_records(folder: Path) -> None:
    from polyai_assets.raw.partition import Partition
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.warehouse.load import Load
    from polyai_assets_tests.contract.records import payload
    from polyai_assets_tests.deployment import DAY3, DAY4, DAY5, HOTEL, project_of
    from polyai_assets_tests.warehouse.conftest import loaded

    records = {
        DAY3: payload(id="AS-DECLARED", sentiment="calm", turns=[{"moodScore": 3}, {}]),
        DAY4: payload(id="IN-BREACH", sentiment=None, turns=[{"moodScore": -1}]),
        DAY5: payload(id="OTHER-TYPES", sentiment=7, turns=[{"moodScore": "x"}]),
    }
    for day, record in records.items():
        loaded(
            Warehouse(str(folder / "polyai.duckdb")),
            record,
            partition=Load(Partition(project_of(HOTEL), day)),
        )


def what_follows(folder: Path) -> dict[str, Any]:
    import dagster as dg

    from polyai_assets.assets.specs import table_spec
    from polyai_assets.contract.dictionary import render
    from polyai_assets.contract.models import model
    from polyai_assets.contract.tables import CONVERSATIONS, TURNS
    from polyai_assets_tests.contract.records import is_strict, payload
    from polyai_assets_tests.deployment import HOTEL, configured, platform_in

    specs = [
        table_spec(platform_in(folder, configured(HOTEL, UNREACHABLE)), one) for one in (CONVERSATIONS, TURNS)
    ]
    shown: list[dg.TableColumn] = [
        one for spec in specs for one in spec.metadata["dagster/column_schema"].columns
    ]
    return {
        "strict": {
            "as declared": is_strict(payload(sentiment="calm", turns=[{"moodScore": 3}])),
            "another type": is_strict(payload(sentiment=3)),
            "another type in a turn": is_strict(payload(turns=[{"moodScore": "3"}])),
        },
        "guarantees": [*model(CONVERSATIONS.fields).columns, *model(TURNS.fields).columns],
        "create": [CONVERSATIONS.create("main"), TURNS.create("main")],
        "add": [
            *CONVERSATIONS.add_columns("main", {one.name for one in CONVERSATIONS.fields[:-1]}),
            *TURNS.add_columns("main", {one.name for one in TURNS.fields[:-1]}),
        ],
        "columns": {
            one.name: [one.type, one.description, one.constraints.nullable, one.constraints.other]
            for one in shown
        },
        "lineage": {
            column: [dep.column_name for dep in deps]
            for spec in specs
            for column, deps in spec.metadata["dagster/column_lineage"].deps_by_column.items()
        },
        "dictionary": render(),
    }


if __name__ == "__main__":
    declare()
    place = Path(sys.argv[1])
    replay_the_first_day(place, Path(sys.argv[2]))
    load_new_records(place)
    sys.stdout.write(json.dumps(what_follows(place)))
