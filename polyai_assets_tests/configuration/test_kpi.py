"""The option kpi: what stands in the file, and what is wrong with it."""

import pytest

from polyai_assets.contract.fields import Kind
from polyai_assets.warehouse.facts.settings import VariantSettings
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

AT = "defs.yaml:11 attributes.projects.0.kpi"
EVERYTHING = """\
      kpi:
        timezone: Europe/London
        opening_hours: {mon-tue: "09:00-17:00", sat: "22:00-02:00"}
        test_numbers: "+44 20 7946 0000"
        abandon_seconds: 10
        human_per_minute: 0.9
        agent_per_minute: 0.2
        currency: GBP
        channel_groups: {CHAT: webchat}
        site_names: {v-17: Boston}
        success_metrics: BOOKED
        state_columns: {customer_id: text}
        metric_columns: {BOOKING_VALUE: number}
        variants:
          v-18: {timezone: Europe/Paris, opening_hours: {sun: "10:00-12:00"}}
"""


def test_every_option_is_read_and_a_variant_has_the_rest_of_its_project(load: Load):
    kpi = load(VALID + EVERYTHING).projects[0].kpi
    usual = VariantSettings(
        timezone="Europe/London",
        opening_hours={1: ((540, 1020),), 2: ((540, 1020),), 6: ((1320, 1440),), 7: ((0, 120),)},
        test_numbers=("+442079460000",),
        abandon_seconds=10,
        human_per_minute=0.9,
        agent_per_minute=0.2,
        currency="GBP",
        channel_groups={"CHAT": "webchat"},
        site_names={"v-17": "Boston"},
    )
    assert kpi.usual == usual
    own = kpi.variants["v-18"]
    assert (own.timezone, own.opening_hours) == ("Europe/Paris", {7: ((600, 720),)})
    assert (own.currency, own.test_numbers) == (usual.currency, usual.test_numbers)
    assert kpi.success_metrics == ("BOOKED",)
    assert kpi.state_columns == {"customer_id": Kind.TEXT}
    assert kpi.metric_columns == {"BOOKING_VALUE": Kind.NUMBER}


def test_without_it_days_are_those_of_utc_and_nothing_has_a_price(load: Load):
    usual = load(VALID).projects[0].kpi.usual
    assert (usual.timezone, usual.opening_hours, usual.human_per_minute) == ("UTC", None, None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("Europe/London", ": must be a mapping, such as {timezone: Europe/London}."),
        ("{timezone: Europe/Lundon}", ".timezone: 'Europe/Lundon' is no time zone. Did you mean Europe/London? "
         "Write its IANA name, such as Europe/London."),
        ("{opening_hours: {weekdays: '9:00-17:00'}}", ".opening_hours: a mapping has 'weekdays', "
         "which names no days. Write mon, sat or mon-fri."),
        ("{opening_hours: {mon: 9-17}}", ".opening_hours: a mapping has '9-17', which names no hours. "
         'Write "08:00-18:00", in quotes.'),
        ("{variants: all}", ".variants: must be a mapping from variant to options."),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_line_and_the_remedy(problems: Problems, written: str, problem: str):
    assert problems(f"{VALID}      kpi: {written}\n") == (AT + problem,)
