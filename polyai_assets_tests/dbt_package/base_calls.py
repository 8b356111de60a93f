"""Calls of every sort as records and details: their base tables are delivered, and their facts are not.

What the package makes of them has to be what the platform has made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.configuration.kpi_rules import opening_hours
from polyai_assets.contract.detail_rows import Detail
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings, plain
from polyai_assets.warehouse.load import Load
from polyai_assets_tests.contract.details import EVENT, RECORDED, detail_of
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.facts.planting import planted, replace_records

_USUAL: dict[str, Any] = {
    "opening_hours": {"mon-fri": "08:00-12:00, 13:00-18:00", "sat": "22:00-02:00"},
    "test_numbers": ["+1 (202) 555-0100", "0044 20 7183 8751"],
    "abandon_seconds": 25.5,
    "human_per_minute": 0.9,
    "agent_per_minute": 0.25,
    "currency": "GBP",
    "channel_groups": {"KIOSK": "webchat"},
    "site_names": {"Boston": "Boston, it's MA", "+442071838750": "London"},
    "success_metrics": ["BOOKED"],
    "variants": {
        "v-own": {"timezone": "Asia/Kolkata", "opening_hours": None, "human_per_minute": None},
        "Boston": {"abandon_seconds": 60},
    },
}
BASE_SETTINGS: dict[str, dict[str, Any]] = {
    "us-1/base/hotel": _USUAL | {"timezone": "America/New_York"},
    "uk-1/base/shop": _USUAL | {"timezone": "Europe/London", "test_numbers": "020 7183 8750"},
    "aus-1/base/desk": {},
}
"""The option `kpi` of each project, as it stands in a file."""

BASE_DAYS = {
    "us-1/base/hotel": date(2026, 3, 8),
    "uk-1/base/shop": date(2026, 10, 25),
    "aus-1/base/desk": date(2026, 4, 4),
}
"""A day of each, on which its clocks are put forward or back."""


BASE_STATES = dict(zip(BASE_DAYS, ("settled", "complete", "provisional"), strict=True))
"""What the certificate of each of these days says."""

_IDS = (None, "x-1", "", 42, 1.5, True)
_HANDOFFS = (None, "x", {"sip_method": "refer"}, {"method": "invite", "utterance": "Bye"})
"""What the agent's state has: an id that other systems share, and how it handed off."""


def load_base_calls(file: Path) -> None:
    """Load the calls into a warehouse, which makes their facts."""
    warehouse = Warehouse(str(file))
    for number, (project, day) in enumerate(BASE_DAYS.items()):
        random = Random(number)
        records = list(planted(day, random))
        for record in records:
            record["state"] |= {"shared_id": random.choice(_IDS), "handoff": random.choice(_HANDOFFS)}
        records[0]["id"] = "é /x%~"
        records[1]["total_duration"], records[2]["total_duration"] = 4000.5, 1e9
        load = Load(
            Partition(Project.parse(project), day),
            kpi=_settings(BASE_SETTINGS[project]),
            has_details=True,
            state=BASE_STATES[project],
        )
        replace_records(warehouse, load, records)
        with own_duckdb() as connection:
            replace_details(connection, warehouse, load, _details(records, random))


def _settings(given: Mapping[str, Any]) -> KpiSettings:
    usual = {name: value for name, value in given.items() if name not in ("variants", "success_metrics")}
    return KpiSettings(
        usual=_of_variant(usual),
        variants={name: _of_variant(usual | own) for name, own in given.get("variants", {}).items()},
        success_metrics=tuple(given.get("success_metrics", ())),
    )


def _of_variant(given: Mapping[str, Any]) -> VariantSettings:
    numbers = given.get("test_numbers", ())
    hours = given.get("opening_hours")
    return replace(
        VariantSettings(**{name: value for name, value in given.items() if name != "opening_hours"}),
        test_numbers=tuple(map(plain, [numbers] if isinstance(numbers, str) else numbers)),
        opening_hours=opening_hours().read(hours) if hours else None,
    )


def _details(records: list[dict[str, Any]], random: Random) -> Iterator[Detail]:
    for record in records:
        fate = random.random()
        asked_at = datetime.fromisoformat(record["started_at"]).astimezone(UTC) + timedelta(
            days=random.choice([2, 12])
        )
        if fate < 0.2:
            continue
        if fate < 0.3:
            yield detail_of(None, conversation_id=record["id"], status="missing", asked_at=asked_at)
            continue
        yield detail_of(
            msgspec.json.encode(_detail(record, random)), conversation_id=record["id"], asked_at=asked_at
        )


def _detail(record: dict[str, Any], random: Random) -> dict[str, Any]:
    return RECORDED | {
        "conversationId": record["id"],
        "direction": random.choice([None, "", "inbound", "OUTBOUND"]),
        "finishedAt": random.choice([None, "2026-06-03T13:19:19.750123+00:00"]),
        "language": random.choice([None, "", "en-US"]),
        "deploymentId": random.choice([None, "", "d1"]),
        "polyScore": random.choice([None, 4, 9.5]),
        "shortSummary": random.choice([None, {"content": "x", "heading": "A room"}]),
        "tags": random.sample(["vip", "late"], random.randrange(3)),
        "note": random.choice([None, "call back"]),
        "functionEvents": {
            str(turn): [_event(random) for _ in range(random.randrange(3))] for turn in (0, 1, 2)
        },
        "turns": [_turn(random) for _ in range(random.randrange(4))],
    }


def _event(random: Random) -> dict[str, Any]:
    return EVENT | {
        "name": random.choice(["book", "Zahlen", "ändern", "", None]),
        "error": random.choice([None, "", "timeout"]),
        "duration": random.choice([None, 1234]),
        "handoff": random.choice([None, None, EVENT["handoff"]]),
        "hangup": random.choice([None, None, False, True, {"reason": "done"}]),
        "utterance": random.choice([None, "One moment.", "Bye."]),
    }


def _turn(random: Random) -> dict[str, Any]:
    return {
        "user_input": "",
        "asr_lang_code": random.choice([None, "", "en-GB", "de-DE", "es"]),
        "metadata": {
            "retrieved_topics": random.choice([None, ["prices"], ["Zoo", "zoo", "ärger"]]),
            "safety": random.choice(
                [None, {"filters_triggered": {"provider": "azure", "violence": {"severity": 4}}}]
            ),
        },
    }
