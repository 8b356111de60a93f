import dagster as dg
import pytest

from polyai_assets.checks.v3_guarantees import judge_conversations, judge_turns
from polyai_assets.checks.verdict import MAX_ROWS, Verdict
from polyai_assets.contract.violation import MOST_EXAMPLES, RULE_PRESENT, Tally, Violation
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault
from polyai_assets.warehouse.load import Lost, Staged
from polyai_assets_tests.conftest import InDagster
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, partition
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

PARTITION = Partition.parse("2025-03-01|us-1/acme/hotel-bot")
NULL = 'text is "", never null'


def staged(violations: list[Violation] | None = None, quarantined: list[Lost] | None = None) -> Staged:
    tally = Tally()
    tally.add(violations or [])
    rows = {"conversations": 3, "turns": 20, "metrics": 5}
    return Staged(rows=rows, breaches=tally.breaches, quarantined=quarantined or [])


def examples(verdict: Verdict) -> list[dict[str, object]]:
    return [dict(record.data) for record in verdict.metadata["examples"].records]


OF_CONVERSATION = Violation("CA1", None, "from_number", NULL, "null")
OF_TURN = Violation("CA1", 4, "user_input", NULL, "null")
LOST = Lost("CA2", ["it has no id", "it is no object"])


def test_a_partition_without_findings_passes():
    verdict = judge_conversations(PARTITION, staged())
    assert (verdict.passed, verdict.description) == (True, "3 conversations keep every guarantee")
    assert judge_turns(PARTITION, staged()).description == "20 turns keep every guarantee"


def test_a_finding_counts_against_the_conversations_or_the_turns_and_not_both():
    both = staged([OF_CONVERSATION])
    assert (judge_conversations(PARTITION, both).passed, judge_turns(PARTITION, both).passed) == (False, True)
    both = staged([OF_TURN])
    assert (judge_conversations(PARTITION, both).passed, judge_turns(PARTITION, both).passed) == (True, False)


def test_the_rules_that_are_broken_most_are_named_with_their_numbers():
    fields = ["a"] * 3 + ["b"] * 2 + ["c"] * 4 + ["d"]
    verdict = judge_turns(PARTITION, staged([Violation("CA1", 0, field, NULL, "null") for field in fields]))
    assert verdict.description == f"of 20 turns: c: {NULL} (4); a: {NULL} (3); b: {NULL} (2)"
    assert verdict.metadata["violations"] == 10


def test_examples_say_where_what_and_which_value():
    verdict = judge_turns(PARTITION, staged([OF_TURN]))
    assert examples(verdict) == [
        {
            "conversation_id": "CA1",
            "turn_index": "4",
            "field": "user_input",
            "rule": NULL,
            "value": "null",
        }
    ]


def test_what_a_caller_said_is_not_shown_in_examples():
    said = Violation("CA1", 4, "user_input_datetime", "timestamp is ISO 8601 with a zone", "my card is 4111")
    (example,) = examples(judge_turns(PARTITION, staged([said])))
    assert example["value"] == "text like 'xx xxxx xx 9999'"


def test_what_a_reason_quotes_is_not_shown():
    lost = Lost("CA2", ["started_at is not a time: 'call me at 555-0100'"])
    verdict = judge_conversations(PARTITION, staged([], [lost]))
    assert "555" not in str(verdict)
    assert (
        verdict.description == "of 3 conversations: 1 record could not be loaded (started_at is not a time)"
    )


def test_the_shape_of_records_is_no_matter_of_this_check():
    drifted = [
        Violation("CA1", None, "channel", RULE_PRESENT, "missing"),
        Violation("CA1", 1, "is_ood", "value is boolean", "x"),
    ]
    assert judge_conversations(PARTITION, staged(drifted)).passed
    assert judge_turns(PARTITION, staged(drifted)).passed


def test_records_that_could_not_be_loaded_come_first_with_each_reason():
    verdict = judge_conversations(PARTITION, staged([OF_CONVERSATION], [LOST]))
    assert verdict.description.startswith("of 3 conversations: 1 record could not be loaded (it has no id); ")
    assert [row["rule"] for row in examples(verdict)] == ["it has no id", "it is no object", NULL]
    assert judge_turns(PARTITION, staged([], [LOST])).passed


def test_not_more_examples_than_a_person_reads():
    fields = [f"field_{number}" for number in range(MAX_ROWS)]
    found = [Violation("CA1", 4, field, NULL, "null") for field in fields for _ in range(2 * MOST_EXAMPLES)]
    verdict = judge_turns(PARTITION, staged(found))
    assert len(examples(verdict)) == MAX_ROWS
    assert verdict.metadata["violations"] == len(found)


def test_the_table_of_examples_has_a_schema():
    verdict = judge_turns(PARTITION, staged([OF_TURN]))
    table = verdict.metadata["examples"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [column.name for column in table.schema.columns] == list(examples(verdict)[0])


@pytest.fixture
def with_nulls(steps: Steps) -> Steps:
    """A conversation of the second day has a null in the record and in each of its turns."""
    first, *_ = steps.simulator.conversations(HOTEL.key, midnight(DAY2), midnight(DAY3))
    for field, in_turns in (("from_number", False), ("user_input", True)):
        parameters = {"field": field, "value": None, "in_turns": in_turns, "ids": [first["id"]]}
        steps.simulator.faults.add(Fault("set_field", parameters, times=None))
    return steps


def test_a_breach_on_one_day_is_shown_on_that_day_and_the_day_is_loaded(
    with_nulls: Steps, in_dagster: InDagster
):
    deployment = in_dagster(with_nulls)
    days = (DAY1, DAY2, DAY3)
    run = deployment.run(DAY1, DAY3)
    assert run.success
    for table in ("conversations", "turns"):
        assert deployment.verdicts(table, "v3_guarantees", days) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
        assert deployment.statuses(table, days) == ["MATERIALIZED"] * 3
    evaluation = deployment.evaluations(run, "conversations", "v3_guarantees")[partition(DAY2)]
    assert f"from_number: {NULL} (1)" in (evaluation.description or "")


def test_the_examples_of_a_run_can_be_found_in_the_warehouse(with_nulls: Steps):
    run = with_nulls.run(DAY1, DAY3)
    evaluation = with_nulls.evaluations(run, "turns", "v3_guarantees")[partition(DAY2)]
    table = evaluation.metadata["examples"]
    assert isinstance(table, dg.TableMetadataValue)
    shown = {(row.data["conversation_id"], int(str(row.data["turn_index"]))) for row in table.records}
    kept = with_nulls.ask(
        "SELECT conversation_id, turn_index FROM contract_violations WHERE turn_index IS NOT NULL"
    )
    assert shown
    assert shown <= set(kept)


def test_a_record_without_an_id_is_told_and_the_others_are_loaded(steps: Steps):
    second_day = {"since": midnight(DAY2), "until": midnight(DAY3)}
    steps.simulator.faults.add(Fault("poison", {"how": "no_id"}, times=None, **second_day))
    run = steps.run(DAY1, DAY3)
    assert run.success
    evaluation = steps.evaluations(run, "conversations", "v3_guarantees")[partition(DAY2)]
    assert "1 record could not be loaded" in (evaluation.description or "")
    assert steps.ask("SELECT count(*) FROM conversations") == [(8,)]
    assert steps.ask("SELECT count(*) FROM quarantine") == [(1,)]


def test_a_breach_that_the_source_has_mended_is_gone_after_the_next_fetch(with_nulls: Steps):
    with_nulls.run(DAY1, DAY3)
    with_nulls.simulator.faults.clear()
    with_nulls.run(DAY2)
    assert with_nulls.verdicts("turns", "v3_guarantees", [DAY2]) == ["SUCCEEDED"]
    assert with_nulls.ask("SELECT count(*) FROM contract_violations") == [(0,)]
