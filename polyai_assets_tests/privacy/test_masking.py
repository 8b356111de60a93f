"""A policy applied to the rows of a day: every table, by the class of each column, and nothing planted left."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.detail_rows import rows_of
from polyai_assets.contract.fields import Kind, Pii, field
from polyai_assets.contract.tables import CONVERSATIONS, EVERY_TABLE, REFERENCE_TABLES, TABLES, Table
from polyai_assets.privacy.masking import Masking, identity_of, masking_of
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.privacy.pseudonym import VARIABLE, PseudonymKeys, PseudonymKeyUnusable, Pseudonyms
from polyai_assets.warehouse.load import Staged
from polyai_assets.warehouse.memory import most_memory
from polyai_assets.warehouse.stage import Staging
from polyai_assets.warehouse.staged_rows import row_schema
from polyai_assets_tests.contract.details import DAY, RECORDED, detail_of
from polyai_assets_tests.contract.records import FULL
from polyai_assets_tests.warehouse.conftest import PARTITION, START, batch, change

KEY = {VARIABLE: "1:" + "ab12" * 16}
ACME = Pseudonyms(PseudonymKeys.read(KEY), "acme")
CALLER, OURS, NAME, CARD, MAIL = (
    "+442079460958",
    "+442071838750",
    "Ann Whitfield",
    "4111 1111 1111 1111",
    "a@mail.io",
)
SECRETS = ("9460958", "Whitfield", "WHITFIELD", "4111", "mail.io")
TURN = FULL["turns"][0]
RECORD = FULL | {
    "id": "CA1",
    "from_number": CALLER,
    "to_number": OURS,
    "state": {
        "guest_name": NAME,
        "tier": "gold",
        "call_sid": "CA9",
        "shared_id": CALLER,
        "handoff": {"utterance": CARD},
    },
    "metrics": {
        "CSAT_FREE_FEEDBACK": f"call {CALLER}",
        "SCORE": "4",
        "NOTE": NAME,
        "PHONE": "442079460958",
        "PLAN": "b",
    },
    "turns": [
        TURN
        | {
            "user_input": f"I'm {NAME}, my card is 4111 1111",
            "user_input_dtmf": "4111",
            "entities": [{"name": NAME, "n": 2}],
        },
        TURN
        | {
            "user_input": "1111 1111 yes",
            "agent_response": f"Ms WHITFIELD, {MAIL}",
            "metadata": {"heard": NAME},
        },
    ],
    "unknown": {"who": NAME},
}
CHANGES = [
    change("CA1", field=path, before=before, after="")
    for path, before in (
        *(
            ("from_number", CALLER),
            ("turns[0].user_input", NAME),
            ("state.guest_name", NAME),
            ("state.tier", "tin"),
        ),
        *(
            ("metrics.NOTE", NAME),
            ("metrics.SCORE", "3"),
            ("channel", "CHAT"),
            ("novel", NAME),
            ("(conversation)", "present"),
        ),
    )
]
REDACTING = PrivacyPolicy(
    "pseudonymize", "redact", keep_state=("tier",), keep_entities=("n",), keep_metrics=("PLAN",)
)

Rows = dict[str, list[dict[str, Any]]]


def staged(tmp_path: Path, policy: PrivacyPolicy, *records: Mapping[str, Any]) -> tuple[Rows, Staged]:
    """Stage records of a day, one of them vanished and one that is none, and give the rows of every table."""
    masking = Masking(policy, ACME if policy.pii == "pseudonymize" else None)
    load = replace(PARTITION, masking=masking)
    payloads = [json.dumps(record).encode() for record in records or (RECORD,)]
    with duckdb.connect() as connection:
        staging = Staging(connection, [load], most_memory(connection), tmp_path)
        batches = [
            batch(*payloads),
            batch(json.dumps(RECORD | {"id": "CA2"}).encode(), vanished_at=START),
            batch(json.dumps(RECORD | {"id": "CA3", "turns": NAME}).encode()),
        ]
        staging.add(load.date, batches, CHANGES)
        found = staging.finish()[load.date]
        return {name: rows.read().read_all().to_pylist() for name, rows in staging.tables.items()}, found


def test_nothing_planted_is_left_in_any_table_of_a_day(tmp_path: Path):
    tables, found = staged(tmp_path, REDACTING)
    text = json.dumps([tables, repr(found)], default=str, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in text] == []
    assert len(tables["turns"]) == 2
    assert all(
        path.read_bytes().find(secret.encode()) < 0 for path in tmp_path.iterdir() for secret in SECRETS
    )


def test_without_a_policy_all_of_it_is_there(tmp_path: Path):
    """What the test above looks for would be found."""
    tables, _ = staged(tmp_path, PrivacyPolicy())
    text = json.dumps(tables, default=str)
    assert [secret for secret in SECRETS if secret not in text] == []
    assert tables["masked_values"] == []


def test_contacts_are_pseudonyms_and_our_numbers_stay(tmp_path: Path):
    outbound = RECORD | {"id": "OUT-1", "from_number": OURS, "to_number": CALLER}
    mail = RECORD | {"id": "CHAT1", "from_number": MAIL}
    hidden = RECORD | {"id": "CA4", "from_number": "anonymous"}
    tables, _ = staged(tmp_path, REDACTING, RECORD, outbound, mail, hidden)
    numbers = {
        row["conversation_id"]: (row["from_number"], row["to_number"]) for row in tables["conversations"]
    }
    token = ACME.of_contact(CALLER)
    assert numbers == {
        "CA1": (token, OURS),
        "OUT-1": (OURS, token),
        "CHAT1": (ACME.of_contact(MAIL), OURS),
        "CA4": ("anonymous", OURS),
    }


def test_a_national_number_has_the_pseudonym_of_its_full_form(tmp_path: Path):
    tables, _ = staged(tmp_path, REDACTING, RECORD | {"from_number": "020 7946 0958"})
    assert tables["conversations"][0]["from_number"] == ACME.of_contact(CALLER)


def test_of_objects_what_is_named_is_left_and_what_is_polyais_own(tmp_path: Path):
    tables, _ = staged(tmp_path, REDACTING)
    (row,) = tables["conversations"]
    assert json.loads(row["state"]) == {
        "tier": "gold",
        "call_sid": "CA9",
        "shared_id": ACME.of_contact(CALLER),
        "handoff": {"utterance": "[CARD]"},
    }
    assert json.loads(tables["turns"][0]["entities"]) == [{"n": 2}]
    assert {row["metadata"] for row in tables["turns"]} == {"{}"}
    assert {row["name"]: (row["value"], row["value_double"]) for row in tables["metrics"]} == {
        "CSAT_FREE_FEEDBACK": ("call [NUMBER]", None),
        "SCORE": ("4", 4.0),
        "NOTE": ("", None),
        "PHONE": ("", None),
        "PLAN": ("b", None),
    }


def test_text_is_redacted_turn_by_turn_and_across_turns(tmp_path: Path):
    tables, _ = staged(tmp_path, REDACTING)
    first, second = tables["turns"]
    assert first["user_input"] == "I'm [ENTITY:guest_name], my card is [CARD]"
    assert second["user_input"] == "[CARD] yes"
    assert second["agent_response"] == "Ms [ENTITY:guest_name], [EMAIL]"
    assert first["user_input_dtmf"] == "[NUMBER]"


def test_changes_follow_the_class_of_their_field(tmp_path: Path):
    tables, _ = staged(tmp_path, REDACTING)
    assert {row["field"]: row["before"] for row in tables["conversation_changes"]} == {
        "from_number": ACME.of_contact(CALLER),
        "turns[0].user_input": "[TEXT]",
        "state.guest_name": "",
        "state.tier": "tin",
        "metrics.NOTE": "",
        "metrics.SCORE": "3",
        "channel": "CHAT",
        "novel": "",
        "(conversation)": "present",
    }


def test_records_in_quarantine_or_vanished_leave_no_payload(tmp_path: Path):
    tables, found = staged(tmp_path, REDACTING)
    assert [row["payload"] for row in tables["vanished_conversations"]] == [""]
    assert [lost.conversation_id for lost in found.quarantined] == [
        row["conversation_id"] for row in tables["quarantine"]
    ]
    assert {row["payload"] for row in tables["quarantine"]} <= {""}


def test_what_was_masked_is_counted_by_table_column_and_kind(tmp_path: Path):
    tables, _ = staged(tmp_path, REDACTING)
    counts = {
        (row["column_name"], row["kind"]): row["count"]
        for row in tables["masked_values"]
        if row["table_name"] == "turns"
    }
    assert counts["user_input", "CARD"] == 1
    assert counts["user_input", "ENTITY"] == 1
    assert counts["agent_response", "EMAIL"] == 1
    assert all(count > 0 for count in counts.values())


def test_dropping_leaves_nothing_and_needs_no_key(tmp_path: Path):
    tables, _ = staged(tmp_path, PrivacyPolicy("drop", "drop"))
    (row,) = tables["conversations"]
    assert (row["from_number"], row["to_number"]) == ("", OURS)
    assert {(row["user_input"], row["agent_response"]) for row in tables["turns"]} == {("", "")}


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
