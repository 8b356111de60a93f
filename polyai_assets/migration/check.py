"""`ready_to_migrate`: can the newer version of the API stand in for the older, as far as a day's conversations show?"""

from typing import Any

import dagster as dg

from polyai_assets.checks.verdict import MAX_ROWS, Failure, Verdict, failed, fetch_again, look, provisional
from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import DayParity, Parity
from polyai_assets.migration.versions import Versions
from polyai_assets.raw.partition import Partition

NAME = "ready_to_migrate"
DESCRIPTION = (
    "Both versions have the same conversations, and every value of them is equal, or differs only as PolyAI says that "
    'the versions do: null became "", a timestamp is written otherwise, a field is known to be in the newer version '
    "only. Conversations in flight are not judged. An unexpected field in the newer version is a warning."
)

_COLUMNS = ("path", "verdict", "severity", "count", "total", "example_conversation_id", "example")
_EXPECTED = "the same conversations with the same values in both versions, as far as they can be"
_MOST_NAMED = 3


def judge(partition: Partition, parity: DayParity | None, error: Exception | None) -> Verdict:
    """Judge a partition by how the versions compare, or by the error that prevented the comparison."""
    if parity is None:
        failure = Failure(
            f"not compared: {error}", _EXPECTED, "no comparison", fetch_again(partition, "--compare")
        )
        return failed(partition, failure)
    found = parity.to_look_at()
    metadata: dict[str, Any] = {
        "conversations": parity.conversations,
        "equal": parity.equal,
        "in_flight": parity.in_flight,
    }
    if found:
        metadata |= {"findings": len(found), "to_look_at": _table(parity.versions, found)}
        named = [_sentence(row, parity.versions) for _, row in found[:_MOST_NAMED]]
        if len(found) > _MOST_NAMED:
            named.append(f"and {len(found) - _MOST_NAMED} more")
        grave = any(severity is Severity.ERROR for severity, _ in found)
        equal = f"{parity.equal:,} of {parity.conversations:,} conversations are the same"
        return failed(
            partition,
            Failure("; ".join(named), _EXPECTED, equal, look("migration", partition)),
            metadata,
            severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
        )
    if parity.is_provisional:
        return provisional(partition, f"the day is not over: {_summary(parity)}", metadata)
    return Verdict(partition, _summary(parity), metadata)


def _sentence(row: Parity, versions: Versions) -> str:
    noun = "conversations" if row.path == WHOLE_RECORD else "values"
    example = f" ({row.example}; {row.example_conversation_id})" if row.example else ""
    return f"{row.path}: {row.verdict.named(versions)}, {row.count:,} of {row.total:,} {noun}{example}"


def _summary(parity: DayParity) -> str:
    old, new = parity.versions
    flying = f"; {parity.in_flight:,} in flight are not judged" if parity.in_flight else ""
    return f"{parity.conversations:,} conversations are the same in {old} and {new}, as far as they can be{flying}"


def _table(versions: Versions, found: list[tuple[Severity, Parity]]) -> dg.TableMetadataValue:
    rows = [
        dg.TableRecord(
            {
                "path": row.path,
                "verdict": row.verdict.named(versions),
                "severity": severity.value,
                "count": row.count,
                "total": row.total,
                "example_conversation_id": row.example_conversation_id,
                "example": row.example,
            }
        )
        for severity, row in found[:MAX_ROWS]
    ]
    return dg.TableMetadataValue(rows, dg.TableSchema([dg.TableColumn(name) for name in _COLUMNS]))
