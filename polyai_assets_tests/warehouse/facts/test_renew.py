"""Facts are made again when what they come from changes: settings, the state of the day, details."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from polyai_assets.contract.detail_rows import Detail
from polyai_assets.contract.fields import Kind
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.facts.renew import renew_facts
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings
from polyai_assets.warehouse.load import SETTLED, Load
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.contract.details import RECORDED, detail_of
from polyai_assets_tests.contract.records import FULL
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.tiers import LONG
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, current_facts, elsewhere
from polyai_assets_tests.warehouse.facts.planting import replace_records

NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))
RECORDS = [FULL, FULL | {"id": "CA2", "started_at": "2026-03-01T23:30:00Z", "handoff": False}]
TOKYO = KpiSettings(usual=VariantSettings(timezone="Asia/Tokyo"))


@pytest.fixture
def loaded(warehouse: Warehouse, tmp_path: Path, prepared: Prepare) -> Warehouse:
    """A warehouse with the two conversations of the day."""
    prepared(
        "facts of CA1 and CA2",
        tmp_path,
        lambda folder: replace_records(Warehouse(str(folder / "polyai.duckdb")), PARTITION, RECORDS),
    )
    return warehouse


def facts(warehouse: Warehouse, more: str = "") -> list[dict[str, Any]]:
    return ask(warehouse, f"SELECT * EXCLUDE (loaded_at) FROM conversation_facts {more} ORDER BY ALL")


def renewed(warehouse: Warehouse, load: Load) -> bool:
    """Make facts anew if they are not what they would be made of now; tells whether they were not."""
    with own_duckdb() as connection:
        if current_facts(connection, warehouse, load) is not None:
            return False
        renew_facts(connection, warehouse, load)
        assert current_facts(connection, warehouse, load) is not None
        return True


def load_details(warehouse: Warehouse, load: Load, details: Sequence[Detail]) -> None:
    with own_duckdb() as connection:
        replace_details(connection, warehouse, load, details)


OWN_COLUMNS = {"state_columns": {"from_": Kind.TEXT}, "metric_columns": {"CALL_DURATION": Kind.NUMBER}}
IN_EUROS = VariantSettings(timezone="Asia/Tokyo", agent_per_minute=0.2, human_per_minute=1, currency="EUR")
ALWAYS_OPEN = VariantSettings(opening_hours={7: ((0, 1440),)})


@pytest.mark.parametrize(
    "kpi",
    [
        TOKYO,
        KpiSettings(usual=IN_EUROS),
        KpiSettings(variants={"v1": ALWAYS_OPEN}),
        KpiSettings(**OWN_COLUMNS),
    ],
)
def test_another_setting_makes_facts_stale(loaded: Warehouse, kpi: KpiSettings) -> None:
    with own_duckdb() as connection:
        assert current_facts(connection, loaded, PARTITION) is not None
        assert current_facts(connection, loaded, replace(PARTITION, kpi=kpi)) is None


def test_facts_that_are_made_anew_are_those_of_a_fresh_load(loaded: Warehouse, tmp_path: Path) -> None:
    kpi = KpiSettings(usual=IN_EUROS, variants={"v1": ALWAYS_OPEN}, **OWN_COLUMNS)
    changed, fresh = replace(PARTITION, kpi=kpi), Warehouse(str(tmp_path / "fresh.duckdb"), wait=30)

    assert renewed(loaded, changed)

    replace_records(fresh, changed, RECORDS)
    assert facts(loaded) == facts(fresh)
    assert ask(loaded, "FROM kpi_settings") == ask(fresh, "FROM kpi_settings")


def test_a_column_that_is_configured_as_another_kind_is_made_anew(warehouse: Warehouse) -> None:
    for kind, expected in ((Kind.TEXT, "49"), (Kind.INTEGER, 49)):
        kpi = KpiSettings(metric_columns={"CALL_DURATION": kind})
        replace_records(warehouse, replace(PARTITION, kpi=kpi), RECORDS[:1])
        assert [row["metric_call_duration"] for row in facts(warehouse)] == [expected]


def test_facts_of_other_days_stay_as_they_are_when_settings_change(loaded: Warehouse) -> None:
    replace_records(loaded, NEXT_DAY, [FULL | {"id": "CA3", "started_at": "2026-03-02T10:00:00Z"}])
    before = facts(loaded, f"WHERE date = DATE '{NEXT_DAY.date}'")

    assert renewed(loaded, replace(PARTITION, kpi=TOKYO))

    assert facts(loaded, f"WHERE date = DATE '{NEXT_DAY.date}'") == before
    assert renewed(loaded, replace(NEXT_DAY, kpi=TOKYO))  # and they are known to be stale


def test_a_day_that_has_settled_says_so_in_its_facts(loaded: Warehouse) -> None:
    assert renewed(loaded, replace(PARTITION, state=SETTLED))

    found = [(row["partition_state"], row["is_final"]) for row in facts(loaded)]
    assert found == [(SETTLED, True)] * 2


def test_whether_details_are_expected_decides_what_is_final_of_a_day_that_is_loaded(
    loaded: Warehouse,
) -> None:
    settled = replace(PARTITION, state=SETTLED)
    renewed(loaded, settled)
    for has_details in (True, False):
        assert renewed(loaded, replace(settled, has_details=has_details))
        assert [row["is_final"] for row in facts(loaded)] == [not has_details] * 2


def test_details_that_arrive_later_are_in_the_facts_of_their_day_alone(warehouse: Warehouse) -> None:
    with_details = replace(PARTITION, has_details=True, state=SETTLED)
    replace_records(warehouse, with_details, RECORDS)
    replace_records(warehouse, replace(NEXT_DAY, has_details=True), [])
    before = {row["conversation_id"]: row for row in facts(warehouse)}
    assert {(row["poly_score_state"], row["is_final"], row["topics"]) for row in before.values()} == {
        ("not asked", False, None)
    }
    turn = {
        "asr_lang_code": "en-GB",
        "metadata": {
            "retrieved_topics": ["parking", "breakfast", "parking"],
            "safety": {"filters_triggered": {"provider": "azure", "violence": "low"}},
        },
    }
    events = {
        "1": [
            {"name": "look_up", "duration": 1500, "error": "Timeout", "start_time": "2026-03-01T10:00:05Z"},
            {"name": "hang_up", "duration": 500, "hangup": True},
            {"name": "transfer", "handoff": {"reason": "asked"}, "utterance": "One moment"},
        ]
    }
    sent = RECORDED | {
        "turns": [turn],
        "functionEvents": events,
        "direction": "OUTBOUND",
        "finishedAt": "2026-03-01T10:02:00Z",
        "polyScore": None,
        "language": "",
        "deploymentId": "d-1",
        "startedAt": "2026-03-01T10:00:00Z",
    }

    load_details(warehouse, with_details, [detail_of(msgspec.json.encode(sent))])

    after = {row["conversation_id"]: row for row in facts(warehouse)}
    assert after["CA2"] == before["CA2"]
    changed = {name: value for name, value in after["CA1"].items() if value != before["CA1"][name]}
    assert changed.pop("finished_at").isoformat() == "2026-03-01T10:02:00+00:00"
    assert {name: changed.get(name) for name in EXPECTED} == EXPECTED


@LONG
@pytest.mark.parametrize("order", ["turn_index, position", "turn_index DESC, position DESC"])
def test_of_several_functions_that_handed_off_the_first_of_the_last_turn_counts(
    warehouse: Warehouse, order: str
) -> None:
    with_details = replace(PARTITION, has_details=True)
    replace_records(warehouse, with_details, RECORDS)
    handoff = {"name": "transfer", "handoff": {"reason": "asked"}}
    said = {"0": ["Zero"], "3": [None, "First", "Second"]}
    events = {turn: [handoff | {"utterance": text} for text in texts] for turn, texts in said.items()}
    sent = msgspec.json.encode(RECORDED | {"functionEvents": events})
    load_details(warehouse, with_details, [detail_of(sent)])
    with own_duckdb() as connection, warehouse.attached(connection):
        connection.execute(f"CREATE TABLE ordered AS FROM {SCHEMA}.function_events ORDER BY {order}")
        connection.execute(f"DELETE FROM {SCHEMA}.function_events")
        connection.execute(f"INSERT INTO {SCHEMA}.function_events FROM ordered")

    assert renewed(warehouse, replace(with_details, kpi=TOKYO))

    (found,) = facts(warehouse, "WHERE conversation_id = 'CA1'")
    assert found["handoff_utterance"] == "First"


EXPECTED = {
    "direction": "outbound",
    "direction_source": "sent",
    "contact": "+12025550102",
    "our_number": "+12025550124",
    "language": "en-GB",
    "languages": ["en-GB"],
    "deployment_id": "d-1",
    "topics": ["breakfast", "parking"],
    "safety_categories": ["violence"],
    "is_safety_flagged": True,
    "functions_called": ["hang_up", "look_up", "transfer"],
    "function_calls": 3,
    "function_errors": 1,
    "function_seconds": 2.0,
    "handoff_attempts": 1,
    "handoff_utterance": "One moment",
    "poly_score_state": "old scale",
    "is_final": True,
}
"""What the detail adds to the facts of its conversation."""


ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    0,
    -1,
    1e300,
    2**70,
    True,
    [],
    [None, 1, {}],
    {},
    {"a": {"b": []}},
    "{}",
)
IN_TURN = (
    *("turn_id", "latency", "metadata", "entities", "reviews", "llm_requests", "asr_lang_code"),
    *("metadata.retrieved_topics", "metadata.safety", "metadata.top_transcripts", "metadata.current_node"),
)
IN_EVENT = ("name", "error", "handoff", "hangup", "logs", "state_changes", "utterance", "duration")


def test_a_detail_of_any_form_makes_facts(warehouse: Warehouse) -> None:
    replace_records(warehouse, replace(PARTITION, has_details=True), RECORDS)
    details = []
    for number, odd in enumerate(ODD):
        turn = {"metadata": {name.partition(".")[2]: odd for name in IN_TURN if "." in name}}
        turns = [{name: odd} for name in IN_TURN] + [turn, odd]
        events = {"1": [{name: odd} for name in IN_EVENT], "x": odd, "2": odd}
        sent = RECORDED | {
            "turns": turns,
            "functionEvents": events,
            "tags": odd,
            "polyScore": odd,
            "direction": odd,
        }
        name = "CA1" if number == 0 else f"CA-{number}"
        details.append(detail_of(msgspec.json.encode(sent), conversation_id=name))
    replace_records(
        warehouse, PARTITION, [*RECORDS, *(FULL | {"id": one.conversation_id} for one in details[1:])]
    )

    load_details(warehouse, replace(PARTITION, has_details=True), details)

    found = ask(warehouse, "SELECT count(*) AS rows, count(function_calls) AS known FROM conversation_facts")
    assert found == [{"rows": len(ODD) + 1, "known": len(ODD)}]
