"""Calls whose truth is known: plain rows of facts, and the warehouse that holds them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

HOTEL, BANK, DESK = "us-1/acme/hotel-bot", "us-1/acme/card-support", "uk-1/acme/reception"
ZONES = {HOTEL: "America/New_York", BANK: "Europe/Berlin", DESK: "Australia/Lord_Howe"}
FIRST, LAST = date(2026, 10, 22), date(2026, 11, 8)
"""Clocks are put back in Berlin on 25 October, in New York on 1 November."""
SETTLED_UNTIL = date(2026, 11, 6)
LOADED_AT = datetime(2026, 11, 8, 12, tzinfo=UTC)
RELEASED_AT = datetime(2026, 10, 29, 9, tzinfo=UTC)
RESTATED_AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
RESTATED = date(2026, 10, 28)
SWITCHBOARD = "+12125550000"

METRICS: tuple[dict[str, list[str]], ...] = (
    {},
    {"CSAT_SCORE": ["4"], "BOOKED": ["true"]},
    {"CSAT_SCORE": ["5", "none"], "ROOMS": ["2", "3"]},
    {"BOOKED": ["False"], "REPEAT_CALLER_QA": ["my secret"]},
)

Call = dict[str, Any]


def call(project: str, started_at: datetime, **given: Any) -> Call:
    """Make the facts of a call: answered, engaged, of two minutes, unless it is said otherwise."""
    region, account, name = project.split("/")
    zone = given.pop("timezone", ZONES[project])
    local = started_at.astimezone(ZoneInfo(zone))
    seconds: float | None = given.get("total_seconds", 120.0)
    row: Call = {
        "project": project,
        "date": started_at.date(),
        "region": region,
        "account_id": account,
        "project_id": name,
        "environment": "live",
        "channel": "VOICE-SIP",
        "channel_group": "voice",
        "direction": "inbound",
        "started_at": started_at,
        "finished_at": None if seconds is None else started_at + timedelta(seconds=seconds),
        "timezone": zone,
        "business_date": local.date(),
        "local_hour": local.hour,
        "local_weekday": local.isoweekday(),
        "site": "north",
        "is_default_variant": False,
        "deployment_id": "d2" if started_at >= RELEASED_AT else "d1",
        "deployment_message": "faster answers" if started_at >= RELEASED_AT else "first",
        "deployed_at": RELEASED_AT if started_at >= RELEASED_AT else datetime(2026, 9, 1, tzinfo=UTC),
        "contact_kind": "withheld",
        "contact": None,
        "is_test": False,
        "in_progress": False,
        "num_turns": 5,
        "user_turns": 4,
        "user_words": 20,
        "agent_words": 60,
        "num_silences": 0,
        "num_ood": 0,
        "barge_ins": 0,
        "total_seconds": seconds,
        "agent_seconds": seconds,
        "human_seconds": 0.0,
        "first_latency": 1.0,
        "handoff": False,
        "handoff_reason": None,
        "handoff_destination": None,
        "handoff_utterance": None,
        "is_engaged": True,
        "abandon_rule": None,
        "intents": ["booking"],
        "topics": [],
        "function_calls": 0,
        "function_errors": 0,
        "is_safety_flagged": False,
        "csat_offered": None,
        "csat_score": None,
        "csat_feedback": None,
        "poly_score": None,
        "poly_score_scale": None,
        "poly_score_state": "not scored",
        "cost_agent": 0.2,
        "cost_human": None,
        "cost_saved": 1.0,
        "currency": "USD",
        "is_final": started_at.date() <= SETTLED_UNTIL,
        "partition_state": partition_state(started_at.date()),
        "restated_at": RESTATED_AT if started_at.date() == RESTATED else None,
        "studio_url": "",
        "loaded_at": LOADED_AT,
    } | given
    latencies = row.pop("latencies", [0.8, 1.2, 2.5])
    row["latency_sum"] = sum(latencies)
    row["measured_turns"] = len(latencies)
    row["slow_turns"] = sum(latency > 2 for latency in latencies)
    row["contained_dashboard"] = None if row["handoff"] is None else not row["handoff"]
    row["asked_at_once"] = row["user_turns"] <= 1 if row["handoff"] else None
    row["outcome"] = (
        "handoff"
        if row["handoff"]
        else "not engaged"
        if not row["is_engaged"]
        else "abandoned"
        if row["abandon_rule"]
        else "self-served"
    )
    row["_latencies"] = latencies
    return row


def partition_state(day: date) -> str:
    return "settled" if day <= SETTLED_UNTIL else "complete" if day < LAST else "provisional"


def random_calls(seed: int, count: int) -> list[Call]:
    """Make calls of all projects over all days, of a few contacts that call again, at random."""
    random = Random(seed)
    span = (LAST - FIRST).days + 1
    begin = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    calls = []
    for _ in range(count):
        project = random.choice([HOTEL, BANK, DESK])
        known = random.random() < 0.7
        engaged = random.random() < 0.9
        handoff = random.random() < 0.25
        survey = random.random() < 0.4
        functions = random.randrange(4)
        calls.append(
            call(
                project,
                begin + timedelta(seconds=random.randrange(span * 86400)),
                channel_group=random.choice(["voice", "voice", "webchat"]),
                direction=random.choice(["inbound", "inbound", "inbound", "outbound"]),
                site=random.choice(["north", "south", None]),
                contact_kind="phone" if known else random.choice(["withheld", "none", "id"]),
                contact=f"+1212555{random.randrange(1, 90):04}" if known else None,
                total_seconds=random.choice([None, 15.0, 90.0, 240.5, 2400.0]),
                handoff=handoff,
                handoff_reason=random.choice(["billing", "agent asked", None]) if handoff else None,
                handoff_destination=random.choice(["desk", None]) if handoff else None,
                is_engaged=engaged,
                user_turns=random.randrange(1, 9) if engaged else 0,
                abandon_rule=random.choice([None, None, "short", "chat metric"])
                if engaged and not handoff
                else None,
                latencies=[random.uniform(0.3, 3.5) for _ in range(random.randrange(5))],
                first_latency=random.choice([None, random.uniform(0.3, 3)]),
                csat_offered=True if survey else None,
                csat_score=random.choice([None, 1, 2, 3, 4, 5]) if survey else None,
                topics=random.sample(["prices", "hours", "parking"], random.randrange(3)),
                function_calls=functions,
                function_errors=random.randrange(functions + 1),
                is_test=random.random() < 0.08,
                in_progress=random.random() < 0.02,
                poly_score=random.choice([None, 1, 3, 5]),
                poly_score_scale=random.choice(["1-5", "1-5", "0-10"]),
                cost_saved=None if handoff else random.uniform(0, 3),
                _metrics=METRICS[len(calls) % len(METRICS)],
            )
        )
    return [numbered(made, place) for place, made in enumerate(calls)]


def numbered(made: Call, place: int) -> Call:
    return made | {"conversation_id": made.get("conversation_id", f"CA{place:06}")}


def write_warehouse(path: Path, calls: Sequence[Call]) -> None:
    """Write a warehouse that holds these calls, and every day of their projects as loaded."""
    facts = [{name: value for name, value in made.items() if not name.startswith("_")} for made in calls]
    turns = [
        {**identity(made), "turn_index": index, "latency": latency, "user_input": "my secret"}
        for made in calls
        for index, latency in enumerate([made["first_latency"], *made["_latencies"]])
    ]
    topics = [
        {**identity(made), "turn_index": 1, "position": position, "topic": topic}
        for made in calls
        for position, topic in enumerate([*made["topics"], *made["topics"][:1]])
    ]
    events = [
        {
            **identity(made),
            "turn_index": 1,
            "position": position,
            "name": ["lookup", "book"][position % 2],
            "duration": 0.5 + position,
            "error": "timeout" if position < made["function_errors"] else "",
        }
        for made in calls
        for position in range(made["function_calls"])
    ]
    metrics = [
        {
            **identity(made),
            "name": name,
            "position": position,
            "value": value,
            "value_double": float(value) if value.isdecimal() else None,
        }
        for made in calls
        for name, values in made.get("_metrics", {}).items()
        for position, value in enumerate(values)
    ]
    loads = [
        {"project": project, "date": FIRST + timedelta(days=day), "loaded_at": LOADED_AT}
        for project in ZONES
        for day in range((LAST - FIRST).days + 1)
    ]
    settings = [
        {
            "project": project,
            "variant": "",
            "timezone": zone,
            "human_per_minute": 0.9,
            "agent_per_minute": 0.2,
            "currency": "USD",
        }
        for project, zone in ZONES.items()
    ]
    of_no_call = {**identity(calls[0]), "conversation_id": "", "name": "", "position": 0, "value": ""} | {
        "value_double": None
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, rows in (
            ("conversation_facts", facts),
            ("turns", turns),
            ("metrics", metrics or [of_no_call]),
            ("turn_topics", topics),
            ("function_events", events),
            ("loads", loads),
            ("kpi_settings", settings),
        ):
            if not rows:
                continue
            given = pa.Table.from_pylist(rows, _schema(rows))
            connection.register("given", given)
            connection.execute(f"CREATE TABLE {name} AS FROM given")
            connection.unregister("given")


def identity(made: Call) -> Call:
    return {name: made[name] for name in ("project", "date", "conversation_id")}


def unsettled() -> list[tuple[str, date]]:
    days = (LAST - SETTLED_UNTIL).days
    return [(project, SETTLED_UNTIL + timedelta(days=day + 1)) for project in ZONES for day in range(days)]


_TIMES = {"started_at", "finished_at", "deployed_at", "restated_at", "loaded_at"}
_NUMBERS = {
    "total_seconds",
    "agent_seconds",
    "first_latency",
    "latency",
    "poly_score",
    "csat_score",
    "cost_agent",
    "cost_human",
    "cost_saved",
    "duration",
    "value_double",
    "latency_sum",
    "human_seconds",
    "human_per_minute",
    "agent_per_minute",
}
_DATES = {"date", "business_date"}
_LISTS = {"intents", "topics"}


def _schema(rows: Sequence[Call]) -> pa.Schema:
    def kind(name: str) -> pa.DataType:
        if name in _TIMES:
            return pa.timestamp("us", tz="UTC")
        if name in _NUMBERS:
            return pa.float64()
        if name in _DATES:
            return pa.date32()
        if name in _LISTS:
            return pa.list_(pa.string())
        values = [row[name] for row in rows if row[name] is not None]
        if values and isinstance(values[0], bool):
            return pa.bool_()
        return pa.int64() if values and isinstance(values[0], int) else pa.string()

    return pa.schema({name: kind(name) for name in rows[0]})
