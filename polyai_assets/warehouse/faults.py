"""What was found wrong with the records of a partition, staged as it is found.

A day of broken records has more findings than memory should hold: rows go to the staged tables piece by piece, and only
counts and a few examples stay.
"""

from collections.abc import Iterable, Mapping

from polyai_assets.contract.drift import DriftKind, DriftTally
from polyai_assets.contract.tables import CONTRACT_VIOLATIONS, QUARANTINED
from polyai_assets.contract.violation import Quarantined, Tally, Violation
from polyai_assets.privacy.masking import Masking
from polyai_assets.warehouse.load import Lost, Staged
from polyai_assets.warehouse.staged_rows import DayRows


class DayFaults:
    """What is wrong with the records of one partition, on its way into the staged tables."""

    def __init__(self, tables: Mapping[str, DayRows], masking: Masking | None = None) -> None:
        self._masking = masking
        self._violations = tables[CONTRACT_VIOLATIONS.name]
        self._quarantine = tables[QUARANTINED.name]
        self._tally = Tally()
        self._drift = DriftTally()
        self._lost: list[Lost] = []

    def add_violations(self, found: Iterable[Violation]) -> None:
        """Stage breaches of records that are loaded."""
        violations = list(self._masking.violations(found) if self._masking else found)
        self._tally.add(violations)
        self._violations.add_values(
            [
                (
                    violation.conversation_id,
                    violation.turn_index,
                    violation.field,
                    violation.rule,
                    violation.value,
                )
                for violation in violations
            ]
        )

    def add_drift(self, found: Iterable[tuple[str, DriftKind, str]]) -> None:
        """Note in what a record differs from the declared shape: path, kind and the form of the value."""
        self._drift.add(found)

    def add_quarantined(self, records: Iterable[Quarantined]) -> None:
        """Stage records that cannot be loaded."""
        for record in records:
            self._lost.append(Lost(record.conversation_id, record.reasons))
            payload = record.payload.decode("utf-8", errors="backslashreplace")
            self._quarantine.add_values([(record.conversation_id, record.reasons, payload)])

    def sum_up(self, staged: Staged, in_breach: int) -> None:
        """Write what was found into `staged`, whose rows are counted.

        `in_breach` are the conversations that break more than their shape.
        """
        staged.breaches = self._tally.breaches
        staged.quarantined = self._lost
        staged.drift = self._drift.findings(staged.rows["conversations"], staged.rows["turns"])
        staged.records = staged.rows["conversations"] + len(self._lost)
        staged.records_in_breach = in_breach + len(self._lost)
