"""What is loaded into the tables of a partition, and what it turned out to hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.violation import Breach, Violation
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.facts.settings import KpiSettings

if TYPE_CHECKING:
    from polyai_assets.privacy.masking import Masking

PROVISIONAL, COMPLETE, SETTLED = "provisional", "complete", "settled"
"""What is known of a day: it is not over or not proven complete, it is, or nothing more is expected of it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a day: counts, means in seconds (None where there is nothing to average), conversations by hour (UTC).

    `before` are the conversations of the days before that were loaded, of the last 30. `metrics` are the ten metrics
    that most conversations have, with their number.
    """

    conversations: int
    in_progress: int
    handoffs: int
    mean_duration: float | None
    mean_latency: float | None
    violations: int
    by_hour: tuple[int, ...]
    before: Mapping[date, int] = field(default_factory=dict)
    metrics: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactFigures:
    """Figures of a day's facts: rows, and of its calls how many, their containment, outcomes, and local hours.

    `containment` is as PolyAI's dashboard has it, 0 to 1, None where it is known of no call.
    """

    rows: int
    calls: int = 0
    containment: float | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    by_local_hour: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """A partition that is to be loaded, and what a load needs beside its records.

    `fetched_until` is when the day was fetched if it was not over then; `api_version` the one that sent the records,
    which says what may be expected of them; `found_before` is the drift that its records do not show; `contract` says
    what they must look like, and which columns the tables have. `records` identifies the records and what changed in
    them; with "" it is not known, and it cannot be known later whether they are loaded. `state` is what its certificate
    says of the day: provisional, complete or settled. `kpi` is what its facts are made with, and `has_details` whether
    details are fetched of the project. `masking` masks personal data in its rows; None where all is kept.
    `erased_facts` are facts, as JSON, of conversations that were erased and are still counted. `learnt_from` identifies
    the details in which the masking has found what to look for in texts; "" where it looks for nothing.
    """

    partition: Partition
    fetched_until: datetime | None = None
    api_version: str = "v3"
    found_before: tuple[Drift, ...] = ()
    contract: Contract = PACKAGED
    records: str = ""
    state: str = PROVISIONAL
    kpi: KpiSettings = field(default_factory=KpiSettings)
    has_details: bool = False
    masking: "Masking | None" = None
    erased_facts: tuple[bytes, ...] = ()
    learnt_from: str = ""

    @property
    def policy(self) -> str:
        """Identifies what is made of personal data; "" where all is kept."""
        return self.masking.identity if self.masking else ""

    @property
    def project(self) -> str:
        """The project's key, as the tables have it."""
        return self.partition.project.key

    @property
    def region(self) -> str:
        """The project's region, as the tables have it."""
        return self.partition.project.region

    @property
    def date(self) -> date:
        """The date, as the tables have it."""
        return self.partition.date


@dataclass(frozen=True, slots=True)
class Lost:
    """A record that could not be loaded: its id, as far as it has one, and why."""

    conversation_id: str
    reasons: list[str]


@dataclass(slots=True)
class Staged:
    """What a partition turned out to hold: rows by table, and what was wrong with them.

    `met` is the drift that its records and pages show without a look at other days. `records_in_breach` are the records
    that break a guarantee or could not be loaded, of `records` in all.
    `elsewhere` are other days on which conversations of this partition were found: they have moved.
    `figures` are shown of it. `facts` counts the facts that were made of it, None where none were made, and
    `fact_figures` are shown of them. `leaks` are what was found by kind in `sampled_texts` redacted texts.
    """

    rows: dict[str, int] = field(default_factory=dict)
    breaches: Sequence[Breach] = ()
    quarantined: list[Lost] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    met: list[Drift] = field(default_factory=list)
    records: int = 0
    records_in_breach: int = 0
    elsewhere: list[date] = field(default_factory=list)
    figures: Figures | None = None
    facts: int | None = None
    fact_figures: FactFigures | None = None
    sampled_texts: int = 0
    leaks: dict[str, int] = field(default_factory=dict)

    @property
    def violations(self) -> list[Violation]:
        """The first few violations of every rule by every field."""
        return [example for breach in self.breaches for example in breach.examples]

    def exceeds(self, max_violation_ratio: float) -> bool:
        """Tell whether a greater share of the records than is allowed breaks a guarantee or could not be loaded."""
        return self.records_in_breach > max_violation_ratio * self.records
