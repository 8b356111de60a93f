"""A JSON schema that a `defs.yaml` fits only if no secret stands in it: then its lines may be shown."""

from typing import Any

from polyai_assets.configuration.alert_config import AlertAttributes
from polyai_assets.configuration.compare_config import CompareAttributes
from polyai_assets.configuration.document import API_KEYS, NOT_SHOWN
from polyai_assets.configuration.platform_config import PlatformAttributes
from polyai_assets.configuration.project_config import ProjectAttributes

_VARIABLE = {"type": "string", "pattern": r"^\s*\{\{[^{}]*\}\}\s*$"}
_SECRET = {"anyOf": [_VARIABLE, {"type": "null"}]}
_PLACE = {
    "type": ["string", "null"],
    "not": {"pattern": "[@?$]|[Pp][Aa][Ss][Ss]|[Pp][Ww][Dd]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]"},
}
"""A place that may hold a password, and does not look like it."""
_UNKNOWN = {"anyOf": [_VARIABLE, {"type": ["number", "boolean", "null"]}]}
"""What a misspelt option may hold: a text could be the key."""


def without_secrets() -> dict[str, Any]:
    """Describe a file in which every secret is the name of a variable."""
    project = _without(ProjectAttributes, compare_with=_without(CompareAttributes))
    return _without(
        PlatformAttributes,
        projects={"type": "array", "items": project},
        defaults=project,
        alerts=_without(AlertAttributes, urls={"anyOf": [_SECRET, {"type": "array", "items": _SECRET}]}),
    )


def _without(model: type[Any], **parts: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in model.model_fields:
        fields[name] = parts.get(name, _SECRET if name in API_KEYS else _PLACE if name in NOT_SHOWN else {})
    return {"type": ["object", "null"], "properties": fields, "additionalProperties": _UNKNOWN}
