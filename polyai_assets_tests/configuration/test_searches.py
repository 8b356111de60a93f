"""Saved searches: what stands in the file, and what is wrong with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from polyai_assets.assets.requests import searches_of
from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

SEARCHES = f"""{VALID}\
      searches:
        - name: person
          type: transcript
          query: speak to a person
          turn_type: user
          channels: [voice, chat]
          variant_id: 007
        - {{name: refunds, type: semantic, query: wants money back, variant_name: Main line}}
"""
AT = "attributes.projects.0.searches"


def test_a_search_is_read_with_all_that_it_says(load: Load):
    first, second = load(SEARCHES.replace("007", "'007'")).projects[0].searches
    assert first.model_dump() == {
        "name": "person",
        "type": "transcript",
        "query": "speak to a person",
        "turn_type": "user",
        "channels": ("voice", "chat"),
        "variant_id": "007",
        "variant_name": None,
    }
    assert (second.name, second.type, second.turn_type, second.channels) == ("refunds", "semantic", None, ())
    assert second.variant_name == "Main line"


def test_searches_may_stand_in_the_defaults(load: Load):
    text = VALID + "  defaults: {searches: [{name: a, type: semantic, query: 24}]}\n"
    (search,) = load(text).projects[0].searches
    assert search.query == "24"


def test_what_is_looked_for_is_sent_as_it_is_written(load: Load):
    text = f"{VALID}      variant_name: ' Main line '\n      searches:\n"
    (config,) = load(f"{text}        - {{name: a, type: transcript, query: ' no '}}\n").projects
    (search,) = searches_of(config)
    day = datetime(2026, 3, 1, tzinfo=UTC)
    query = replace(search.query, start_time=day, end_time=day + timedelta(days=1))
    assert dict(query.params()).items() >= {"query": " no ", "variant_name": " Main line "}.items()


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("type: semantic, query: b", "0.name: is missing: The search's name in the tables"),
        ("name: a, query: b", "0.type: is missing: transcript: these words were said"),
        ("name: a, type: semantic", "0.query: is missing: The text to look for,"),
        ("name: a, type: exact, query: b", "0.type: 'exact' is no kind of search. Write one of transcript, semantic."),
        ("name: a, type: transcript, query: b, turn_type: both", "0.turn_type: 'both' is no side of a conversation."),
        ("name: a, type: semantic, query: b, turn_type: user", "0.turn_type: is for type: transcript only. Remove"),
        ("name: a, type: semantic, query: b, variant_id: c, variant_name: d", "0.variant_name: excludes variant_id."),
        ("name: a, type: semantic, query: b, chanels: voice", "0.chanels: unknown option. Did you mean channels?"),
        ("name: a, type: semantic, query: ' '", "0.query: ' ' is empty."),
        ('name: a, type: semantic, query: "no\\nyes"', r"0.query: 'no\nyes' holds a line break"),
        ("name: ' a', type: semantic, query: b", "0.name: ' a' begins or ends with a blank or a line break"),
        ("name: a, type: semantic, query: b, variant_id: 'c '", "0.variant_id: 'c ' begins or ends with a blank"),
        ("name: 0123, type: semantic, query: b", "0.name: YAML reads this as the number 83. Put it in quotes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_search_is_told_with_its_line(problems: Problems, written: str, problem: str):
    (found,) = problems(f"{VALID}      searches:\n        - {{{written}}}\n")
    assert found.startswith(f"defs.yaml:12 {AT}.{problem}")


def test_two_searches_of_a_project_cannot_have_one_name(problems: Problems):
    search = "        - {name: a, type: semantic, query: b}\n"
    (found,) = problems(f"{VALID}      searches:\n{search}{search}")
    assert found == (
        f"defs.yaml:13 {AT}.1.name: 'a' names a search already, at defs.yaml:12 {AT}.0.name. "
        "Give each a name of its own."
    )


@pytest.mark.parametrize(
    ("change", "is_valid"),
    [
        (("semantic", "semantic"), True),
        (("type: semantic", "type: exact"), False),
        (("name: ", "nam: "), False),
    ],
)
def test_an_editor_knows_what_a_search_holds(change: tuple[str, str], is_valid: bool):
    attributes: dict[str, Any] = yaml.safe_load(SEARCHES.replace("007", "x").replace(*change))["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    assert Draft7Validator(AttributesInFile.model_json_schema()).is_valid(attributes) is is_valid
