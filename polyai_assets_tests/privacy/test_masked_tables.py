"""A policy applied to rows of details, of reference data, and of any table: what is named stays, types do too."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.detail_rows import rows_of
from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.fields import Kind, Pii, field
from polyai_assets.contract.tables import CONVERSATIONS, REFERENCE_TABLES, TABLES, Table
from polyai_assets.privacy.masking import Masking, identity_of, masking_of
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.privacy.pseudonym import VARIABLE, PseudonymKeyUnusable
from polyai_assets.warehouse.staged_rows import row_schema
from polyai_assets_tests.contract.details import DAY, RECORDED, detail_of
from polyai_assets_tests.privacy.test_masking import ACME, CALLER, CARD, NAME, OURS, REDACTING, SECRETS


def test_details_leave_nothing_that_the_agent_extracted_in_any_table():
    event = (
        RECORDED["functionEvents"]["6"][0]
        if "6" in RECORDED["functionEvents"]
        else next(iter(RECORDED["functionEvents"].values()))[0]
    )
    sent = RECORDED | {
        "fromNumber": CALLER,
        "toNumber": OURS,
        "direction": "inbound",
        "note": f"{NAME} called",
        "shortSummary": {"heading": "Card", "content": f"Ms Whitfield gave {CARD}"},
        "tags": ["vip", f"card {CARD}"],
        "functionEvents": {
            "1": [
                event
                | {
                    "arguments": {"guest_name": NAME, "nights": 2},
                    "error": f"no {NAME}",
                    "logs": {"conversation_logger": [{"content": NAME, "is_pii": False, "who": NAME}]},
                    "state_changes": {"added": {"guest_name": NAME, "tier": "gold"}},
                    "utterance": f"Dear {NAME}",
                }
            ]
        },
        "metrics": {"NOTE": [{"value": NAME, "timestamp": None}]},
        "turns": [
            {
                "user_input": NAME,
                "entities": [{"guest_name": NAME}],
                "reviews": [{"comment": f"{NAME} is right", "type": "x"}],
                "metadata": {
                    "top_transcripts": [{"text": f"{NAME} {CARD}"}],
                    "asr_corrected_user_input": NAME,
                },
            }
        ],
    }
    detail = detail_of(json.dumps(sent).encode())
    read = rows_of(detail, DAY, PACKAGED)
    masking = Masking(replace(REDACTING, keep_arguments=("nights",)), ACME)
    masking.learn([detail.payload or b""])
    given = {
        "conversation_details": [read.row],
        "function_events": read.events,
        "metric_events": read.metrics,
        **read.recorded,
    }
    by_name = {table.name: table for table in EVERY_TABLE}
    found = {name: masked(masking, by_name[name], rows) for name, rows in given.items()}
    left = {
        name for name, rows in found.items() for secret in SECRETS if secret in json.dumps(rows, default=str)
    }
    assert left == set()
    (row,) = found["conversation_details"]
    assert (row["from_number"], row["to_number"]) == (ACME.of_contact(CALLER), OURS)
    assert row["note"] == "[ENTITY:guest_name] called"
    assert row["tags"] == ["vip", "card [CARD]"]
    assert json.loads(found["function_events"][0]["arguments"]) == {"nights": 2}
    assert {row["name"]: row["value"] for row in found["state_changes"]} == {"guest_name": "", "tier": "gold"}
    assert {"turn_entities", "asr_alternatives", "function_logs", "turn_reviews"} <= found.keys()


def masked(masking: Masking, table: Table, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = masking.apply(
        table, pa.Table.from_pylist(list(rows), row_schema(table))
    ).to_pylist()
    return found


def test_staff_have_pseudonyms_in_reference_data():
    table = REFERENCE_TABLES["deployments"]
    row = {"created_by": "Bea@Acme.io", "message": f"for {CARD}", "metadata": json.dumps({"by": "Bea"})}
    (found,) = masked(Masking(REDACTING, ACME), table, [row])
    assert (found["created_by"], found["message"], found["metadata"]) == (
        ACME.of_staff("bea@acme.io"),
        "for [CARD]",
        "{}",
    )


def test_further_fields_of_the_platform_go_unless_they_are_named_or_hold_nothing_personal():
    further = (
        field("mood", Kind.TEXT, "Mood", pii=Pii.FREE),
        field("shift", Kind.TEXT, "Shift", pii=Pii.NONE),
    )
    table = replace(CONVERSATIONS, fields=(*CONVERSATIONS.fields, *further), configured=further)
    row = {"conversation_id": "CA1", "mood": NAME, "shift": "night"}
    assert [(found["mood"], found["shift"]) for found in masked(Masking(REDACTING, ACME), table, [row])] == [
        ("", "night")
    ]
    kept = Masking(replace(REDACTING, keep_fields=("mood",)), ACME)
    assert masked(kept, table, [row])[0]["mood"] == NAME


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', "{broken", '{"a": 1' + "0" * 400 + "}", "[1, 2]"])
def test_objects_that_cannot_be_read_are_not_kept(text: str):
    row = {"conversation_id": "CA1", "state": text}
    (found,) = masked(Masking(REDACTING, ACME), CONVERSATIONS, [row])
    assert found["state"] in (None, "{}", "[]")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_keep_their_columns_and_types(table: Table):
    empty = {field.name: field.kind.empty for field in table.row_fields}
    rows = pa.Table.from_pylist([empty], row_schema(table))
    assert (
        Masking(REDACTING, ACME).apply(table, rows).select(rows.column_names).cast(rows.schema).schema
        == rows.schema
    )


def test_without_a_policy_nothing_masks():
    assert masking_of(PrivacyPolicy(), "acme") is None
    assert identity_of(PrivacyPolicy()) == ""


def test_pseudonyms_need_a_key_and_another_key_is_another_policy(monkeypatch: pytest.MonkeyPatch):
    policy = PrivacyPolicy(pii="pseudonymize")
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(PseudonymKeyUnusable):
        masking_of(policy, "acme")
    identities = [identity_of(policy)]
    for key_id in "12":
        monkeypatch.setenv(VARIABLE, f"{key_id}:{'x' * 40}")
        identities.append(identity_of(policy))
    assert len({*identities}) == 3
    assert identity_of(replace(policy, keep_state=("tier",))) != identities[-1]
