"""Two versions of the API that are compared on one day."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from polyai_assets.configuration import ProjectConfig
from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.migration.days import Comparing, ParityOutcome
from polyai_assets.migration.parity import Parity, ParityVerdict
from polyai_assets.simulator import Simulator
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    NOW,
    partitions_of,
)

PARITY = "migration_parity"
DAYS = (DAY1, DAY2, DAY3)
START = "2025-03-01T10:00:00.250000Z"
V1, V2 = CompareConfig(api_version="v1"), CompareConfig(api_version="v2")


@dataclass(frozen=True)
class Pair:
    """Two PolyAIs, of which one serves v1 and the other v3; on the first day they have only what is put there."""

    old: Simulator
    new: Simulator
    config: ProjectConfig
    comparing: Comparing

    def put(self, name: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> None:
        """Serve a conversation in both versions, with what differs in each."""
        for simulator, changes in ((self.old, old), (self.new, new)):
            record = FULL | {"id": name, "started_at": START, **(changes or {})}
            simulator.put(HOTEL.key, payload(record), conversation_id=name, started_at=START)

    def compare(self, *days: date) -> list[ParityOutcome]:
        return list(self.comparing.run(self.config, partitions_of(self.config.project, days or (DAY1,))))

    def found(self, now: datetime = NOW) -> list[Parity]:
        """What is not equal on the first day."""
        (outcome,) = replace(self.comparing, now=lambda: now).run(
            self.config, partitions_of(self.config.project, [DAY1])
        )
        assert outcome.parity is not None, outcome.error
        return [one for one in outcome.parity.rows if one.verdict is not ParityVerdict.EQUAL]


def rows(found: list[Parity]) -> set[tuple[str, ParityVerdict, int, int, str]]:
    return {(one.path, one.verdict, one.count, one.total, one.example_conversation_id) for one in found}
