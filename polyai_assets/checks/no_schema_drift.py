"""`no_schema_drift`: do the day's records have the declared shape, and what the days before them had?

It stands on the conversations and on their details.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg

from polyai_assets.checks.verdict import MAX_ROWS, Failure, Verdict, failed, fetch_again
from polyai_assets.contract.detail import IN_DETAILS
from polyai_assets.contract.drift import Drift, Severity
from polyai_assets.contract.tables import SCHEMA_DRIFT
from polyai_assets.raw.accepted_drift import AcceptedDrift, accepting, is_acceptable
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import accept_drift_command, drift_command

NAME = "no_schema_drift"
DESCRIPTION = (
    "Every field is declared, no required field is missing, every value has the declared type, every channel, "
    "environment and metric was known, and nothing stopped coming that was there in the week before. What differs is "
    "loaded all the same (unknown fields into extra) and listed in schema_drift; `polyai drift` says what to do. What "
    "a person has accepted passes."
)
OF_DETAILS = (
    "Every field of the details and of their function events is declared or known, no required field is missing, and "
    "every value has the declared type; null is always right. What differs is loaded all the same (unknown fields into "
    "extra) and listed in detail_drift; `polyai drift` says what to do. What a person has accepted passes."
)

_MOST_NAMED = 3


def judge(partition: Partition, found: Sequence[Drift], decisions: Sequence[AcceptedDrift] = ()) -> Verdict:
    """Judge a partition by the drift that was found while it was loaded, beside what people have accepted."""
    project = partition.project.key
    accepted = _accepted(found, decisions, partition.date)
    drift = sorted(
        (finding for finding in found if finding not in accepted),
        key=lambda finding: (finding.kind.severity is Severity.WARN, -finding.count, finding.path),
    )
    metadata = {"accepted": len(accepted), "accepted_drift": _decided(accepted)} if accepted else {}
    if not drift and accepted:
        named = [
            f"{finding.path}: {finding.kind.value}, {decision.summary}"
            for finding, decision in accepted.items()
        ]
        return Verdict(partition, f"nothing but what was accepted: {_listed(named)}", metadata)
    if not drift:
        return Verdict(partition, "every record has the declared shape")
    errors = [finding for finding in drift if finding.kind.severity is Severity.ERROR]
    noun = "difference" if len(drift) == 1 else "differences"
    return failed(
        partition,
        Failure(
            cause=_listed([in_words(finding) for finding in drift]),
            expected="the declared fields and types, known values, and what came in the week before",
            found=f"{len(drift)} {noun}; all records are loaded",
            next_step=_next_step(partition, project, drift),
        ),
        metadata | {"findings": len(drift), "drift": _table(drift)},
        severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
    )


def _accepted(
    found: Sequence[Drift], decisions: Sequence[AcceptedDrift], day: date
) -> Mapping[Drift, AcceptedDrift]:
    decided = {
        finding: accepting(decisions, finding.path, finding.kind.value, finding.example, day)
        for finding in found
    }
    return {finding: decision for finding, decision in decided.items() if decision is not None}


def in_words(finding: Drift) -> str:
    """Give a finding in words."""
    example = f" ({finding.example})" if finding.example else ""
    return f"{finding.path}: {finding.kind.value}, in {finding.count:,} of {finding.total:,}{example}"


def _listed(named: Sequence[str]) -> str:
    more = [f"and {len(named) - _MOST_NAMED} more"] if len(named) > _MOST_NAMED else []
    return "; ".join([*named[:_MOST_NAMED], *more])


def _next_step(partition: Partition, project: str, drift: Sequence[Drift]) -> str:
    """Give the commands that show the lines to declare what is new, and that accept each finding as it is."""
    paths = dict.fromkeys(finding.path for finding in drift[:MAX_ROWS] if is_acceptable(finding.path))
    lines = [f"{drift_command(project)}  # the lines for contract: in defs.yaml that declare what is new"]
    lines += [f"{accept_drift_command(project, path)}  # accepts it as it is" for path in paths]
    of_details = any(finding.path.startswith(IN_DETAILS) for finding in drift)
    replay = fetch_again(partition, *(["--details"] if of_details else []), "--replay")
    return "\n".join([*lines, f"{replay}  # when that is done"])


def _decided(accepted: Mapping[Drift, AcceptedDrift]) -> dg.TableMetadataValue:
    rows = [
        {
            "path": finding.path,
            "kind": finding.kind.value,
            "who": decision.who,
            "when": f"{decision.when:%Y-%m-%d %H:%M} UTC",
            "why": decision.why,
        }
        for finding, decision in accepted.items()
    ]
    columns = [dg.TableColumn(name) for name in ("path", "kind", "who", "when", "why")]
    return dg.TableMetadataValue([dg.TableRecord(row) for row in rows[:MAX_ROWS]], dg.TableSchema(columns))


def _table(drift: Sequence[Drift]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn(field.name) for field in SCHEMA_DRIFT.row_fields]
    rows = [dg.TableRecord(finding.row) for finding in drift[:MAX_ROWS]]
    return dg.TableMetadataValue(rows, dg.TableSchema(columns))
