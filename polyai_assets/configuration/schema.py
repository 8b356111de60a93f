"""The JSON schema of `defs.yaml`: what editors and `dg` show about each field.

`dg check defs` first holds the file against this schema, prints the lines around whatever does not fit (and
a key that stands in them), and stops. So for `dg` the schema describes and refuses nothing: the reader then
finds everything in one go, names the remedy and shows no key. Editors should mark a mistake while it is
typed. They read JSON schema as of draft 7, where `dependencies` has a meaning; the draft of 2020 that `dg`
uses has dropped it.
"""

from typing import Any

from pydantic import GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from polyai_assets.configuration.alert_config import AlertAttributes
from polyai_assets.configuration.audio_config import AudioConfig
from polyai_assets.configuration.compare_config import CompareAttributes
from polyai_assets.configuration.platform_config import PlatformAttributes
from polyai_assets.configuration.project_config import ProjectAttributes
from polyai_assets.configuration.search_config import SearchConfig

_TEMPLATE = {"type": "string", "pattern": r"\{\{|\{%"}
_WORDS = ("description", "default", "examples")


_PROJECT = {
    "region": "us-1",
    "account_id": "acme",
    "project_id": "hotel-bot",
    "api_key": "{{ env.POLYAI_KEY_US1_ACME_HOTEL_BOT }}",
}
_EXAMPLE = {"projects": [_PROJECT]}


def strict_schema() -> dict[str, Any]:
    """Say what the file may hold: known options, in their ranges, or a template in place of any value."""
    platform, project = PlatformAttributes.model_json_schema(), ProjectAttributes.model_json_schema()
    known, needed = project["properties"], project["required"]
    search = SearchConfig.model_json_schema()
    known["searches"] |= {"type": "array", "items": _object(search["properties"], search["required"])}
    known["audio"] |= _object(AudioConfig.model_json_schema()["properties"], [])
    compare = CompareAttributes.model_json_schema()
    known["compare_with"] |= _object(compare["properties"], compare["required"])
    options = {name: known[name] for name in dict.fromkeys([*needed, *known])}
    defaults = {name: option for name, option in options.items() if name != "project_id"}
    properties = platform["properties"]
    properties["projects"] |= {"type": "array", "items": _object(options, ["project_id"]), "minItems": 1}
    properties["defaults"] |= _object(defaults, [])
    properties["alerts"] |= _object(_alert_options(), [])
    return _object(properties, platform["required"])


def _alert_options() -> dict[str, Any]:
    options: dict[str, Any] = AlertAttributes.model_json_schema()["properties"]
    options["urls"] |= {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return options


def describing_schema() -> dict[str, Any]:
    """Join the strict schema, for editors, and a description that every file fits, for everybody else."""
    strict = strict_schema()
    fields = {name: _described(field) for name, field in strict["properties"].items()}
    return {
        "type": "object",
        "properties": fields,
        "dependencies": {"projects": strict},
        "examples": [_EXAMPLE],
    }


class AttributesInFile(RootModel[dict[str, Any]]):
    """The attributes as Dagster takes them from the file: any mapping. `read_platform` judges it."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return describing_schema()


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    fields = {name: _or_template(field) for name, field in properties.items()}
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _or_template(field: dict[str, Any]) -> dict[str, Any]:
    words = _words(field)
    rest = {name: value for name, value in field.items() if name not in (*_WORDS, "title")}
    return {**words, "anyOf": [rest, _TEMPLATE, {"type": "null"}]}


def _described(field: dict[str, Any]) -> dict[str, Any]:
    shape = field["anyOf"][0]
    if "properties" in shape:
        shape = _open(shape)
    elif "properties" in shape.get("items", {}):
        shape = {"type": "array", "items": _open(shape["items"])}
    return {**_words(field), "anyOf": [shape, {}]}


def _words(field: dict[str, Any]) -> dict[str, Any]:
    return {word: field[word] for word in _WORDS if field.get(word) not in (None, [])}


def _open(shape: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _described(field) for name, field in shape["properties"].items()},
    }
