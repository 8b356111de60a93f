"""What editors and `dg` know about the file."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from polyai_assets.configuration import ConfigurationError, read_platform
from polyai_assets.configuration.options import ProjectAttributes
from polyai_assets.configuration.problems import SourceFile
from polyai_assets.configuration.schema import AttributesInFile, strict_schema
from polyai_assets_tests.configuration.conftest import TODAY, VALID
from polyai_assets_tests.examples import examples

SCHEMA = AttributesInFile.model_json_schema()
DG = Draft202012Validator(SCHEMA)


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


def _as_dagster_reads(text: str) -> dict[str, Any]:
    attributes = yaml.safe_load(text)["attributes"]
    assert isinstance(attributes, dict)
    attributes["start_date"] = str(attributes["start_date"])  # the YAML that Dagster reads has no dates
    return attributes


def _validated(text: str) -> list[str]:
    """What `dg check yaml` says below the places that it points at."""
    attributes = _as_dagster_reads(text)
    errors = sorted(DG.iter_errors(attributes), key=lambda one: [*map(str, one.path)])
    return [f"{'.'.join(map(str, one.path))}: {one.message}" for one in errors]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("lookback_days: 99", "lookback_days: 99 is greater than the maximum of 60"),
        ("loopback_days: 3", ": Additional properties are not allowed ('loopback_days' was unexpected)"),
        ("client_env: prod", "client_env: 'prod' is not one of ['live', 'sandbox', 'pre-release']"),
        ("client_env: [prod]", "client_env.0: 'prod' is not one of ['live', 'sandbox', 'pre-release']"),
        ("base_url: host", "base_url: 'host' does not match '^[Hh][Tt][Tt][Pp][Ss]?://'"),
        ("include_latency: twice", "include_latency: 'twice' is not of type 'boolean'"),
        ("top_up_every: 15", "top_up_every: 'a time with its unit, such as 15m, 900s or 1h30m' was expected"),
        ("audio: {calls: some}", "audio.calls: 'some' is not one of ['none', 'handoffs', 'all']"),
    ],
)
def test_dg_and_editors_mark_a_bad_option_where_it_stands(option: str, said: str):
    text = f"{VALID}      {option}\n"
    assert _validated(text) == [f"projects.0{said if said.startswith(':') else f'.{said}'}"]
    assert not Draft7Validator(SCHEMA).is_valid(_as_dagster_reads(text))


@pytest.mark.parametrize(
    "secret",
    [
        '      api_key: hunter2\n',
        '      agents_api_key: "pre-{{ env.X }}"\n',
        '      apikey: hunter2\n',
        '      compare_with: {api_version: v1, api_key: hunter2}\n',
        '      base_url: https://me:hunter2@host\n',
        '  api_key: hunter2\n',
        '  alerts: {urls: json://hunter2}\n',
        '  alerts: {urls: ["{{ env.X }}", json://hunter2]}\n',
        '  warehouse: "ducklake:postgres:password=hunter2"\n',
        '  defaults: {api_key: hunter2}\n',
        '  defaults: hunter2\n',
    ],
)  # fmt: skip
def test_dg_shows_no_lines_of_a_file_in_which_a_secret_stands(secret: str):
    text = re.sub("us-1", "us-2", VALID)
    if secret.lstrip().startswith("api_key") and secret.startswith("      "):
        text = re.sub("      api_key: .*\n", "", text)
    if "warehouse" in secret:
        text = re.sub("  warehouse: .*\n", "", text)
    assert _validated(text + secret) == []


_OPTIONS = sorted(ProjectAttributes.model_fields)
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [
            "true",
            " False ",
            "12",
            " 3",
            "1.5",
            "15m",
            " 1h 30m ",
            "live",
            " sandbox",
            "Voice",
            "SMS",
            "v2",
            "handoffs",
        ]
    )
    | st.sampled_from(
        ["us-1", "uk-1 ", "HTTP://host", "https://host:1/", "hotel-bot", "{{ env.HOTEL_KEY }}", "x y"]
    )
)


@given(
    option=st.sampled_from(_OPTIONS),
    value=_VALUES
    | st.lists(_VALUES, max_size=2)
    | st.dictionaries(st.sampled_from(["calls", "direction"]), _VALUES),
)
@settings(max_examples=examples(150))
def test_no_file_is_refused_that_the_reader_takes(option: str, value: object):
    project = {
        "region": "us-1",
        "account_id": "acme",
        "project_id": "hotel-bot",
        "api_key": "{{ env.HOTEL_KEY }}",
    }
    attributes = {"projects": [{**project, option: value}]}
    if not DG.is_valid(attributes):
        with pytest.raises(ConfigurationError):
            read_platform(
                attributes,
                scope={"env": os.environ.get},
                source=SourceFile(),
                root=Path("/"),
                today=TODAY,
                keys_needed=True,
            )


def test_an_editor_accepts_a_template_in_place_of_any_value():
    attributes = _attributes(VALID)
    attributes |= dict.fromkeys(strict_schema()["properties"], "{{ anything }}")
    assert Draft7Validator(SCHEMA).is_valid(attributes)


def test_an_editor_accepts_a_complete_file():
    attributes = _attributes(VALID)
    attributes["defaults"] = {"client_env": ["live", "sandbox"], "settle_after": "90m", "page_size": 100}
    assert Draft7Validator(SCHEMA).is_valid(attributes)
