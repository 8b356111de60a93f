"""How each target stands: which days it has, which it lacks since when, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from polyai_assets.assets.delivery_state import compare_with_log, published_versions
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.due import ProjectDelivery
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.remedies import deliver_commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """How a project stands in a target.

    `delivered` counts the days that the target has, `newest` is the newest of those that it has as they are published,
    and `version` its version; `lacking` are days that it lacks, or has in another version, `behind_since` when the
    first of them was published. `refused` are days of which it has another version, which a person has to decide
    about. `problem` says why nothing is known; then the rest is empty.
    """

    delivery: str
    project: str
    delivered: int = 0
    newest: date | None = None
    version: int | None = None
    delivered_at: datetime | None = None
    lacking: list[date]
    refused: list[date]
    behind_since: datetime | None = None
    problem: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether it does not become right by itself."""
        return bool(self.refused or self.problem)

    @property
    def line(self) -> str:
        """How it stands, in a line."""
        named = f"{self.delivery}: "
        if self.problem:
            return f"{named}not known: {self.problem}"
        newest = f"newest {self.newest} version {self.version}" if self.newest else "none as published"
        parts = [f"{self.delivered:,} days, {newest}"]
        if self.lacking:
            since = f" since {self.behind_since:%Y-%m-%d %H:%M} UTC" if self.behind_since else ""
            parts.append(f"{len(self.lacking):,} behind{since}")
        if self.refused:
            parts.append(f"{len(self.refused):,} refused")
        return named + ", ".join(parts)

    @property
    def commands(self) -> list[str]:
        """The lines to type, which deliver what is lacking, or say why it is refused."""
        days = [*self.lacking, *self.refused]
        return deliver_commands(self.delivery, self.project, days) if days else []


def delivery_statuses(platform: PlatformConfig, spool: Path) -> Iterator[DeliveryStatus]:
    """Find out how every target of a platform stands, asking each once."""
    if not platform.deliveries:
        return
    versions = published_versions(platform)
    for delivery in platform.deliveries:
        try:
            found = compare_with_log(platform, spool, delivery, versions)
        except Actionable as error:
            yield from _unknown(platform, delivery, " ".join(str(error).split()))
        else:
            yield from (_status(delivery, standing) for standing in found)


def _unknown(platform: PlatformConfig, delivery: DeliverySettings, problem: str) -> Iterable[DeliveryStatus]:
    for config in platform.projects:
        yield DeliveryStatus(
            delivery=delivery.name, project=config.project.key, problem=problem, lacking=[], refused=[]
        )


def _status(delivery: DeliverySettings, standing: ProjectDelivery) -> DeliveryStatus:
    lacking = [day for day in standing.due if not day.is_refused]
    return DeliveryStatus(
        delivery=delivery.name,
        project=standing.project.key,
        delivered=standing.days,
        newest=standing.newest,
        version=standing.version,
        delivered_at=standing.delivered_at,
        lacking=[day.manifest.date for day in lacking],
        refused=[day.manifest.date for day in standing.due if day.is_refused],
        behind_since=min((day.manifest.published_at for day in lacking), default=None),
    )
