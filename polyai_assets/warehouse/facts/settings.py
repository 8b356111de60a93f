"""What the facts of a project are made with: its settings, and those that a variant has of its own."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from polyai_assets.contract.fields import Kind

MINUTES_A_DAY = 24 * 60

Span = tuple[int, int]
"""From minute to minute; what is at the second is out."""


@dataclass(frozen=True, slots=True)
class VariantSettings:
    """The settings of a variant.

    `timezone` is an IANA name. `opening_hours` are spans of minutes of a local day by weekday, 1 (Monday) to 7; None
    where none are configured. `test_numbers` are `plain`. Rates are per minute; None where they are not known.
    `channel_groups` and `site_names` are from a channel, or a variant or number, to a name.
    """

    timezone: str = "UTC"
    opening_hours: Mapping[int, tuple[Span, ...]] | None = None
    test_numbers: tuple[str, ...] = ()
    abandon_seconds: float = 20
    human_per_minute: float | None = None
    agent_per_minute: float | None = None
    currency: str = ""
    channel_groups: Mapping[str, str] = field(default_factory=dict)
    site_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def open_minutes(self) -> list[Span] | None:
        """The opening hours as spans of minutes of a week, from Monday's midnight."""
        if self.opening_hours is None:
            return None
        return sorted(
            (start + (weekday - 1) * MINUTES_A_DAY, end + (weekday - 1) * MINUTES_A_DAY)
            for weekday, spans in self.opening_hours.items()
            for start, end in spans
        )


@dataclass(frozen=True, slots=True)
class KpiSettings:
    """The settings of a project.

    `variants` are those that have settings of their own, by id or name; all others have `usual`. `state_columns` and
    `metric_columns` are the kinds of further columns, by the member of the state or the metric that they come from.
    """

    usual: VariantSettings = VariantSettings()
    variants: Mapping[str, VariantSettings] = field(default_factory=dict)
    success_metrics: tuple[str, ...] = ()
    state_columns: Mapping[str, Kind] = field(default_factory=dict)
    metric_columns: Mapping[str, Kind] = field(default_factory=dict)

    def by_variant(self) -> Iterator[tuple[str, VariantSettings]]:
        """Give the settings of each variant that has its own, and under "" those of all others."""
        yield "", self.usual
        yield from self.variants.items()

    def hash(self, formulas: str) -> str:
        """Identify the settings and the formulas that facts are made with."""
        written = json.dumps([asdict(self), formulas], sort_keys=True, default=lambda kind: kind.value)
        return hashlib.sha256(written.encode()).hexdigest()[:16]


def plain(number: str) -> str:
    """Write a number without what people put between its digits."""
    return re.sub("^00", "+", re.sub(r"[\s().-]", "", number))
