"""From the objects of a snapshot to rows, whatever is in them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from polyai_assets.contract.deployment import DEPLOYMENTS
from polyai_assets.contract.reference import ReferenceDataset, snapshot_rows
from polyai_assets.contract.tables import REFERENCE_DATASETS
from polyai_assets.contract.variant import VARIANTS

DEPLOYMENT = {
    "id": "d2",
    "accountId": "acme",
    "agentId": "hotel-bot",
    "environment": "live",
    "artifactVersion": "1.7.0",
    "version": "9ab1c2",
    "createdBy": "dana.reyes@acme.example",
    "createdAt": "2026-06-03T09:12:44.120000+00:00",
    "metadata": {"deployment_message": "Shorter greeting", "ticket": 7},
}
VARIANT = {
    "id": "boston",
    "name": "Boston Harbor",
    "isDefault": True,
    "attributeValues": {"values": {"a2": "America/New_York", "a1": "07:00-23:00", "a3": "x", "a9": "y"}},
}
SOURCES = {"deployments": "live"}
"""The list that rows are made of, where it has not the name of the dataset."""
ATTRIBUTES = [{"id": "a1", "name": "opening_hours"}, {"id": "a2", "name": "time_zone"}]
SAME_NAME = [{"id": "a3", "name": "fax"}, {"id": "a9", "name": "fax"}]
CONNECTOR = {
    "connectorId": "c1",
    "name": "Line 1",
    "clientEnv": "live",
    "variantId": "boston",
    "asrLangCode": "en-US",
}
NUMBERS = [
    {"number": "+1555012", "clientEnv": "live", "connectorId": "c1"},
    {"number": "+1555010", "connectorId": "c1"},
    {"number": "+1555099", "clientEnv": "sandbox"},
]


def rows_of(dataset: ReferenceDataset, **lists: list[Any]) -> list[dict[str, Any]]:
    payloads = {name: [json.dumps(found).encode() for found in listed] for name, listed in lists.items()}
    rows, left_out = snapshot_rows(dataset, payloads)
    assert left_out == 0
    return list(rows.values())


def test_a_deployment_has_its_message_and_whether_it_is_active() -> None:
    older = {"id": "d1", "environment": "live", "metadata": None}
    active, past = rows_of(DEPLOYMENTS, live=[DEPLOYMENT, older], active=[DEPLOYMENT])
    assert active == {
        "deployment_id": "d2",
        "environment": "live",
        "version": "9ab1c2",
        "artifact_version": "1.7.0",
        "created_by": "dana.reyes@acme.example",
        "created_at": datetime(2026, 6, 3, 9, 12, 44, 120000, UTC),
        "message": "Shorter greeting",
        "metadata": '{"deployment_message": "Shorter greeting", "ticket": 7}',
        "is_active": True,
        "extra": None,
    }
    assert past == {
        "deployment_id": "d1",
        "environment": "live",
        "version": "",
        "artifact_version": "",
        "created_by": "",
        "created_at": None,
        "message": "",
        "metadata": None,
        "is_active": False,
        "extra": None,
    }


def test_a_variant_has_its_attributes_by_name_and_the_numbers_that_lead_to_it() -> None:
    other = {"id": "york", "name": "York"}
    boston, york = rows_of(
        VARIANTS,
        variants=[VARIANT, other],
        attributes=[*ATTRIBUTES, *SAME_NAME],
        phone_numbers=NUMBERS,
        connectors=[CONNECTOR],
    )
    assert json.loads(boston.pop("attributes")) == {
        "opening_hours": "07:00-23:00",
        "time_zone": "America/New_York",
        "a3": "x",
        "a9": "y",
    }
    assert json.loads(boston.pop("phone_numbers")) == [
        {"number": number, "environment": "live", "language": "en-US", "connector": "Line 1"}
        for number in ("+1555010", "+1555012")
    ]
    assert boston == {"variant_id": "boston", "name": "Boston Harbor", "is_default": True, "extra": None}
    assert york == {
        "variant_id": "york",
        "name": "York",
        "is_default": None,
        "attributes": "{}",
        "phone_numbers": "[]",
        "extra": None,
    }


def test_what_has_no_column_is_in_extra() -> None:
    (row,) = rows_of(VARIANTS, variants=[VARIANT | {"isDefault": [1], "city": "Boston"}])
    assert json.loads(row["extra"]) == {"isDefault": [1], "city": "Boston"}
    assert row["is_default"] is None


@pytest.mark.parametrize("dataset", REFERENCE_DATASETS, ids=lambda dataset: str(dataset.name))
def test_every_row_has_every_column(dataset: ReferenceDataset) -> None:
    key = {field.wire: "x" for field in dataset.own_fields if field.key}
    (row,) = rows_of(dataset, **{SOURCES.get(dataset.name, dataset.name): [key]})
    assert {"project", *row, "valid_from", "valid_until"} == {field.name for field in dataset.fields}


@pytest.mark.parametrize(
    "payload", [b"null", b"7", b'{"id": ""}', b'{"name": "a"}', b'{"id": "boston"}', b"{", b"[" * 5000]
)
def test_an_object_that_cannot_be_a_row_is_counted(payload: bytes) -> None:
    rows, left_out = snapshot_rows(VARIANTS, {"variants": [json.dumps(VARIANT).encode(), payload]})
    assert ([row["name"] for row in rows.values()], left_out) == (["Boston Harbor"], 1)


@pytest.mark.parametrize(
    "odd",
    [
        {"attributeValues": {"values": 7}},
        {"attributeValues": "x"},
        {"name": {"en": "Boston"}},
        {"name": "\ud800", "attributeValues": {"values": {"a\udc00": "\ud800"}}},
        {"attributeValues": {"values": {"a1": ["x", None]}}},
    ],
)
def test_odd_values_cost_no_row(odd: dict[str, Any]) -> None:
    (row,) = rows_of(
        VARIANTS, variants=[VARIANT | odd], attributes=[{"id": 1, "name": None}], connectors=[{}]
    )
    assert row["variant_id"] == "boston"
    json.dumps(row).encode()
