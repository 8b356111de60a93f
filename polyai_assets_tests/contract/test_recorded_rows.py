"""What a detail records of turns and functions, as rows; whatever form it has, nothing is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.event_rows import Events
from polyai_assets.contract.recorded_rows import recorded_rows
from polyai_assets.contract.tables import RECORDED_TABLES
from polyai_assets_tests.contract.details import EVENT, RECORDED, rows_from
from polyai_assets_tests.contract.records import json_values

TURN: dict[str, Any] = {
    "turn_id": 1554,
    "asr_lang_code": "en-GB",
    "tts_lang_code": "en-US",
    "latency": {"label": "HIGH", "perceived_latency": 1.25, "perceived_latency_percentile_1d": 0.97},
    "entities": [{"name": "Ada", "dates": ["today", "tomorrow"]}],
    "reviews": [{"type": "BAD_RESPONSE", "comment": "too long", "created_at": "2026-06-03T13:18Z"}],
    "metadata": {
        "retrieved_topics": ["parking", "parking"],
        "cited_topic": "parking",
        "current_node": "ask_name",
        "safety": {"filters_triggered": {"provider": "azure", "violence": {"severity": 4}, "hate": False}},
        "top_transcripts": [{"text": "a room", "intents": ["book"]}, {"text": "a broom", "intents": None}],
    },
    "llm_requests": [
        {
            "log_id": "l-1",
            "request_timestamp": "2026-06-03T13:18:00Z",
            "response_timestamp": "2026-06-03T13:18:02Z",
            "llm_response": {
                "model_id": "m-1",
                "first_chunk_timestamp": "2026-06-03T13:18:01Z",
                "prompt_tokens": 620,
                "completion_tokens": 12,
                "cached_tokens": 0,
                "total_tokens": 632,
                "finish_reason": "stop",
                "out_of_domain": False,
            },
        }
    ],
}
OF_EVENT = {
    "logs": {
        "conversation_logger": [
            {
                "level": "INFO",
                "content": "asked for it",
                "is_pii": True,
                "timestamp": "2026-06-03T13:18:00Z",
                "status": 200,
            }
        ]
    },
    "state_changes": {"added": {"room": 12}, "updated": {"name": "Ada"}, "removed": ["date"]},
}


def test_every_item_is_a_row_of_its_table() -> None:
    found = rows_from(RECORDED | {"turns": [TURN], "functionEvents": {"1": [EVENT | OF_EVENT]}}).recorded
    values = {
        table: [tuple(value for name, value in row.items() if name != "conversation_id") for row in rows]
        for table, rows in found.items()
    }
    at = [datetime(2026, 6, 3, 13, 18, second, tzinfo=UTC) for second in range(3)]
    assert values == {
        "detail_turns": [
            (
                0,
                1554,
                "en-GB",
                "en-US",
                "HIGH",
                0.97,
                ["parking", "parking"],
                [],
                "parking",
                "ask_name",
                "",
                "",
                "",
                "azure",
            )
        ],
        "turn_topics": [(0, 0, "parking"), (0, 1, "parking")],
        "turn_safety": [(0, "violence", "azure", '{"severity": 4}')],
        "turn_entities": [(0, 0, "name", "Ada"), (0, 1, "dates", "today"), (0, 2, "dates", "tomorrow")],
        "turn_reviews": [(0, 0, "BAD_RESPONSE", "too long", at[0], json.dumps(TURN["reviews"][0]))],
        "asr_alternatives": [(0, 0, "a room", ["book"]), (0, 1, "a broom", [])],
        "llm_requests": [(0, 0, "l-1", "m-1", at[0], at[1], at[2], 620, 12, 0, 632, "stop", False)],
        "function_logs": [(0, 0, 0, "INFO", "asked for it", True, at[0], '{"status": 200}')],
        "state_changes": [
            (0, 0, "room", "added", "12"),
            (0, 0, "name", "updated", "Ada"),
            (0, 0, "date", "removed", ""),
        ],
    }


@pytest.mark.parametrize("table", RECORDED_TABLES, ids=lambda table: str(table.name))
def test_a_row_has_every_column_of_its_table(table: Any) -> None:
    found = rows_from(RECORDED | {"turns": [TURN], "functionEvents": {"1": [EVENT | OF_EVENT]}}).recorded
    assert {*found[table.name][0]} == {field.name for field in table.row_fields}


def test_a_safety_filter_that_is_only_named_is_found_and_a_topic_without_a_name_is_none() -> None:
    metadata = {
        "safety": {"filters_triggered": ["violence", None]},
        "retrieved_topics": ["parking", None, ""],
    }
    found = recorded_rows({"turns": [{"metadata": metadata}]}, Events())
    assert [row["category"] for row in found["turn_safety"]] == ["violence"]
    assert [row["topic"] for row in found["turn_topics"]] == ["parking"]


@given(st.lists(st.dictionaries(st.sampled_from([*TURN, "other"]), json_values, max_size=4) | json_values))
def test_turns_of_any_form_are_rows(turns: list[Any]) -> None:
    found = recorded_rows({"turns": turns}, Events())
    assert len(found.get("detail_turns", [])) == len(turns)


@given(st.fixed_dictionaries({"logs": json_values, "state_changes": json_values}) | st.just(OF_EVENT))
def test_events_of_any_form_are_read(extra: dict[str, Any]) -> None:
    found = recorded_rows({}, Events(rows=[{"turn_index": None, "position": 3}], extras=[extra]))
    assert all(row["position"] == 3 for rows in found.values() for row in rows)
