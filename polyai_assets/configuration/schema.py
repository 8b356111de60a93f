"""The JSON schema of `defs.yaml`: what editors and `dg` show about each field, and where a file does not fit.

`dg check yaml` holds the file against this schema and points at whatever does not fit, with the lines around it. A key
that stands in those lines would be shown. So for `dg` the schema is strict only where no secret stands in the file
itself; otherwise it refuses nothing, and the reader, which knows what to keep to itself, finds everything. Editors
show nothing to others: for them it is always strict. They read JSON schema as of draft 7, where `dependencies` has a
meaning; the draft of 2020 that `dg` uses has dropped it.
"""

from typing import Any

from pydantic import GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from polyai_assets.configuration.alerts import AlertAttributes
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.compare_with import CompareAttributes
from polyai_assets.configuration.contract import (
    ContractAttributes,
    FieldAttributes,
    KnownAttributes,
)
from polyai_assets.configuration.deliveries import DeliveryAttributes
from polyai_assets.configuration.document import NOT_SHOWN, SECRET_FIELDS, options_of
from polyai_assets.configuration.kpi import KpiConfig, VariantKpiConfig
from polyai_assets.configuration.options import ProjectAttributes
from polyai_assets.configuration.platform_options import PlatformAttributes
from polyai_assets.configuration.privacy import PrivacyConfig
from polyai_assets.configuration.publishing import PublishAttributes
from polyai_assets.configuration.report import ReportConfig
from polyai_assets.configuration.retention import RetentionConfig
from polyai_assets.configuration.rules import BLANK_AT_AN_END, TEMPLATE
from polyai_assets.configuration.searches import SearchConfig

_READ_OTHERWISE = {"anyOf": [TEMPLATE, BLANK_AT_AN_END, {"type": "null"}]}
"""What a schema cannot judge: it is rendered, or cut, or as good as absent."""
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
    known["searches"] |= {"type": "array", "items": _item(search["properties"], search["required"])}
    known["audio"] |= _object(AudioConfig.model_json_schema()["properties"], [])
    known["kpi"] |= _kpi_options()
    known["privacy"] |= _object(PrivacyConfig.model_json_schema()["properties"], [])
    known["retention"] |= _object(RetentionConfig.model_json_schema()["properties"], [])
    compare = CompareAttributes.model_json_schema()
    known["compare_with"] |= _object(compare["properties"], compare["required"])
    options = {name: known[name] for name in dict.fromkeys([*needed, *known])}
    defaults = {name: option for name, option in options.items() if name != "project_id"}
    properties = platform["properties"]
    properties["projects"] |= {"type": "array", "items": _item(options, ["project_id"]), "minItems": 1}
    properties["defaults"] |= _object(defaults, [])
    properties["alerts"] |= _object(_alert_options(), [])
    properties["publish"] |= _object(PublishAttributes.model_json_schema()["properties"], [])
    delivery = DeliveryAttributes.model_json_schema()
    properties["deliveries"] |= {
        "type": "array",
        "items": _item(delivery["properties"], delivery["required"]),
    }
    properties["contract"] |= _object(_contract_options(), [])
    properties["report"] |= _object(ReportConfig.model_json_schema()["properties"], [])
    return _object(properties, platform["required"])


def _kpi_options() -> dict[str, Any]:
    options: dict[str, Any] = KpiConfig.model_json_schema()["properties"]
    own = _object(VariantKpiConfig.model_json_schema()["properties"], [])
    options["variants"] |= {"type": "object", "additionalProperties": {"if": TEMPLATE, "else": own}}
    return _object(options, [])


def _alert_options() -> dict[str, Any]:
    options: dict[str, Any] = AlertAttributes.model_json_schema()["properties"]
    options["urls"] |= {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return options


def _contract_options() -> dict[str, Any]:
    options: dict[str, Any] = ContractAttributes.model_json_schema()["properties"]
    declared = FieldAttributes.model_json_schema()
    for name in options:
        if name == "known":
            options[name] |= _object(KnownAttributes.model_json_schema()["properties"], [])
        else:
            options[name] |= {
                "type": "array",
                "items": _item(declared["properties"], declared["required"]),
            }
    return options


def describing_schema() -> dict[str, Any]:
    """Join a description that every file fits with the strict schema, for editors and for files without secrets."""
    strict = strict_schema()
    fields = {name: _described(field) for name, field in strict["properties"].items()}
    return {
        "type": "object",
        "properties": fields,
        "if": schema_without_secrets(),
        "then": strict,
        "else": {"dependencies": {"projects": strict}},
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


def _item(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"if": TEMPLATE, "else": _object(properties, required)}


def _or_template(field: dict[str, Any]) -> dict[str, Any]:
    words = _words(field)
    rest = {name: value for name, value in field.items() if name not in (*_WORDS, "title")}
    # Not `anyOf`: of a value that fits none, a validator would say just that, and not what is wrong with it.
    return {**words, "if": _READ_OTHERWISE, "else": rest}


def _described(field: dict[str, Any]) -> dict[str, Any]:
    shape = field["else"]
    if "properties" in shape:
        shape = _open(shape)
    elif "properties" in shape.get("items", {}).get("else", {}):
        shape = {"type": "array", "items": _open(shape["items"]["else"])}
    return {**_words(field), "anyOf": [shape, {}]}


def _words(field: dict[str, Any]) -> dict[str, Any]:
    return {word: field[word] for word in _WORDS if field.get(word) not in (None, [])}


def _open(shape: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _described(field) for name, field in shape["properties"].items()},
    }


_VARIABLE = {"type": "string", "pattern": r"^\s*\{\{[^{}]*\}\}\s*$"}
_SECRET = {"anyOf": [_VARIABLE, {"type": "null"}]}
_PLACE = {
    "type": ["string", "null"],
    "not": {"pattern": "[@?$]|[Pp][Aa][Ss][Ss]|[Pp][Ww][Dd]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]"},
}
"""A place that may hold a password, and does not look like it."""
_UNKNOWN = {"anyOf": [_VARIABLE, {"type": ["number", "boolean", "null"]}]}
"""What a misspelt option may hold: a text could be the key."""


def schema_without_secrets() -> dict[str, Any]:
    """Describe a file in which every secret is the name of a variable: only then may its lines be shown."""
    project = _without(ProjectAttributes, compare_with=_without(CompareAttributes))
    return _without(
        PlatformAttributes,
        projects={"type": "array", "items": project},
        defaults=project,
        alerts=_without(AlertAttributes, urls={"anyOf": [_SECRET, {"type": "array", "items": _SECRET}]}),
        publish=_without(PublishAttributes),
        deliveries={"type": "array", "items": _without(DeliveryAttributes)},
    )


def _without(model: type[Any], **parts: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in options_of(model):
        fields[name] = parts.get(
            name, _SECRET if name in SECRET_FIELDS else _PLACE if name in NOT_SHOWN else {}
        )
    return {"type": ["object", "null"], "properties": fields, "additionalProperties": _UNKNOWN}
