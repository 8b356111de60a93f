"""The checks of a platform whose configuration could be loaded."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from polyai_assets.api.project import AGENTS_HOSTS, CONVERSATIONS_HOSTS
from polyai_assets.configuration import PlatformConfig
from polyai_assets.doctor import contents, files, hosts, keys, places, privacy, stores, targets, warehouse
from polyai_assets.doctor.check import Check
from polyai_assets.workspace import spool_folder


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
            Check(stores.NAME, name, partial(stores.look_at_store, url), stores.HINT)
            for url in (platform.raw_store, platform.warehouse_data)
            if url is not None and "://" in url
        ),
        Check(places.NAME, name, partial(places.look_at_places, _folders(platform, spool)), ""),
        Check(privacy.NAME, name, partial(privacy.look_at_privacy, _places(platform, spool)), ""),
        Check(
            warehouse.NAME,
            name,
            partial(warehouse.look_at_warehouse, platform.warehouse, platform.warehouse_data),
            warehouse.HINT,
        ),
        Check(
            files.RAW,
            name,
            partial(
                files.look_at_raw_store, platform.raw_store, [one.project for one in platform.projects], now()
            ),
            files.HINT,
        ),
        Check(files.SPOOL, name, partial(files.look_at_spool, spool, now()), ""),
        Check(
            targets.NAME,
            name,
            partial(targets.look_at_targets, platform.alerts, send_test=send_test),
            targets.HINT,
        ),
        *_of_projects(platform, now),
    ]


def _of_projects(platform: PlatformConfig, now: Callable[[], datetime]) -> Iterator[Check]:
    for config in platform.projects:
        subject = config.project.key
        asked = (config, platform.start_date, now())
        yield Check(keys.LIST, subject, partial(keys.look_at_key, *asked), keys.HINT)
        yield Check(keys.AGENTS, subject, partial(keys.look_at_agents_key, config), keys.HINT)
        yield Check(contents.NAME, subject, partial(contents.look_at_contents, *asked), contents.HINT)


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
