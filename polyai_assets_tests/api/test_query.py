"""The filters of the v3 list."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.errors import InvalidQuery, PermanentError
from polyai_assets.api.query import ConversationQuery, timestamp

NAIVE = datetime.fromisoformat("2026-11-03T00:00:00")
START, END = datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)


def params(**fields: Any) -> list[tuple[str, str]]:
    return ConversationQuery(**fields).params()


def test_the_environment_is_always_sent() -> None:
    assert params() == [("client_env", "live")]


def test_every_filter_has_the_name_and_form_that_polyai_documents() -> None:
    assert params(
        start_time=START,
        end_time=END,
        client_env="pre-release",
        channels=("voice", "chat"),
        variant_name="Main line",
        in_progress=True,
        include_latency=True,
        include_turn_metadata=True,
        include_context_state=True,
        query_type="transcript",
        query="late check-out",
        turn_type="user",
    ) == [
        ("client_env", "pre-release"),
        ("start_time", "2026-11-03T00:00:00Z"),
        ("end_time", "2026-11-04T00:00:00Z"),
        ("channel", "voice"),
        ("channel", "chat"),
        ("variant_name", "Main line"),
        ("query_type", "transcript"),
        ("query", "late check-out"),
        ("turn_type", "user"),
        ("in_progress", "true"),
        ("include_latency", "true"),
        ("include_turn_metadata", "true"),
        ("include_context_state", "true"),
    ]


@pytest.mark.parametrize(("value", "sent"), [(None, None), (False, "false"), (True, "true")])
def test_in_progress_has_three_states(value: bool | None, sent: str | None) -> None:
    assert dict(params(in_progress=value)).get("in_progress") == sent


def test_a_sample_needs_no_query() -> None:
    assert ("sample", "random") in params(sample="random", start_time=START, end_time=END)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"start_time": NAIVE}, "start_time 2026-11-03T00:00:00 has no zone"),
        ({"end_time": NAIVE}, "end_time 2026-11-03T00:00:00 has no zone"),
        ({"start_time": START, "end_time": START}, "is not after start_time"),
        ({"start_time": END, "end_time": START}, "is not after start_time"),
        ({"client_env": "production"}, "live, sandbox, pre-release"),
        ({"variant_id": "1", "variant_name": "Main"}, "exclude each other"),
        ({"channels": "voice"}, "tuple"),
        ({"channels": ("voice", "")}, "empty"),
        ({"variant_name": "half \ud800"}, "surrogate"),
        ({"query_type": "transcript", "start_time": START, "end_time": END}, "need each other"),
        ({"query": "words", "start_time": START, "end_time": END}, "need each other"),
        ({"query_type": "regex", "query": "a", "start_time": START, "end_time": END}, "transcript, semantic"),
        (
            {
                "query_type": "semantic",
                "query": "a",
                "turn_type": "user",
                "start_time": START,
                "end_time": END,
            },
            "turn_type",
        ),
        ({"turn_type": "user"}, "turn_type"),
        (
            {
                "query_type": "transcript",
                "query": "a",
                "turn_type": "bot",
                "start_time": START,
                "end_time": END,
            },
            "agent",
        ),
        ({"sample": "first", "start_time": START, "end_time": END}, "random"),
        (
            {
                "sample": "random",
                "query_type": "semantic",
                "query": "a",
                "start_time": START,
                "end_time": END,
            },
            "exclude each other",
        ),
        ({"sample": "random", "start_time": START}, "need start_time and end_time"),
        ({"query_type": "semantic", "query": "a", "end_time": END}, "need start_time and end_time"),
    ],
)
def test_misuse_is_found_before_any_call(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidQuery, match=says):
        params(**fields)


def test_misuse_is_permanent() -> None:
    assert issubclass(InvalidQuery, PermanentError)


def test_a_time_is_sent_in_utc_with_microseconds_only_if_it_has_some() -> None:
    paris = timezone(timedelta(hours=1))
    assert timestamp(datetime(2026, 11, 3, 1, tzinfo=paris)) == "2026-11-03T00:00:00Z"
    assert timestamp(datetime(2026, 11, 3, 0, 0, 0, 250_000, tzinfo=UTC)) == "2026-11-03T00:00:00.250000Z"


@given(
    st.datetimes(
        timezones=st.timezones(),
        min_value=NAIVE.replace(year=1000),
        max_value=NAIVE.replace(year=9000),
    )
)
def test_a_time_survives_being_sent(time: datetime) -> None:
    assert datetime.fromisoformat(timestamp(time)) == time.astimezone(UTC)
