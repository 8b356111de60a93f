"""Which projects a simulator has, with their keys and volumes."""

from dataclasses import dataclass, field
from datetime import date

REGIONS = ("us-1", "uk-1", "euw-1", "studio")
DEMO_SAMPLE_RATE = 1000
"""Samples, and bytes, a second of the demo's recordings: those of a week take some 30 MB."""


@dataclass(frozen=True, slots=True)
class SimulatedProject:
    """One PolyAI project.

    `business` names a folder of `scripts/`: hotel, bank or clinic. `conversations_per_day` is the mean over a
    week, of all environments together. `steady` gives exactly that many on every day, all of them live: for
    benchmarks and for tests that count. Nothing was said before `since`. `agents_api_key` opens the Agents API,
    where `api_key` does it if there is none; without `pii_access` that key gets redacted audio only.
    """

    region: str
    account_id: str
    project_id: str
    api_key: str = field(repr=False)
    business: str = "hotel"
    conversations_per_day: int = 100
    steady: bool = False
    since: date = date(2025, 1, 1)
    agents_api_key: str | None = field(default=None, repr=False)
    pii_access: bool = True

    def __post_init__(self) -> None:
        if self.region not in REGIONS:
            msg = f"region {self.region!r} of {self.project_id!r} is unknown; use one of {', '.join(REGIONS)}"
            raise ValueError(msg)

    @property
    def key(self) -> str:
        """The project's name everywhere else: `us-1/acme/hotel-bot`."""
        return f"{self.region}/{self.account_id}/{self.project_id}"


def demo_projects(api_key: str) -> list[SimulatedProject]:
    """Return a hotel group, a bank and a clinic, all opened by `api_key`."""
    return [
        SimulatedProject("us-1", "acme", "hotel-bot", api_key, "hotel", 120),
        SimulatedProject("us-1", "acme", "card-support", api_key, "bank", 200),
        SimulatedProject("uk-1", "acme", "reception", api_key, "clinic", 60),
    ]
