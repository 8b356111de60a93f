"""What a finding means for whoever queries the tables."""

from polyai_assets.alerts.finding import (
    COMPLETE,
    DRIFT,
    GUARANTEES,
    QUARANTINED,
    RECORDINGS,
    RUN,
    WRITE_BACK,
    Finding,
)
from polyai_assets.contract.drift import IN_PAGES, DriftKind


def effect(finding: Finding) -> str:
    """Say what stands in the tables, and what does not, because of a finding."""
    if finding.check == COMPLETE:
        return _RED if finding.is_red_day else _INCOMPLETE if finding.severity == "ERROR" else _UNPROVEN
    if finding.check == DRIFT:
        return _BESIDE if finding.path.startswith(IN_PAGES) else _DRIFT[DriftKind(finding.kind)]
    return _QUARANTINED if finding.kind == QUARANTINED else _OTHERS[finding.check]


_RED = "they keep what they had of these days, nothing where none was loaded; other days are not touched"
_INCOMPLETE = "these days are loaded without what is missing; figures over them may be wrong"
_UNPROVEN = "these days are loaded; whether anything is missing from them is not known"
_BESIDE = "none; it stands beside the conversations of a page, and no table has it"
_QUARANTINED = "these records are in quarantine and in no other table"
_DRIFT = {
    DriftKind.ADDED: "every record is loaded; the new field is in the column extra until it is declared",
    DriftKind.MISSING: "every record is loaded; the column is empty where the field is missing, queries may break",
    DriftKind.TYPE_CHANGED: "every record is loaded; a value that cannot be converted without loss is in the column "
    "extra and its own column empty, queries may break",
    DriftKind.NEW_VALUE: "every record is loaded with the new value; queries that list the known ones miss it",
    DriftKind.NEW_METRIC: "every record is loaded; the new metric is in the table metrics",
    DriftKind.GONE: "every record is loaded; the columns of it are empty since then",
}
_OTHERS = {
    GUARANTEES: "the records are loaded all the same; contract_violations lists what they break",
    RECORDINGS: "the rows of these calls in audio have the status failed; other tables are not touched",
    WRITE_BACK: "the rows in annotation_requests stay unknown, and are not sent again by themselves",
    RUN: "what the run was to load may be missing; what was loaded before stays",
}
