"""`v3_guarantees`: does what the API sent keep what PolyAI guarantees of v3?"""

from collections import Counter

import dagster as dg

from polyai_assets.checks.verdict import MAX_ROWS, Verdict
from polyai_assets.contract.violation import Quarantined, Violation
from polyai_assets.warehouse.partition import Staged

NAME = "v3_guarantees"
DESCRIPTION = (
    'Timestamps are ISO 8601 with a zone, text is "" and never null, ids are unique, counts and durations are '
    "not negative, and every value has the declared type. Records that break this are loaded as far as they can "
    "be; they are listed in contract_violations, and in quarantine where they could not be loaded."
)

_COLUMNS = ("conversation_id", "turn_index", "field", "rule", "value")


def judge_conversations(partition: str, staged: Staged) -> Verdict:
    """Judge the conversations themselves, without their turns."""
    violations = [one for one in staged.violations if one.turn_index is None]
    return _judge(partition, violations, staged.quarantined, staged.rows["conversations"], "conversations")


def judge_turns(partition: str, staged: Staged) -> Verdict:
    """Judge the turns."""
    violations = [one for one in staged.violations if one.turn_index is not None]
    return _judge(partition, violations, [], staged.rows["turns"], "turns")


def _judge(
    partition: str, violations: list[Violation], quarantined: list[Quarantined], rows: int, noun: str
) -> Verdict:
    if not violations and not quarantined:
        return Verdict(partition, True, f"{rows:,} {noun} keep every guarantee", {noun: rows})
    by_rule = Counter(f"{one.field}: {one.rule}" for one in violations)
    parts = [f"{rule} ({count:,})" for rule, count in by_rule.most_common(3)]
    if quarantined:
        parts.insert(0, f"{len(quarantined):,} records could not be loaded ({quarantined[0].reasons[0]})")
    return Verdict(
        partition,
        False,
        f"of {rows:,} {noun}: " + "; ".join(parts),
        {
            noun: rows,
            "violations": len(violations),
            "quarantined": len(quarantined),
            "examples": _examples(violations, quarantined),
        },
    )


def _examples(violations: list[Violation], quarantined: list[Quarantined]) -> dg.TableMetadataValue:
    rows = [
        {
            "conversation_id": one.conversation_id,
            "turn_index": "" if one.turn_index is None else str(one.turn_index),
            "field": one.field,
            "rule": one.rule,
            "value": one.value,
        }
        for one in violations
    ]
    lost = [
        {"conversation_id": one.conversation_id, "turn_index": "", "field": "", "rule": reason, "value": ""}
        for one in quarantined
        for reason in one.reasons
    ]
    return dg.TableMetadataValue(
        [dg.TableRecord(row) for row in (lost + rows)[:MAX_ROWS]],
        dg.TableSchema([dg.TableColumn(name) for name in _COLUMNS]),
    )
