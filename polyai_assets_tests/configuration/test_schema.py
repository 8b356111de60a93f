"""What editors and `dg` know about the file."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from polyai_assets.configuration.schema import AttributesInFile, strict_schema
from polyai_assets_tests.configuration.conftest import VALID

SCHEMA = AttributesInFile.model_json_schema()


def _attributes(text: str) -> dict[str, Any]:
    attributes = yaml.load(text, Loader=yaml.BaseLoader)["attributes"]
    assert isinstance(attributes, dict)
    return attributes


def _fields(schema: dict[str, Any], path: str = "attributes") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, field in schema.get("properties", {}).items():
        found.append((f"{path}.{name}", field))
        for shape in field["anyOf"]:
            found += _fields(shape, f"{path}.{name}") + _fields(shape.get("items", {}), f"{path}.{name}")
    return found


def test_every_field_is_described():
    fields = _fields(SCHEMA)
    assert {"attributes.raw_store", "attributes.projects.region", "attributes.defaults.page_size"} <= dict(
        fields
    ).keys()
    assert [name for name, field in fields if len(field.get("description", "")) < 20] == []


def test_the_example_of_the_schema_is_the_shortest_complete_file(load: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POLYAI_KEY_US1_ACME_HOTEL_BOT", "key")
    (example,) = SCHEMA["examples"]
    config = load(yaml.safe_dump({"type": "polyai_assets.PolyAIConversations", "attributes": example}))
    assert config.projects[0].project.key == "us-1/acme/hotel-bot"


@pytest.mark.parametrize(
    "option", ["lookback_days: 99", "verify: twice", "loopback_days: 3", "client_env: prod", "base_url: host"]
)
def test_an_editor_marks_a_bad_option_and_leaves_it_to_the_reader_for_dg(option: str):
    attributes = yaml.safe_load(f"{VALID}      {option}\n")["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    assert not Draft7Validator(SCHEMA).is_valid(attributes)
    assert Draft202012Validator(SCHEMA).is_valid(attributes)


@pytest.mark.parametrize(
    "attributes", [{}, {"projects": {"region": 1}}, {"projects": [3]}, {"nonsense": None}]
)
def test_nothing_is_refused_before_the_reader_has_seen_it(attributes: dict[str, Any]):
    assert Draft202012Validator(SCHEMA).is_valid(attributes)


def test_an_editor_accepts_a_template_in_place_of_any_value():
    attributes = _attributes(VALID)
    attributes |= dict.fromkeys(strict_schema()["properties"], "{{ anything }}")
    assert Draft7Validator(SCHEMA).is_valid(attributes)


def test_an_editor_accepts_a_complete_file():
    attributes = _attributes(VALID)
    attributes["defaults"] = {"client_env": ["live", "sandbox"], "settle_after": "90m", "page_size": 100}
    assert Draft7Validator(SCHEMA).is_valid(attributes)
