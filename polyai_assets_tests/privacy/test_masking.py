"""A policy applied to the rows of a day: every table, by the class of each column, and nothing planted left."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa

from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.privacy.pseudonym import VARIABLE, PseudonymKeys, Pseudonyms
from polyai_assets.warehouse.load import Staged
from polyai_assets.warehouse.memory import most_memory
from polyai_assets.warehouse.stage import Staging
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
        return {name: rows_in(rows.read()) for name, rows in staging.tables.items()}, found


def rows_in(stream: object) -> list[dict[str, Any]]:
    """Read a stream as DuckDB is given it."""
    given = SimpleNamespace(__arrow_c_stream__=lambda requested_schema=None: stream)
    return pa.RecordBatchReader.from_stream(given).read_all().to_pylist()


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
