"""Facts of planted records, in three zones and on nights when clocks change, are what plain Python makes of them."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from polyai_assets.api.project import Project
from polyai_assets.contract.fields import Kind
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.facts import make
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings
from polyai_assets.warehouse.load import Load
from polyai_assets_tests.tiers import long
from polyai_assets_tests.warehouse.conftest import ask
from polyai_assets_tests.warehouse.facts.planting import planted, replace_records
from polyai_assets_tests.warehouse.facts.reckoned import reckon

USUAL = VariantSettings(
    opening_hours={1: ((480, 1080),), 6: ((0, 120), (540, 720)), 7: ((60, 180),)},
    test_numbers=("+12025550100",),
    human_per_minute=0.9,
    agent_per_minute=0.25,
    currency="GBP",
    channel_groups={"KIOSK": "webchat"},
    site_names={"Boston": "Boston, MA", "+442071838750": "London"},
)
OF_ALL: dict[str, Any] = {
    "success_metrics": ("BOOKED",),
    "state_columns": {"customer_id": Kind.TEXT, "age": Kind.NUMBER},
    "metric_columns": {"BOOKING VALUE": Kind.NUMBER},
}
ZONES = {
    "us-1/acme/hotel-bot": "America/New_York",
    "uk-1/acme/shop": "Europe/London",
    "us-1/other/desk": "Australia/Lord_Howe",
}
NIGHTS = [
    ("us-1/acme/hotel-bot", date(2026, 3, 8)),
    ("us-1/acme/hotel-bot", date(2026, 11, 1)),
    ("uk-1/acme/shop", date(2026, 3, 29)),
    ("uk-1/acme/shop", date(2026, 10, 25)),
    ("us-1/other/desk", date(2026, 10, 3)),
    ("us-1/other/desk", date(2026, 4, 4)),
]
"""Days on which clocks are put forward and back, by an hour or by half of one."""


def settings_of(project: str) -> KpiSettings:
    usual = replace(USUAL, timezone=ZONES[project])
    own = replace(
        usual, timezone="Asia/Kolkata", opening_hours=None, agent_per_minute=None, human_per_minute=None
    )
    return KpiSettings(
        usual=usual, variants={"v-own": own, "Boston": replace(usual, abandon_seconds=60)}, **OF_ALL
    )


@pytest.fixture
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the facts of all conversations at once, or of seven as of a day that is too large for that."""
    if request.param == "in parts":
        monkeypatch.setattr(make, "CONVERSATIONS_AT_ONCE", 7)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("made", "project", "day"),
    [
        *(("at once", *night) for night in NIGHTS[::2]),
        *(long("at once", *night) for night in NIGHTS[1::2]),
        ("in parts", *NIGHTS[1]),
    ],
    indirect=["made"],
)
def test_every_figure_is_what_plain_python_makes_of_the_records(
    warehouse: Warehouse, project: str, day: date
) -> None:
    records = list(planted(day, Random(day.toordinal())))
    load = Load(Partition(Project.parse(project), day), kpi=settings_of(project))

    replace_records(warehouse, load, records)

    found = {row["conversation_id"]: row for row in ask(warehouse, "FROM conversation_facts")}
    assert len(found) == len(records)
    for record in records:
        assert differences(found[record["id"]], reckon(record, load.kpi)) == {}, record


def differences(row: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Give the figures that differ, both values of each; numbers up to what is rounded."""
    return {
        name: (row[name], value)
        for name, value in expected.items()
        if row[name] != value
        and not (isinstance(value, float | int) and row[name] == pytest.approx(value, abs=1e-9))
    }
