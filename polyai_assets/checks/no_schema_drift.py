"""`no_schema_drift`: do the day's records have the declared shape, and what the days before them had?

It stands on the conversations and on their details.
"""

from collections.abc import Sequence

import dagster as dg

from polyai_assets.checks.verdict import MAX_ROWS, Verdict
from polyai_assets.contract.drift import Drift, Severity
from polyai_assets.contract.tables import SCHEMA_DRIFT

NAME = "no_schema_drift"
DESCRIPTION = (
    "Every field is declared, no required field is missing, every value has the declared type, every channel, "
    "environment and metric was known, and nothing stopped coming that was there in the week before. What differs is "
    "loaded all the same (unknown fields into extra) and listed in schema_drift; `polyai drift` says what to do."
)
OF_DETAILS = (
    "Every field of the details and of their function events is declared or known, no required field is missing, and "
    "every value has the declared type; null is always right. What differs is loaded all the same (unknown fields into "
    "extra) and listed in detail_drift; `polyai drift` says what to do."
)

_MOST_NAMED = 3


def judge(partition: str, found: Sequence[Drift]) -> Verdict:
    """Judge a partition by the drift that was found while it was loaded."""
    drift = sorted(found, key=lambda one: (one.kind.severity is Severity.WARN, -one.count, one.path))
    if not drift:
        return Verdict(partition, True, "every record has the declared shape")
    errors = [one for one in drift if one.kind.severity is Severity.ERROR]
    told = [told_in_words(one) for one in drift[:_MOST_NAMED]]
    if len(drift) > _MOST_NAMED:
        told.append(f"and {len(drift) - _MOST_NAMED} more")
    return Verdict(
        partition,
        False,
        "; ".join(told),
        {"findings": len(drift), "drift": _table(drift)},
        dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
    )


def told_in_words(one: Drift) -> str:
    """Tell a finding in a sentence."""
    example = f" ({one.example})" if one.example else ""
    return f"{one.path}: {one.kind.value}, in {one.count:,} of {one.total:,}{example}"


def _table(drift: Sequence[Drift]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn(one.name) for one in SCHEMA_DRIFT.row_fields]
    rows = [dg.TableRecord(one.row) for one in drift[:MAX_ROWS]]
    return dg.TableMetadataValue(rows, dg.TableSchema(columns))
