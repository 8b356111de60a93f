"""The reference dataset `variants`: the sites of an agent, with their attributes and the numbers that lead to them.

Source: API reference, lists of variants, attributes, phone numbers and connectors of the Agents API.
"""

from collections.abc import Iterator
from typing import Any

from polyai_assets.contract.convert import to_text
from polyai_assets.contract.fields import Kind, Pii, derived, field
from polyai_assets.contract.lenient import clean_text, to_json
from polyai_assets.contract.reference import Objects, ReferenceDataset
from polyai_assets.contract.rows import Row


def read_variants(objects: Objects) -> Iterator[tuple[dict[str, Any], Row]]:
    """Give every variant, with its attributes by their names and its phone numbers."""
    names = _names_of_attributes(objects)
    connectors = {
        text: found for found in objects.get("connectors", ()) if (text := _text(found, "connectorId"))
    }
    numbers: dict[str, list[dict[str, str]]] = {}
    for number in objects.get("phone_numbers", ()):
        connector = connectors.get(_text(number, "connectorId"), {})
        numbers.setdefault(_text(connector, "variantId"), []).append(_phone_number(number, connector))
    for variant in objects.get("variants", ()):
        sent = variant.get("attributeValues")
        values = sent.get("values") if isinstance(sent, dict) else None
        attributes = (
            {names.get(name, name): value for name, value in values.items()}
            if isinstance(values, dict)
            else {}
        )
        listed = sorted(numbers.get(_text(variant, "id"), ()), key=lambda number: number["number"])
        yield (
            variant,
            {"attributes": to_json(dict(sorted(attributes.items()))), "phone_numbers": to_json(listed)},
        )


def _names_of_attributes(objects: Objects) -> dict[str, str]:
    """Give the name of each attribute by its id; of a name that several have, none: their values keep the ids."""
    named = [(_text(found, "id"), _text(found, "name")) for found in objects.get("attributes", ())]
    names = [name for _, name in named]
    return {attribute_id: name for attribute_id, name in named if name and names.count(name) == 1}


def _phone_number(number: dict[str, Any], connector: dict[str, Any]) -> dict[str, str]:
    return {
        "number": _text(number, "number"),
        "environment": _text(number, "clientEnv") or _text(connector, "clientEnv"),
        "language": _text(connector, "asrLangCode"),
        "connector": _text(connector, "name"),
    }


def _text(found: dict[str, Any], name: str) -> str:
    return clean_text(to_text(found.get(name)))


VARIANTS = ReferenceDataset(
    name="variants",
    grain="One row per variant (site) of an agent, and another one each time that it changed.",
    source="a variant in the Agents API's list of variants, its attributes, connectors and phone numbers",
    ask=lambda client: {
        "variants": client.variants(),
        "attributes": client.attributes(),
        "phone_numbers": client.phone_numbers(),
        "connectors": client.connectors(),
    },
    read=read_variants,
    elsewhere=("attributeValues",),
    own_fields=(
        field(
            "variant_id",
            Kind.TEXT,
            "Id of the variant, as in conversations",
            wire="id",
            required=True,
            key=True,
        ),
        field("name", Kind.TEXT, "Name of the variant", required=True, pii=Pii.NONE),
        field(
            "is_default", Kind.BOOLEAN, "Whether it is used where no other one is chosen", wire="isDefault"
        ),
        derived(
            "attributes",
            Kind.OBJECT,
            "Its attributes, such as time zone and opening hours: from name to value, or from id where several share a "
            "name",
            pii=Pii.NONE,
        ),
        derived(
            "phone_numbers",
            Kind.OBJECT_LIST,
            "The numbers that lead to it: number, environment, language and connector of each",
            pii=Pii.NONE,
        ),
    ),
)
