import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyai_assets.api.moments import read_moment
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.examples import examples
from polyai_assets_tests.warehouse.conftest import batch, rows, stage

pytestmark = pytest.mark.slow

EXAMPLES = settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
MOMENT = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)

offsets = st.integers(-15 * 60 - 59, 15 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    MOMENT.replace(year=1).replace(tzinfo=None) + timedelta(days=2),
    MOMENT.replace(year=9999).replace(tzinfo=None),
    timezones=offsets,
)


def staged_turn(connection: duckdb.DuckDBPyConnection, **turn: Any) -> tuple[dict[str, Any], list[str]]:
    """Stage a turn: its row, and the rules that it broke."""
    found = stage(connection, batch(payload(turns=[turn]))).violations
    (row,) = rows(connection, "SELECT * FROM staged_turns")
    return row, [one.rule for one in found]


@given(st.lists(moments, min_size=20, max_size=20))
@EXAMPLES
def test_a_time_is_the_moment_that_python_reads(
    connection: duckdb.DuckDBPyConnection, sent: list[datetime]
) -> None:
    turns = [{"user_input_datetime": moment.isoformat()} for moment in sent]
    assert stage(connection, batch(payload(turns=turns))).violations == []
    found = rows(
        connection,
        "SELECT user_input_datetime, agent_response_datetime FROM staged_turns ORDER BY turn_index",
    )
    assert [row["user_input_datetime"] for row in found] == sent
    assert {row["agent_response_datetime"] for row in found} == {None}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-03-01T10:00:00Z", MOMENT),
        ("2026-03-01T10:00:00+00:00", MOMENT),
        ("2026-03-01T15:30:00+05:30", MOMENT),
        ("2026-03-01T15:30:00+0530", MOMENT),
        ("2026-03-01T05:00:00-05", MOMENT),
        ("2026-03-01T10:00:00.5Z", MOMENT.replace(microsecond=500_000)),
        ("2026-03-01T10:00:00.123456789Z", MOMENT.replace(microsecond=123_456)),
        ("", None),
    ],
)
def test_every_form_that_keeps_the_guarantee_is_read(
    connection: duckdb.DuckDBPyConnection, sent: str, kept: datetime | None
) -> None:
    row, broken = staged_turn(connection, user_input_datetime=sent)
    assert row["user_input_datetime"] == kept
    assert broken == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-03-01T10:00:00", MOMENT),
        ("2026-03-01 10:00:00", MOMENT),
        ("2026-03-01T10:00", MOMENT),
        ("2026-03-01", MOMENT.replace(hour=0)),
        ("Sun, 01 Mar 2026 10:00:00 GMT", MOMENT),
        ("2026-03-01T10:00Z", MOMENT),
        ("20260301T100000Z", MOMENT),
        ("2026-03-01T11:00:00 +01:00", MOMENT),
        ("2026-02-30T10:00:00Z", None),
        ("infinity", None),
        ("-infinity", None),
        ("epoch", None),
        ("now", None),
        ("today", None),
        (" ", None),
        ("10:00:00", None),
        ("1772359200", None),
        ("9", None),
        ("soon", None),
    ],
)
def test_other_forms_break_the_guarantee_and_are_read_as_utc_where_they_can_be(
    connection: duckdb.DuckDBPyConnection, sent: str, kept: datetime | None
) -> None:
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    row, broken = staged_turn(connection, user_input_datetime=sent)
    assert row["user_input_datetime"] == kept
    assert json.loads(row["extra"] or "{}") == ({} if kept else {"user_input_datetime": sent})
    assert broken == ["timestamp is ISO 8601 with a zone"]


digits = st.text("0123456789", min_size=4, max_size=4) | st.integers(0, 9999).map("{:04}".format)
two = st.integers(0, 61).map("{:02}".format)
odd_times = st.builds(
    "".join,
    st.tuples(
        *(
            digits,
            st.sampled_from("- "),
            two,
            st.just("-"),
            two,
            st.sampled_from("T t"),
            two,
            st.just(":"),
            two,
        ),
        st.sampled_from(["", ":00", ":59", ":60"]),
        st.sampled_from(["", ".5", ".123456789", ".1234567890", ","]),
        st.sampled_from(
            ["", "Z", "z", "+01:00", "-0530", "+15", "+24:00", " UTC", " Europe/Berlin", " (BC)"]
        ),
    ),
)


@given(
    st.lists(
        odd_times | moments.map(datetime.isoformat) | moments.map(format_datetime), min_size=20, max_size=40
    )
)
@settings(
    max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_duckdb_and_python_read_the_same_moment_or_neither_reads_one(
    connection: duckdb.DuckDBPyConnection, sent: list[str]
) -> None:
    stage(
        connection,
        batch(
            *(
                payload(id=f"CA{place:02}", turns=[{"user_input_datetime": one}])
                for place, one in enumerate(sent)
            )
        ),
    )
    found = rows(connection, "SELECT user_input_datetime, extra FROM staged_turns ORDER BY conversation_id")
    assert [row["user_input_datetime"] for row in found] == [read_moment(one) for one in sent]
    assert [row["extra"] is None for row in found] == [read_moment(one) is not None for one in sent]


def test_a_start_that_an_older_version_could_not_read_is_read(connection: duckdb.DuckDBPyConnection) -> None:
    sent = [
        payload(id="CA1", started_at="Sun, 01 Mar 2026 10:00:00 GMT"),
        payload(id="CA2", started_at="20260302T100000Z"),
    ]
    staged = stage(connection, batch(*sent, start=None))
    (row,) = rows(connection, "SELECT conversation_id, started_at FROM staged_conversations")
    assert (row["conversation_id"], row["started_at"]) == ("CA1", MOMENT)
    assert [one.reasons for one in staged.quarantined] == [
        ["it began on 2026-03-02, which was not asked for"]
    ]


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (1, 1.0),
        (0.25, 0.25),
        ({"perceived_latency": 1.5, "label": "fast", "perceived_latency_percentile_1d": 90}, 1.5),
        ({"perceived_latency": 2}, 2.0),
        ({"perceived_latency": None}, None),
        ({}, None),
    ],
)
def test_latency_is_read_as_a_number_and_out_of_an_object(
    connection: duckdb.DuckDBPyConnection, sent: Any, seconds: float | None
) -> None:
    row, broken = staged_turn(connection, latency=sent)
    assert row["latency"] == seconds
    assert broken == []


@pytest.mark.parametrize("unknown", [{}, {"asr": 0.21}])
def test_what_a_latency_has_beside_its_seconds_is_kept(
    connection: duckdb.DuckDBPyConnection, unknown: dict[str, Any]
) -> None:
    latency = {"label": "HIGH", "perceived_latency": 1.25, "perceived_latency_percentile_1d": 0.97}
    row, broken = staged_turn(connection, latency=latency | unknown)
    assert (row["latency"], row["latency_label"], row["latency_percentile_1d"]) == (1.25, "HIGH", 0.97)
    assert json.loads(row["extra"] or "{}") == ({"latency": unknown} if unknown else {})
    assert broken == []


def test_a_latency_that_is_a_number_has_no_label(connection: duckdb.DuckDBPyConnection) -> None:
    row, _ = staged_turn(connection, latency=1.25)
    assert (row["latency_label"], row["latency_percentile_1d"]) == ("", None)


@pytest.mark.parametrize("sent", [-0.5, {"perceived_latency": -0.5}])
def test_a_negative_latency_is_found_in_either_form(connection: duckdb.DuckDBPyConnection, sent: Any) -> None:
    assert staged_turn(connection, latency=sent)[1] == ["number is at least 0"]


@pytest.mark.parametrize("sent", ["Infinity", "nan", "x", True, {"a": 1}])
def test_a_latency_without_a_number_is_found_and_kept(
    connection: duckdb.DuckDBPyConnection, sent: Any
) -> None:
    row, broken = staged_turn(connection, latency={"perceived_latency": sent, "label": "slow"})
    assert (row["latency"], row["latency_label"]) == (None, "slow")
    assert json.loads(row["extra"]) == {"latency": {"perceived_latency": sent}}
    assert broken == ["value is latency"]


@pytest.mark.parametrize("sent", ["2.5", {"perceived_latency": "2.5"}])
def test_a_latency_that_is_text_is_found_and_read(connection: duckdb.DuckDBPyConnection, sent: Any) -> None:
    row, broken = staged_turn(connection, latency=sent)
    assert row["latency"] == 2.5
    assert broken == ["value is latency"]
