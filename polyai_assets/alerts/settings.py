"""Where alerts are sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pydantic import SecretStr

from polyai_assets.alerts.keys import ExpiringKey
from polyai_assets.machine.secret_sources import in_service_url
from polyai_assets.machine.secrets import SECRETS


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Where alerts are sent, as apprise URLs (secrets), and what their links need.

    Without `urls` findings are kept and nothing is sent; without `dagster_url` there are no links. `key_prefix` is the
    prefix of the platform's asset keys. With `kpis` figures of calls that are out of bounds are findings, too. `keys`
    are the API keys of which it is known when they end, and `deliveries` the names of the targets of deliveries.
    """

    urls: tuple[SecretStr, ...] = field(default=(), repr=False)
    dagster_url: str | None = None
    key_prefix: tuple[str, ...] = ()
    kpis: bool = True
    keys: tuple[ExpiringKey, ...] = ()
    deliveries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for url in self.urls:
            SECRETS.keep(*in_service_url(url.get_secret_value()))

    @property
    def targets(self) -> Mapping[str, SecretStr]:
        """The URLs by their names."""
        return {target_name(url): url for url in self.urls}

    def link_to_check(self, asset: str, check: str) -> str | None:
        """Link to a check of an asset in Dagster's UI: its partitions, their verdicts and their metadata."""
        link = self.link_to_asset(asset)
        return link and f"{link}?view=checks&checkDetail={quote(check, safe='')}"

    def link_to_asset(self, asset: str) -> str | None:
        """Link to an asset in Dagster's UI."""
        if self.dagster_url is None:
            return None
        path = "/".join(quote(part, safe="") for part in (*self.key_prefix, asset))
        return f"{self.dagster_url}/assets/{path}"

    def link_to_run(self, run_id: str) -> str | None:
        """Link to a run in Dagster's UI."""
        return None if self.dagster_url is None else f"{self.dagster_url}/runs/{quote(run_id, safe='')}"

    def link_to_runs(self) -> str | None:
        """Link to the list of runs in Dagster's UI."""
        return None if self.dagster_url is None else f"{self.dagster_url}/runs"


def target_name(url: SecretStr) -> str:
    """Name a target by a hash of its URL: the URL itself is written nowhere."""
    return hashlib.sha256(url.get_secret_value().encode()).hexdigest()[:12]
