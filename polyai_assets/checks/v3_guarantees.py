"""`v3_guarantees`: does what the API sent keep what PolyAI guarantees of v3?"""

import dagster as dg

from polyai_assets.checks.verdict import MAX_ROWS, Failure, Verdict, failed, fetch_again
from polyai_assets.contract.drift import form_of
from polyai_assets.contract.violation import DRIFT_RULES, Breach
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.load import Lost, Staged

NAME = "v3_guarantees"
DESCRIPTION = (
    'Timestamps are ISO 8601 with a zone, text is "" and never null, ids are unique, counts and durations are '
    "not negative. Records that break this are loaded as far as they can be; they are listed in contract_violations, "
    "and in quarantine where they could not be loaded."
)

_MOST_NAMED = 3
_HARMLESS = ("null", "missing")
_COLUMNS = ("conversation_id", "turn_index", "field", "rule", "value")


def judge_conversations(partition: Partition, staged: Staged) -> Verdict:
    """Judge the conversations themselves, without their turns."""
    return _judge(
        partition, _of(staged, False), staged.quarantined, staged.rows["conversations"], "conversations"
    )


def judge_turns(partition: Partition, staged: Staged) -> Verdict:
    """Judge the turns."""
    return _judge(partition, _of(staged, True), [], staged.rows["turns"], "turns")


def _of(staged: Staged, in_turns: bool) -> list[Breach]:
    """Choose the breaches of guarantees, the most frequent first; those of the shape are drift."""
    chosen = [
        breach for breach in staged.breaches if breach.in_turns is in_turns and breach.rule not in DRIFT_RULES
    ]
    return sorted(chosen, key=lambda breach: -breach.count)


def _judge(
    partition: Partition, breaches: list[Breach], quarantined: list[Lost], rows: int, noun: str
) -> Verdict:
    if not breaches and not quarantined:
        return Verdict(partition, f"{rows:,} {noun} keep every guarantee", {noun: rows})
    parts = [f"{breach.field}: {breach.rule} ({breach.count:,})" for breach in breaches[:_MOST_NAMED]]
    if quarantined:
        records = "record" if len(quarantined) == 1 else "records"
        parts.insert(
            0, f"{len(quarantined):,} {records} could not be loaded ({_reason(quarantined[0].reasons[0])})"
        )
    cause, violations = "; ".join(parts), sum(breach.count for breach in breaches)
    return failed(
        partition,
        Failure(
            cause=cause,
            expected=f"that all {rows:,} {noun} keep what PolyAI guarantees of v3",
            found=f"{violations:,} violations, {len(quarantined):,} records in quarantine",
            next_step=f"{fetch_again(partition)}  # when PolyAI has the examples, and has mended it",
        ),
        {
            noun: rows,
            "violations": violations,
            "quarantined": len(quarantined),
            "examples": _examples(breaches, quarantined),
        },
        description=f"of {rows:,} {noun}: {cause}",
    )


def _reason(reason: str) -> str:
    """Cut a reason before the value that it quotes: Dagster's log is read by more people than the warehouse."""
    return reason.partition(":")[0]


def _examples(breaches: list[Breach], quarantined: list[Lost]) -> dg.TableMetadataValue:
    rows = [
        {
            "conversation_id": example.conversation_id,
            "turn_index": "" if example.turn_index is None else str(example.turn_index),
            "field": example.field,
            "rule": example.rule,
            "value": example.value if example.value in _HARMLESS else form_of(example.value),
        }
        for breach in breaches
        for example in breach.examples
    ]
    lost = [
        {
            "conversation_id": lost_record.conversation_id,
            "turn_index": "",
            "field": "",
            "rule": _reason(reason),
            "value": "",
        }
        for lost_record in quarantined
        for reason in lost_record.reasons
    ]
    return dg.TableMetadataValue(
        [dg.TableRecord(row) for row in (lost + rows)[:MAX_ROWS]],
        dg.TableSchema([dg.TableColumn(name) for name in _COLUMNS]),
    )
