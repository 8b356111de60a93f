"""The option audio: what stands in the file, and what is wrong with it."""

import pytest
import yaml
from jsonschema import Draft7Validator

from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

AT = "defs.yaml:11 attributes.projects.0.audio"


def test_no_recordings_are_fetched_unless_they_are_asked_for(load: Load):
    audio = load(VALID).projects[0].audio
    assert (audio.calls, audio.direction, audio.redacted) == ("none", ("combined",), True)


def test_what_is_said_of_recordings_is_read(load: Load):
    audio = load(f"{VALID}      audio: {{calls: handoffs, direction: [user, agent], redacted: false}}\n")
    assert audio.projects[0].audio.model_dump() == {
        "calls": "handoffs",
        "direction": ("user", "agent"),
        "redacted": False,
    }


def test_one_direction_needs_no_list_and_redacted_is_the_default(load: Load):
    audio = load(f"{VALID}      audio: {{calls: all, direction: user}}\n").projects[0].audio
    assert (audio.calls, audio.direction, audio.redacted) == ("all", ("user",), True)


def test_recordings_may_be_a_default(load: Load):
    assert load(f"{VALID}  defaults: {{audio: {{calls: all}}}}\n").projects[0].audio.calls == "all"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("all", ": must be a mapping, such as {calls: all}."),
        ("{calls: some}", ".calls: 'some' is no choice of calls. Write one of none, handoffs, all."),
        ("{calls: true}", ".calls: True must be text; put it in quotes."),
        ("{calls: all, direction: both}", ".direction: 'both' is no direction. Write one of combined, user, agent."),
        ("{calls: all, direction: []}", ".direction: [] must be one direction or a list of them."),
        ("{calls: all, redacted: maybe}", ".redacted: 'maybe' must be true or false."),
        ("{call: all}", ".call: unknown option. Did you mean calls?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_the_remedy(problems: Problems, written: str, problem: str):
    assert problems(f"{VALID}      audio: {written}\n") == (AT + problem,)


def test_all_that_is_wrong_is_told_at_once(problems: Problems):
    text = f"{VALID}      audio:\n        calls: some\n        redacted: 7\n"
    assert [line.partition(": ")[0] for line in problems(text)] == [
        "defs.yaml:12 attributes.projects.0.audio.calls",
        "defs.yaml:13 attributes.projects.0.audio.redacted",
    ]


@pytest.mark.parametrize(
    ("written", "fits"), [("{calls: all}", True), ("{calls: some}", False), ("{call: all}", False)]
)
def test_an_editor_knows_the_option(written: str, fits: bool):
    attributes = yaml.safe_load(f"{VALID}      audio: {written}\n")["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    assert Draft7Validator(AttributesInFile.model_json_schema()).is_valid(attributes) is fits
