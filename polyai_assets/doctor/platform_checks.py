"""The checks of a platform whose configuration could be loaded, with that of where its alerts go."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from polyai_assets.alerts.send import describe, is_known_to_apprise, send
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.alerts.weekly import mail_targets
from polyai_assets.api.project import AGENTS_HOSTS, CONVERSATIONS_HOSTS
from polyai_assets.assets.pages import WEEKLY
from polyai_assets.configuration import PlatformConfig
from polyai_assets.doctor import contents, deliveries, facts, hosts, keys, places, reference, stores
from polyai_assets.doctor.check import Check, Diagnosis, green, red, yellow
from polyai_assets.doctor.identity import Identities
from polyai_assets.workspace import spool_folder

TARGETS = "alerts"
TARGETS_HINT = "see https://github.com/caronc/apprise/wiki for the form of each service's URL"

_TITLE = "polyai test: alerts arrive here"
_BODY = (
    "This is a test, sent by `polyai doctor --send-test-alert`. An alert says what is wrong, its cause, its effect on "
    "the tables, what to type next, and where to look."
)


def look_at_targets(alerts: AlertSettings, *, send_test: bool, mails: bool = False) -> Iterator[Diagnosis]:
    """Look whether each target is understood; with `send_test`, send it a message.

    `mails` says that the report of each week is to be mailed.
    """
    if mails and alerts.targets and not mail_targets(alerts.targets):
        yield yellow(
            TARGETS, "report: {mail: weekly} has no mailbox to go to", "add a mailto:// URL to alerts.urls"
        )
    if not alerts.targets:
        yield yellow(
            TARGETS, "go nowhere: what is wrong is only kept in the table findings", "set alerts.urls"
        )
    for name, url in alerts.targets.items():
        target = f"{describe(url)} ({name} in alert_outbox)"
        if not is_known_to_apprise(url):
            yield red(TARGETS, f"{target}: apprise does not understand its URL", TARGETS_HINT)
        elif not send_test:
            yield green(TARGETS, f"{target} is understood (--send-test-alert tries it)")
        else:
            problem = send(url, _TITLE, _BODY, "info")
            if problem:
                yield red(TARGETS, f"{target}: {problem}", "check its URL and the network")
            else:
                yield green(TARGETS, f"{target} took a test message")


def checks_of_platform(
    platform: PlatformConfig, start: Path, *, send_test: bool, now: Callable[[], datetime]
) -> list[Check]:
    """Name what to look at: hosts, each project, the stores, the disk, the targets of alerts."""
    name = "/".join(platform.key_prefix) or "platform"
    spool = spool_folder(start)
    return [
        *(
            Check(hosts.NAME, name, partial(hosts.look_at_host, host, now), hosts.HINT)
            for host in dict.fromkeys(_hosts(platform))
        ),
        *(
            Check(stores.OBJECT_STORE, name, partial(stores.look_at_store, url), stores.OBJECT_STORE_HINT)
            for url in (platform.raw_store, platform.warehouse_data)
            if url is not None and "://" in url
        ),
        Check(places.DISK, name, partial(places.look_at_places, _folders(platform, spool)), ""),
        Check(places.PRIVACY, name, partial(places.look_at_privacy, _places(platform, spool)), ""),
        Check(
            stores.WAREHOUSE,
            name,
            partial(stores.look_at_warehouse, platform.warehouse, platform.warehouse_data),
            stores.WAREHOUSE_HINT,
        ),
        Check(
            stores.RAW,
            name,
            partial(
                stores.look_at_raw_store,
                platform.raw_store,
                [config.project for config in platform.projects],
                now(),
            ),
            stores.RAW_HINT,
        ),
        Check(stores.SPOOL, name, partial(stores.look_at_spool, spool, now()), ""),
        Check(
            TARGETS,
            name,
            partial(
                look_at_targets,
                platform.alerts,
                send_test=send_test,
                mails=platform.report.mail == WEEKLY,
            ),
            TARGETS_HINT,
        ),
        *_of_deliveries(platform, name, spool),
        *_of_projects(platform, now),
    ]


def _of_deliveries(platform: PlatformConfig, name: str, spool: Path) -> Iterator[Check]:
    if platform.publish is None:
        return
    for delivery in platform.deliveries:
        look = partial(deliveries.look_at_delivery, platform, platform.publish.place, delivery, spool)
        yield Check(deliveries.NAME, name, look, deliveries.HINT)


def _of_projects(platform: PlatformConfig, now: Callable[[], datetime]) -> Iterator[Check]:
    copy, identities = Path(platform.read_only_copy), Identities()
    ends = {key.project: key for key in platform.alerts.keys}
    for config in platform.projects:
        subject = config.project.key
        asked = (config, platform.start_date, now())
        yield Check(keys.LIST, subject, partial(keys.look_at_key, *asked, identities), keys.HINT)
        if subject in ends:
            look = partial(keys.look_at_expiry, ends[subject], now().date())
            yield Check(keys.EXPIRY, subject, look, "")
        yield Check(keys.AGENTS, subject, partial(keys.look_at_agents_key, config), keys.HINT)
        yield Check(keys.ENDPOINTS, subject, partial(keys.look_at_endpoints, config), "")
        yield Check(contents.NAME, subject, partial(contents.look_at_contents, *asked), contents.HINT)
        look_at_facts = partial(facts.look_at_facts, config, copy, now().date())
        yield Check(facts.NAME, subject, look_at_facts, facts.HINT)
        look_at_reference = partial(
            reference.look_at_reference, config, platform.raw_store, platform.key_prefix
        )
        yield Check(reference.NAME, subject, look_at_reference, reference.HINT)


def _hosts(platform: PlatformConfig) -> Iterator[str]:
    for config in platform.projects:
        yield (config.base_url or CONVERSATIONS_HOSTS[config.project.region]).rstrip("/")
        if keys.needs_agents(config):
            yield (config.agents_base_url or AGENTS_HOSTS[config.project.region]).rstrip("/")


def _places(platform: PlatformConfig, spool: Path) -> dict[str, Path]:
    """Name the folders and files of this machine that are written to."""
    named = {"raw store": platform.raw_store, "tables": platform.warehouse_data or platform.warehouse}
    local = {purpose: Path(place) for purpose, place in named.items() if "://" not in place}
    return local | {"spool": spool}


def _folders(platform: PlatformConfig, spool: Path) -> dict[str, Path]:
    """Name the folders of this machine that are written to."""
    local = _places(platform, spool)
    if "tables" in local and platform.warehouse_data is None:
        local["tables"] = local["tables"].parent
    return local
